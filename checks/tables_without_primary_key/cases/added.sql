-- expect: ok
create table orders (number int not null unique, region text) partition by list (number);
create table orders_1 partition of orders for values in (1);
create temporary table passing (n int);
-- expect: ok public.orders
alter table orders add primary key (number);
-- expect: ok
drop table orders;
-- expect: ok
