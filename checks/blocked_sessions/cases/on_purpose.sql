-- settings: allow_system_table_mods=on
-- An application uses an advisory lock as a queue. In posemo's database the views report that its wait began ten
-- minutes earlier.
create extension dblink schema public;
select dblink_exec(format('host=%s port=%s user=postgres dbname=posemo',
    current_setting('unix_socket_directories'), current_setting('port')), $do$
    do $$ begin
        execute 'create or replace view pg_catalog.pg_stat_activity as ' || regexp_replace(regexp_replace(
            pg_get_viewdef('pg_stat_activity'), 's\.state_change', '\& - interval ''10 min'' AS state_change'),
            's\.xact_start', '\& - interval ''10 min'' AS xact_start');
        if current_setting('server_version_num')::int >= 140000 then
            execute 'create or replace view pg_catalog.pg_locks as ' || regexp_replace(
                pg_get_viewdef('pg_locks'), '(l\.)?waitstart', '\& - interval ''10 min'' AS waitstart');
        end if;
    end $$
$do$);
select dblink_connect('worker', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
-- expect: ok
select pg_advisory_lock(42);
select dblink_send_query('worker', 'select pg_advisory_lock(42)');
select pg_sleep(0.2);
-- expect: ok
select pg_advisory_unlock(42);
-- expect: ok
