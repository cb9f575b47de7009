-- expect: ok
create function audit() returns trigger language plpgsql as 'begin return new; end';
create table orders (id int) partition by list (id);
create table orders_1 partition of orders for values in (1);
create trigger "Audit" after insert on orders for each row execute function audit();
create table items (id int);
create trigger audit after insert on items for each row execute function audit();
-- expect: ok
alter table orders disable trigger "Audit";
-- expect: warning public.orders."Audit"
alter table orders enable trigger "Audit";
alter table orders_1 disable trigger "Audit";
-- expect: warning public.orders_1."Audit"
alter table orders_1 enable trigger "Audit";
alter table items enable replica trigger audit;
-- expect: ok
drop table orders, items;
drop function audit;
-- expect: ok
