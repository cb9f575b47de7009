-- servers: 18..
-- expect: ok
create table customers (id int primary key);
create table orders (customer int constraint documented references customers not enforced, region text);
-- expect: ok
alter table orders add constraint known not null region not valid;
-- expect: warning public.orders.known
alter table orders validate constraint known;
-- expect: ok
drop table orders, customers;
-- expect: ok
