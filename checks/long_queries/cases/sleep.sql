-- settings: allow_system_table_mods=on
-- A scenario cannot wait for hours, so in posemo's database the view reports that statements began five hours earlier.
create extension dblink schema public;
select dblink_exec(format('host=%s port=%s user=postgres dbname=posemo',
    current_setting('unix_socket_directories'), current_setting('port')), $do$
    do $$ begin
        execute 'create or replace view pg_catalog.pg_stat_activity as '
            || regexp_replace(pg_get_viewdef('pg_stat_activity'), 's\.query_start', '\& - interval ''5 h'' AS query_start');
    end $$
$do$);
-- expect: ok
select dblink_connect('other', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
select dblink_send_query('other', 'select pg_sleep(60)');
-- expect: warning postgres.postgres
select dblink_cancel_query('other');
select dblink_disconnect('other');
-- expect: ok
