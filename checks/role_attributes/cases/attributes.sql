-- A role without login counts only if a login role can become it.
-- expect: ok
create role app login;
create role copier nologin replication;
create role dba login superuser createrole createdb replication bypassrls;
grant copier to dba;
-- expect: ok
alter role app bypassrls createdb;
-- expect: critical app, warning app
alter role app nobypassrls nocreatedb;
grant copier to app;
-- expect: warning copier
revoke copier from app;
drop role app, copier, dba;
-- expect: ok
