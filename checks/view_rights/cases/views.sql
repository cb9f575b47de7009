-- expect: ok
create role keeper;
create role reader login;
create role auditor bypassrls;
create role plain_owner;
create table orders (customer text);
alter table orders owner to keeper;
create policy customer on orders using (customer = current_user);
create view all_orders as select * from orders;
alter view all_orders owner to keeper;
grant select on all_orders to public;
-- Without row-level security, a view is an ordinary way to open a table.
-- expect: ok
alter table orders enable row level security;
-- expect: warning public.all_orders
revoke all on all_orders from public;
grant select on all_orders to auditor, keeper;
-- expect: ok
grant select (customer) on all_orders to reader;
-- expect: warning public.all_orders
alter table orders force row level security;
-- The policies apply to the owner of the view.
-- expect: ok
alter view all_orders owner to current_user;
-- expect: warning public.all_orders
alter view all_orders owner to plain_owner;
-- expect: ok
alter view all_orders owner to current_user;
revoke select (customer) on all_orders from reader;
create view later as select * from all_orders;
alter view later owner to plain_owner;
grant select on later to reader;
-- expect: warning public.later
drop view later;
create materialized view copied as select * from orders;
grant select on copied to reader;
-- expect: warning public.copied
revoke all on public.copied from reader;
-- expect: ok
drop materialized view copied;
drop view all_orders;
drop table orders;
drop role keeper, reader, auditor, plain_owner;
-- expect: ok
