-- settings: shared_preload_libraries=pg_stat_statements
-- expect: ok
create role clerk;
create table orders as select generate_series(1, 1000) as id;
set role clerk;
select count(*) from generate_series(1, 1000);
reset role;
-- expect: ok
drop table orders;
drop role clerk;
-- expect: ok
