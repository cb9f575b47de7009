-- settings: allow_system_table_mods=on
-- A subscription that copies a table keeps the transaction of a walsender open. In posemo's database the view reports that
-- sessions became idle ten minutes earlier.
create extension dblink schema public;
select dblink_exec(format('host=%s port=%s user=postgres dbname=posemo',
    current_setting('unix_socket_directories'), current_setting('port')), $do$
    do $$ begin
        execute 'create or replace view pg_catalog.pg_stat_activity as ' || regexp_replace(
            pg_get_viewdef('pg_stat_activity'), 's\.state_change', '\& - interval ''10 min'' AS state_change');
    end $$
$do$);
-- expect: ok
select dblink_connect('sender', format('host=%s port=%s user=postgres dbname=postgres replication=database',
    current_setting('unix_socket_directories'), current_setting('port')));
select dblink_exec('sender', 'begin');
-- expect: ok
select dblink_disconnect('sender');
-- expect: ok
