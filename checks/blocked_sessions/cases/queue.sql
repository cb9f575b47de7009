-- settings: allow_system_table_mods=on, deadlock_timeout=10min
-- Three sessions in a row: the first forgot to commit, the second wants to drop the table, the third only reads it. A
-- scenario cannot wait for minutes, so in posemo's database the views report that waits and transactions began ten
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
create role clerk login superuser;
create role dba login superuser;
create table orders (id int);
insert into orders values (1);
-- expect: ok
select dblink_connect(name, format('host=%s port=%s user=%s dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port'), name))
from unnest(array['clerk', 'dba', 'postgres']) as name;
select dblink_exec('clerk', 'begin');
select dblink_exec('clerk', 'update orders set id = 2');
select dblink_send_query('dba', 'drop table orders');
select dblink_send_query('postgres', 'select count(*) from orders');
-- expect: critical postgres.clerk
select dblink_exec('clerk', 'rollback');
-- expect: ok
