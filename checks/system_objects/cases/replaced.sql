-- The check recognizes a change after the first transactions of the server, so some are needed.
-- expect: ok
create table counter (id int);
do $$
begin
    for i in 1..2500 loop
        begin
            insert into counter values (i);
        exception when division_by_zero then
            null;
        end;
    end loop;
end $$;
-- Grants are not changes.
grant execute on function pg_catalog.upper(text) to pg_monitor;
revoke execute on function pg_catalog.upper(text) from pg_monitor;
-- expect: ok
create or replace function pg_catalog.lower(text) returns text language internal immutable strict parallel safe as 'lower';
-- expect: critical pg_catalog.lower(text)
create or replace view information_schema.enabled_roles as
select cast(a.rolname as information_schema.sql_identifier) as role_name from pg_authid as a;
-- Nothing takes the change back, except a new database.
-- expect: critical pg_catalog.lower(text), critical information_schema.enabled_roles
