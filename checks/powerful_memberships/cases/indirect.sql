-- Only login roles that are not superusers are reported. Before 16, NOINHERIT does not prevent SET ROLE.
-- expect: ok
create role "the team" nologin in role pg_execute_server_program;
create role app login noinherit;
create role dba login superuser in role pg_write_server_files;
-- expect: ok
grant "the team" to app;
-- expect: critical app
revoke "the team" from app;
grant pg_signal_backend to app;
-- expect: warning app
revoke pg_signal_backend from app;
-- expect: ok
drop role app, dba, "the team";
-- expect: ok
