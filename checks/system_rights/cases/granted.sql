-- expect: ok
create role app login;
create role dba superuser;
create role "a""b, c" login;
grant execute on function pg_read_file(text) to dba;
grant pg_monitor to app;
-- What every role may do without the right.
grant select on pg_class, information_schema.tables to app;
grant execute on function pg_size_pretty(bigint) to app;
-- Taking a right away is not reported, nor giving it to some again.
revoke select on pg_rules from public;
grant select on pg_rules to app;
-- expect: ok
grant select on pg_rules to public;
grant execute on function pg_read_file(text) to app;
-- expect: critical pg_catalog.pg_read_file(text)
revoke execute on function pg_catalog.pg_read_file(text) from "app";
grant execute on function lo_export(oid, text) to public;
-- expect: critical pg_catalog.lo_export(oid,text)
revoke execute on function lo_export(oid, text) from public;
grant select on pg_authid to "a""b, c";
-- expect: critical pg_catalog.pg_authid
revoke select on pg_authid from "a""b, c";
grant select (rolname, rolpassword), update (rolname) on pg_authid to "a""b, c";
-- The columns without a secret and those with one are two findings.
-- expect: critical pg_catalog.pg_authid, ok pg_catalog.pg_authid
revoke select (rolpassword), select (rolname), update (rolname) on pg_catalog.pg_authid from "a""b, c";
grant create on schema pg_catalog to app;
-- expect: critical pg_catalog
revoke create on schema pg_catalog from app;
grant select on information_schema._pg_user_mappings to public;
-- expect: critical information_schema._pg_user_mappings
revoke select on information_schema._pg_user_mappings from public;
-- The owner of the view is a superuser: this right renames roles.
grant update on pg_group to app;
-- expect: critical pg_catalog.pg_group
revoke update on pg_group from app;
-- A role with this name is not every role.
create role "PUBLIC";
grant execute on function pg_reload_conf() to "PUBLIC";
-- expect: critical pg_catalog.pg_reload_conf()
revoke execute on function pg_catalog.pg_reload_conf() from "PUBLIC";
drop role "PUBLIC";
grant update on pg_proc to app;
-- expect: ok pg_catalog.pg_proc
revoke update on pg_proc from app;
grant execute on function pg_stat_reset() to app;
-- expect: warning pg_catalog.pg_stat_reset()
revoke execute on function pg_stat_reset() from app;
grant execute on function pg_reload_conf() to app with grant option;
-- expect: critical pg_catalog.pg_reload_conf()
revoke execute on function pg_reload_conf() from app;
revoke execute on function pg_read_file(text) from dba;
drop owned by app;
drop role app, dba, "a""b, c";
-- expect: ok
