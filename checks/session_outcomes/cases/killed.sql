-- servers: 14..
create extension dblink schema public;
select dblink_connect('other', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
-- expect: ok
select pg_terminate_backend(pid) from dblink('other', 'select pg_backend_pid()') as other (pid int);
-- expect: ok
