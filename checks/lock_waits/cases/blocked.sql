-- settings: deadlock_timeout=10ms
-- A session waits for a row for longer than deadlock_timeout, and then gets its lock.
create extension dblink schema public;
create table orders as select 1 as id;
select dblink_connect('other', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
-- expect: ok
begin;
update orders set id = 2;
select dblink_send_query('other', 'update orders set id = 3');
select pg_sleep(0.1);
-- expect: ok
commit;
-- expect: ok
