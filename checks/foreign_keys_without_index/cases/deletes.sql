-- wait: 10s
-- A table above 100 MB with few rows, as each has a page. Before 15, a session reports its
-- statistics at most twice a second, and only when it runs something.
-- expect: ok
create unlogged table customers (id int primary key);
insert into customers select generate_series(1, 3000);
create unlogged table orders (customer int references customers on delete cascade, note text) with (fillfactor = 10, autovacuum_enabled = off);
alter table orders alter note set storage plain;
insert into orders select 1, repeat('x', 900) from generate_series(1, 13000);
create unlogged table small (customer int references customers);
analyze orders;
-- expect: ok
select pg_sleep(0.6);
alter table customers disable trigger all;
delete from customers where id > 1000;
-- expect: warning public.orders.orders_customer_fkey
create index orders_note on orders (note, customer);
create index orders_part on orders (customer) where note <> '';
-- expect: warning public.orders.orders_customer_fkey
create index orders_customer on orders (customer, note) where customer is not null;
-- expect: ok
drop table small, orders, customers;
-- expect: ok
