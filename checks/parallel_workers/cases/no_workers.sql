-- servers: 18..
-- settings: max_parallel_workers=0, parallel_setup_cost=0, parallel_tuple_cost=0, min_parallel_table_scan_size=0
create table orders as select generate_series(1, 1000) as id;
analyze orders;
-- expect: ok
select count(*) from orders;
-- expect: ok
