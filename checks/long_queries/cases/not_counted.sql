-- settings: allow_system_table_mods=on, autovacuum=off
-- In posemo's database the view reports that statements began five hours earlier.
-- A process that sends WAL is busy as long as its standby is connected, and a vacuum of a big table takes hours.
create extension dblink schema public;
create table orders as select generate_series(1, 5000) as id;
delete from orders;
select dblink_exec(format('host=%s port=%s user=postgres dbname=posemo',
    current_setting('unix_socket_directories'), current_setting('port')), $do$
    do $$ begin
        execute 'create or replace view pg_catalog.pg_stat_activity as '
            || regexp_replace(pg_get_viewdef('pg_stat_activity'), 's\.query_start', '\& - interval ''5 h'' AS query_start');
    end $$
$do$);
-- expect: ok
select dblink_connect(name, format('host=%s port=%s user=postgres dbname=postgres replication=%s',
    current_setting('unix_socket_directories'), current_setting('port'), replication))
from (values ('sender', 'database'), ('vacuum', 'false')) as session (name, replication);
select dblink_exec('sender', 'begin');
select dblink_send_query('sender', 'select pg_sleep(60)');
select dblink_exec('vacuum', 'set vacuum_cost_limit = 1; set vacuum_cost_delay = 100');
select dblink_send_query('vacuum', 'vacuum orders');
select pg_sleep(0.3);
-- expect: ok
select dblink_cancel_query('sender');
select dblink_cancel_query('vacuum');
-- expect: ok
