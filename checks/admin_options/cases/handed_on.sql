-- expect: ok
create role team nologin;
create role app login;
create role dba superuser;
grant team to app;
grant team to dba with admin option;
-- expect: ok
grant team to app with admin option;
-- expect: warning app
revoke admin option for team from app;
-- expect: ok
drop role app, dba, team;
-- expect: ok
