-- An index that waits for the index of a partition does not alarm.
-- expect: ok
create table orders (id int, region text) partition by list (region);
create table orders_north partition of orders for values in ('north');
create index orders_id_idx on only orders (id);
-- expect: ok
create index orders_north_id_idx on orders_north (id);
alter index orders_id_idx attach partition orders_north_id_idx;
-- expect: ok
drop table orders;
-- expect: ok
