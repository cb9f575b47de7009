-- expect: ok
create extension citext schema pg_catalog;
create table orders (id int, card text);
create function price() returns int language sql as 'select 1';
create domain amount as int;
create cast (amount as text) with inout;
-- expect: ok
create function pg_catalog.upper(integer) returns text language sql as 'select $1::text';
-- expect: critical pg_catalog.upper(integer)
drop routine pg_catalog.upper(integer);
create operator pg_catalog.=== (function = texteq, leftarg = text, rightarg = text);
-- expect: critical pg_catalog.===(text,text)
drop operator pg_catalog.===(text,text);
-- This cast lets an application compare texts and numbers, and changes queries of all others.
create cast (text as integer) with inout as implicit;
-- expect: critical text AS integer
drop cast (text as integer);
create view information_schema."all ""secrets" as select * from pg_authid;
grant select on information_schema."all ""secrets" to public;
-- expect: critical information_schema."all ""secrets"
drop view information_schema."all ""secrets";
create type information_schema.state as enum ('new');
-- expect: critical information_schema.state
drop type information_schema.state;
create collation pg_catalog.mine (locale = 'C');
-- expect: ok pg_catalog.mine
drop collation pg_catalog.mine;
drop cast (amount as text);
drop domain amount;
drop function price();
drop table orders;
drop extension citext;
-- expect: ok
