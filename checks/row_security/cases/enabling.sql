-- expect: ok
create role app login;
create table orders (customer text);
create policy customer on orders using (customer = current_user);
create policy administration on orders to app using (true);
-- expect: critical public.orders
alter table orders enable row level security;
-- expect: ok
alter table orders owner to app;
-- expect: warning public.orders
alter table orders force row level security;
-- expect: ok
drop policy customer on orders;
drop policy administration on orders;
-- expect: ok public.orders
drop table orders;
drop role app;
-- expect: ok
