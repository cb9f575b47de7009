-- settings: deadlock_timeout=10ms
create extension dblink schema public;
create table orders (id int primary key, n int);
insert into orders values (1, 0), (2, 0);
select dblink_connect(name, format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')))
from unnest(array['first', 'second']) as name;
-- expect: ok
select dblink_exec(name, 'begin') from unnest(array['first', 'second']) as name;
select dblink_exec('first', 'update orders set n = 1 where id = 1');
select dblink_exec('second', 'update orders set n = 2 where id = 2');
select dblink_send_query('first', 'update orders set n = 1 where id = 2');
select dblink_exec('second', 'update orders set n = 2 where id = 1', false);
-- expect: ok
