-- servers: 17..
-- settings: max_notify_queue_pages=64
-- A session listens and leaves a transaction open, while others notify. Before 17 the queue has 8 GB, too much to fill.
create extension dblink schema public;
select dblink_connect('listener', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
select dblink_exec('listener', 'listen news');
-- expect: ok
select dblink_exec('listener', 'begin');
select * from dblink('listener', 'select 1') as one (n int);
select count(pg_notify('news', n || repeat('.', 7000))) from generate_series(1, 40) as n;
-- expect: warning
select dblink_exec('listener', 'commit');
select * from dblink('listener', 'select 1') as one (n int);
select pg_notify('news', 'the queue is cut at the next notification');
-- expect: ok
