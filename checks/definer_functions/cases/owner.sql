-- A stored path without spaces and with quotes is read as the server reads it.
-- expect: ok
create schema app;
create function app.price(int, text) returns int language sql security definer set search_path = pg_catalog, pg_temp as 'select 1';
-- expect: ok
grant usage on schema app to public;
-- expect: warning app.price(integer,text)
set search_path = "pg_catalog","pg_temp";
alter function app.price(int, text) set search_path from current;
-- expect: warning app.price(integer,text)
revoke execute on function app.price(int, text) from public;
-- expect: ok app.price(integer,text)
grant execute on function app.price(int, text) to public;
alter function app.price(int, text) reset search_path;
-- expect: critical app.price(integer,text)
drop schema app cascade;
-- expect: ok
