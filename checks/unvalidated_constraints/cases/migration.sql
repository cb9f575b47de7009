-- expect: ok
create domain postcode as text;
create table customers (id int primary key);
create table orders (customer int, code postcode, constraint positive check (customer > 0)) partition by list (customer);
create table orders_1 partition of orders for values in (1);
create table items (customer int);
-- expect: ok
alter table items add constraint "To customers" foreign key (customer) references customers not valid;
-- expect: warning public.items."To customers"
alter table items validate constraint "To customers";
alter table orders add constraint small check (customer < 1000) not valid;
-- expect: warning public.orders.small
alter table orders validate constraint small;
alter domain postcode add constraint digits check (value ~ '^[0-9]+$') not valid;
-- expect: warning public.postcode.digits
alter domain postcode validate constraint digits;
-- expect: ok
drop table orders, items, customers;
drop domain postcode;
-- expect: ok
