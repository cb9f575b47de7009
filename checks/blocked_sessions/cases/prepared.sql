-- settings: allow_system_table_mods=on, deadlock_timeout=10min, max_prepared_transactions=1
-- A prepared transaction has locked a row. In posemo's database the views report that it and the wait began two
-- minutes earlier.
create extension dblink schema public;
select dblink_exec(format('host=%s port=%s user=postgres dbname=posemo',
    current_setting('unix_socket_directories'), current_setting('port')), $do$
    do $$ begin
        execute 'create or replace view pg_catalog.pg_stat_activity as ' || regexp_replace(
            pg_get_viewdef('pg_stat_activity'), 's\.state_change', '\& - interval ''2 min'' AS state_change');
        execute 'create or replace view pg_catalog.pg_prepared_xacts as ' || regexp_replace(
            pg_get_viewdef('pg_prepared_xacts'), 'p\.prepared', '\& - interval ''2 min'' AS prepared');
        if current_setting('server_version_num')::int >= 140000 then
            execute 'create or replace view pg_catalog.pg_locks as ' || regexp_replace(
                pg_get_viewdef('pg_locks'), '(l\.)?waitstart', '\& - interval ''2 min'' AS waitstart');
        end if;
    end $$
$do$);
create table orders (id int);
insert into orders values (1);
select dblink_connect('clerk', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
-- expect: ok
begin;
update orders set id = 2;
prepare transaction 'xa-4711';
select dblink_send_query('clerk', 'update orders set id = 3');
-- expect: warning postgres.prepared transaction
rollback prepared 'xa-4711';
-- expect: ok
