-- expect: ok
-- Who calls lower() runs another function.
create or replace function pg_catalog.lower(text) returns text language internal immutable strict parallel safe as 'upper';
-- expect: critical function l
create or replace function pg_catalog.lower(text) returns text language internal immutable strict parallel safe as 'lower';
-- expect: ok
alter function pg_catalog.pg_sleep(double precision) security definer set work_mem = '4MB';
-- expect: critical function p
alter function pg_catalog.pg_sleep(double precision) security invoker reset work_mem;
-- expect: ok
-- Of a cast and an operator, the rows of the catalogs are changed.
update pg_catalog.pg_cast set castcontext = 'i' where castsource = 'money'::regtype and casttarget = 'numeric'::regtype;
update pg_catalog.pg_operator set oprcode = 'point_ne' where oid = '~=(point,point)'::regoperator;
-- expect: critical cast, critical operator
update pg_catalog.pg_cast set castcontext = 'a' where castsource = 'money'::regtype and casttarget = 'numeric'::regtype;
update pg_catalog.pg_operator set oprcode = 'point_eq' where oid = '~=(point,point)'::regoperator;
-- expect: ok
create table kept as select pg_get_viewdef('information_schema.enabled_roles') as definition;
create or replace view information_schema.enabled_roles as
select cast(r.rolname as information_schema.sql_identifier) as role_name from pg_roles as r where r.rolname <> 'mallory';
-- expect: critical view of information_schema
do $$
begin
    execute concat('create or replace view information_schema.enabled_roles as ', (select definition from kept));
end $$;
-- Objects of users, rights and the costs that the planner uses are not part of the definitions.
create extension citext schema pg_catalog;
create function pg_catalog.lower(integer) returns text language sql as 'select $1::text';
grant execute on function pg_catalog.pg_sleep(double precision) to pg_monitor;
alter function pg_catalog.upper(text) cost 7;
-- expect: ok
