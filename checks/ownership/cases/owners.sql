-- expect: ok
create role keeper;
create schema app authorization keeper;
create extension citext;
create temporary table mine (id int);
set role keeper;
create table app.orders (id serial, card text);
reset role;
-- expect: ok
create table app.items (id serial);
create view app.cards as select card from app.orders;
-- expect: ok postgres
alter table app.items owner to keeper;
alter view app.cards owner to keeper;
-- expect: ok
create publication everything for all tables;
-- expect: ok everything
drop publication everything;
grant create on tablespace pg_default to public;
-- expect: warning pg_default
revoke create on tablespace pg_default from public;
drop schema app cascade;
drop extension citext;
drop role keeper;
-- expect: ok
