-- settings: allow_system_table_mods=on, deadlock_timeout=10min
-- An index is built concurrently while a transaction is open. In posemo's database the views report that both began
-- two hours earlier.
create extension dblink schema public;
select dblink_exec(format('host=%s port=%s user=postgres dbname=posemo',
    current_setting('unix_socket_directories'), current_setting('port')), $do$
    do $$ begin
        execute 'create or replace view pg_catalog.pg_stat_activity as ' || regexp_replace(regexp_replace(
            pg_get_viewdef('pg_stat_activity'), 's\.query_start', '\& - interval ''2 h'' AS query_start'),
            's\.xact_start', '\& - interval ''2 h'' AS xact_start');
        if current_setting('server_version_num')::int >= 140000 then
            execute 'create or replace view pg_catalog.pg_locks as ' || regexp_replace(
                pg_get_viewdef('pg_locks'), '(l\.)?waitstart', '\& - interval ''2 h'' AS waitstart');
        end if;
    end $$
$do$);
create table orders (id int);
select dblink_connect('builder', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
-- expect: ok
begin;
insert into orders values (1);
select dblink_send_query('builder', 'create index concurrently on orders (id)');
-- expect: warning
commit;
-- expect: ok
