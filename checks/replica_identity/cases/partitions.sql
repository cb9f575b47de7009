-- servers: 13..
-- settings: wal_level=logical
-- The key of the parent is inherited by its partitions, but not by a table that is published without it.
-- expect: ok
create table orders (id int, region text) partition by list (region);
create table "Orders North" partition of orders for values in ('north');
create table orders_south partition of orders for values in ('south');
alter table "Orders North" add primary key (id);
create publication sales for table orders with (publish_via_partition_root = true);
create publication north for table "Orders North";
-- expect: warning public.orders_south
alter publication sales set (publish_via_partition_root = false);
-- expect: warning public.orders_south
alter table orders_south replica identity full;
-- expect: ok
