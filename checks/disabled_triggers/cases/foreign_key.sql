-- As after an interrupted pg_restore --disable-triggers.
-- expect: ok
create table customers (id int primary key);
create table orders (customer int references customers, number int unique deferrable);
alter table orders disable trigger all;
-- expect: warning public.orders.orders_customer_fkey, warning public.orders.orders_number_key
alter table orders enable trigger all;
-- expect: ok
alter table customers disable trigger all;
-- expect: warning public.customers.orders_customer_fkey
alter table customers enable trigger all;
-- expect: ok
drop table orders, customers;
-- expect: ok
