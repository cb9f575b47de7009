-- The table has an index on a function that is slow, so that VACUUM FULL runs while the check reads its progress.
create extension dblink schema public;
create table orders as select generate_series(1, 10) as id;
create function slow(id int) returns int immutable language plpgsql
as $$ begin perform pg_catalog.pg_sleep(0.1); return id; end $$;
create index on orders (slow(id));
select dblink_connect('other', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
-- expect: ok
select dblink_send_query('other', 'vacuum full orders');
select pg_sleep(0.2);
-- expect: ok
select * from dblink_get_result('other') as done (status text);
-- expect: ok
