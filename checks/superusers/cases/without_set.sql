-- servers: 16..
-- A membership without SET is no way to become the role, unless it can be given back to oneself.
-- expect: ok
create role dba superuser;
create role app login;
grant dba to app with set false;
-- expect: ok
grant dba to app with admin true;
-- expect: warning app
drop role app;
drop role dba;
-- expect: ok
