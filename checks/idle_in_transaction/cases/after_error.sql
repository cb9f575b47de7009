-- settings: allow_system_table_mods=on
-- The transaction of another session failed, and the application did not end it.
create extension dblink schema public;
select dblink_exec(format('host=%s port=%s user=postgres dbname=posemo',
    current_setting('unix_socket_directories'), current_setting('port')), $do$
    do $$ begin
        execute 'create or replace view pg_catalog.pg_stat_activity as ' || regexp_replace(
            pg_get_viewdef('pg_stat_activity'), 's\.state_change', '\& - interval ''20 min'' AS state_change');
    end $$
$do$);
select dblink_connect('other', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
-- expect: ok
select dblink_exec('other', 'begin');
select dblink_exec('other', 'select 1/0', false);
-- expect: critical postgres.postgres
select dblink_exec('other', 'rollback');
-- expect: ok
