-- wait: 10s
-- DROP DATABASE waits for sessions of the database to end, up to five seconds, and holds a lock. The mark of the database
-- is a problem only when the command has ended without its work.
create extension dblink schema public;
-- expect: ok
create database tenant;
-- expect: ok
select dblink_connect(name, format('host=%s port=%s user=postgres dbname=%s',
    current_setting('unix_socket_directories'), current_setting('port'), name))
from unnest(array['tenant', 'postgres']) as name;
select dblink_send_query('postgres', 'drop database tenant');
select pg_sleep(0.2);
update pg_database set datconnlimit = -2 where datname = 'tenant';
-- expect: ok
select dblink_cancel_query('postgres');
-- expect: warning tenant
select dblink_disconnect('tenant');
-- expect: warning tenant
drop database tenant;
-- expect: ok
