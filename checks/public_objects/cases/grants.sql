-- expect: ok
create schema app;
create table app.orders (id serial, card text);
create table app.items (id int);
create temporary table mine (id int);
grant all on mine to public;
select lo_create(4711);
-- expect: ok
grant select on app.items to public;
-- Only roles with USAGE on the schema can use the right.
-- expect: ok app
grant usage on schema app to public;
-- expect: warning app
grant update (card) on app.orders to public;
-- expect: warning app, critical app
revoke all on app.orders from public;
grant usage on sequence app.orders_id_seq to public;
-- expect: warning app, critical app
revoke all on app.orders_id_seq from public;
revoke all on app.items from public;
grant select on large object 4711 to public;
-- expect: warning large objects
grant update on large object 4711 to public;
-- expect: critical large objects
select lo_unlink(4711);
drop schema app cascade;
-- expect: ok
