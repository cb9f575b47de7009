-- wait: 10s
-- ALTER SYSTEM cannot run in a transaction, so each block contains one. A setting that no file contained before must be
-- written with its old value: without a line in a file, the server does not notice that the change was undone.
-- expect: ok
alter system set max_connections = 123;
-- expect: ok
select pg_reload_conf();
-- expect: warning max_connections
alter system set archive_mode = on;
-- expect: warning max_connections
select pg_reload_conf();
-- expect: warning max_connections, warning archive_mode
alter system set archive_mode = off;
-- expect: warning max_connections, warning archive_mode
select pg_reload_conf();
-- expect: warning max_connections
alter system reset max_connections;
-- expect: warning max_connections
select pg_reload_conf();
-- expect: ok
