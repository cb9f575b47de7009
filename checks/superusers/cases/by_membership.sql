-- A superuser without login is reported only through its direct and indirect members.
-- expect: ok
create role dba superuser;
create role "the team" in role dba;
create role app login noinherit;
-- expect: ok
grant "the team" to app;
-- expect: warning app
revoke "the team" from app;
-- expect: ok
drop role app;
drop role "the team";
drop role dba;
-- expect: ok
