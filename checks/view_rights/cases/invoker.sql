-- servers: 15..
-- expect: ok
create role reader login;
create table orders (customer text);
alter table orders enable row level security;
create view "all ""orders" as select * from orders;
create view later with (security_invoker = true) as select * from "all ""orders";
grant select on "all ""orders", later to reader;
-- The view that reads the table decides.
-- expect: warning public."all ""orders", warning public.later
alter view public."all ""orders" set (security_invoker = true);
-- expect: ok
alter view later reset (security_invoker);
-- expect: ok
-- A materialized view is filled by its owner.
create materialized view copied as select * from later;
grant select on copied to reader;
-- expect: warning public.copied
revoke all on public.copied from reader;
-- expect: ok
drop materialized view copied;
drop view later, "all ""orders";
drop table orders;
drop role reader;
-- expect: ok
