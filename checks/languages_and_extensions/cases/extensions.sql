-- expect: ok
create schema extensions;
create extension citext schema extensions;
-- expect: ok
create extension dblink schema extensions;
-- expect: warning dblink
drop extension "dblink";
create extension postgres_fdw schema extensions;
-- expect: ok postgres_fdw
create extension hstore schema public;
-- expect: ok postgres_fdw, ok public
alter extension hstore set schema extensions;
drop extension postgres_fdw, hstore, citext;
drop schema extensions;
-- expect: ok
