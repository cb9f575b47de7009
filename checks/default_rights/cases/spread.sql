-- expect: ok
create role keeper;
create role reader;
create schema app authorization keeper;
create table app.orders (id int, card text);
grant select on app.orders to reader;
alter default privileges for role keeper in schema app grant select on tables to reader;
alter default privileges for role keeper revoke execute on functions from public;
-- expect: ok
alter default privileges for role keeper in schema app grant select on tables to public;
-- expect: warning app
alter default privileges for role keeper in schema app revoke select on tables from public;
-- expect: ok
alter default privileges for role keeper in schema app grant execute on functions to public;
-- expect: warning app
alter default privileges for role keeper in schema app revoke execute on functions from public;
alter default privileges for role keeper grant select on tables to reader with grant option;
-- expect: warning all schemas
alter default privileges for role keeper revoke select on tables from reader;
grant update (card) on app.orders to reader with grant option;
-- expect: warning app
revoke all on app.orders from reader;
grant usage on schema app to reader with grant option;
-- expect: warning app
revoke all on schema app from reader;
-- expect: ok
drop owned by keeper cascade;
drop table if exists app.orders;
drop schema if exists app;
drop role keeper, reader;
-- expect: ok
