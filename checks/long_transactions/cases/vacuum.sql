-- settings: allow_system_table_mods=on, autovacuum=off
-- In posemo's database the view reports that transactions began five hours earlier.
-- A vacuum of a big table takes hours, and holds nothing back.
create extension dblink schema public;
create table orders as select generate_series(1, 5000) as id;
delete from orders;
select dblink_exec(format('host=%s port=%s user=postgres dbname=posemo',
    current_setting('unix_socket_directories'), current_setting('port')), $do$
    do $$ begin
        execute 'create or replace view pg_catalog.pg_stat_activity as '
            || regexp_replace(pg_get_viewdef('pg_stat_activity'), 's\.xact_start', '\& - interval ''5 h'' AS xact_start');
    end $$
$do$);
-- expect: ok
select dblink_connect('vacuum', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
select dblink_exec('vacuum', 'set vacuum_cost_limit = 1; set vacuum_cost_delay = 100');
select dblink_send_query('vacuum', 'vacuum orders');
select pg_sleep(0.3);
-- expect: ok
select dblink_cancel_query('vacuum');
-- expect: ok
