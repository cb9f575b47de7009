-- servers: 15..
-- settings: wal_level=logical
-- expect: ok
create schema sales;
create table sales.log (n int);
create unlogged table sales.cache (n int);
create table log (n int);
-- expect: ok
create publication sales for tables in schema sales;
-- expect: warning sales.log
alter table sales.log replica identity full;
-- expect: ok
drop publication sales;
-- expect: ok
