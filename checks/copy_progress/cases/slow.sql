-- A load from a program that is slow runs while the check reads its progress.
create extension dblink schema public;
create table orders (id int);
select dblink_connect('other', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
-- expect: ok
select dblink_send_query('other', 'copy orders from program ''echo 1; sleep 1''');
select pg_sleep(0.2);
-- expect: ok
select * from dblink_get_result('other') as loaded (status text);
-- expect: ok
