-- servers: 15..
-- expect: ok
create role app login;
create role dba superuser;
grant set, alter system on parameter archive_command to dba;
-- expect: ok
grant set on parameter work_mem to app;
-- expect: ok app
grant set on parameter session_replication_role to app;
-- expect: critical app, ok app
revoke set on parameter session_replication_role from app;
grant alter system on parameter work_mem to app;
-- expect: critical app
revoke all on parameter work_mem from app;
grant set on parameter log_statement to public;
-- expect: critical PUBLIC
revoke set on parameter log_statement from public;
revoke all on parameter archive_command from dba;
drop role app, dba;
-- expect: ok
