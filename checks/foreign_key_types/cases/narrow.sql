-- expect: ok
create domain number as bigint;
create table customers (id bigint primary key, name text unique);
create table orders (customer number references customers, name varchar(20) references customers (name));
-- expect: ok
create table "Old orders" (customer int references customers) partition by list (customer);
create table old_orders_1 partition of "Old orders" for values in (1);
-- expect: ok public."Old orders"."Old orders_customer_fkey"
alter table "Old orders" rename constraint "Old orders_customer_fkey" to k;
-- expect: ok public."Old orders".k
drop table orders, "Old orders", customers;
drop domain number;
-- expect: ok
