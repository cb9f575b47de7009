create extension dblink schema public;
create table orders (id int);
insert into orders values (1);
select dblink_connect('other', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
-- expect: ok
begin;
update orders set id = 2;
select dblink_send_query('other', 'update orders set id = 3');
-- expect: ok
rollback;
-- expect: ok
