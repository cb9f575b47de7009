-- servers: 16..
-- A member without SET cannot become the role, unless it has ADMIN and can grant SET to itself.
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
