-- settings: autovacuum=off
-- A vacuum that sleeps after each page runs while the check reads its progress.
create extension dblink schema public;
create table orders as select generate_series(1, 5000) as id;
delete from orders;
select dblink_connect('other', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
-- expect: ok
select dblink_exec('other', 'set vacuum_cost_limit = 1; set vacuum_cost_delay = 100');
select dblink_send_query('other', 'vacuum orders');
select pg_sleep(0.2);
-- expect: ok
select dblink_cancel_query('other');
-- expect: ok
