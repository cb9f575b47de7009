-- expect: ok
create role keeper nologin;
create role other nologin;
create schema app authorization keeper;
grant usage on schema app to public;
set role keeper;
create function app.price() returns int language sql security definer as 'select 1';
reset role;
-- expect: critical app.price()
revoke execute on function app.price() from public;
-- expect: critical app.price()
alter function app.price() set search_path = '';
-- expect: critical app.price()
alter function app.price() set search_path = 'pg_catalog, pg_temp';
-- expect: critical app.price()
alter function app.price() set search_path = pg_temp, pg_catalog;
-- expect: critical app.price()
alter function app.price() set search_path = pg_temp, pg_catalog, pg_temp;
-- expect: critical app.price()
alter function app.price() set search_path = pg_catalog, app, pg_temp;
-- expect: ok
alter function app.price() set search_path = public, pg_temp;
grant create on schema public to other;
revoke create on schema public from public;
alter schema public owner to keeper;
-- expect: critical app.price()
-- A member of the owner can act as the owner without the function.
grant keeper to other;
-- expect: ok
grant create on schema public to public;
-- expect: critical app.price()
alter function app.price() set search_path = pg_catalog, "public, app", pg_temp;
-- expect: ok
drop function app.price();
drop schema app;
revoke create on schema public from public, other;
alter schema public owner to postgres;
drop role keeper, other;
-- expect: ok
