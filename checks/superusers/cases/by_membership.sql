-- A superuser without login is harmless, until somebody is a member of it, be it by a detour.
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
