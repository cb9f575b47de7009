-- A unique index over duplicates. CREATE INDEX CONCURRENTLY cannot run in a block of several statements, and its error
-- would end the scenario, so the catalog gets the state that it leaves.
-- expect: ok
create table orders (id int);
insert into orders values (1), (1);
create index orders_id_key on orders (id);
update pg_index set indisvalid = false where indexrelid = 'orders_id_key'::regclass;
-- expect: warning public.orders_id_key
update pg_index set indislive = false, indisready = false where indexrelid = 'orders_id_key'::regclass;
-- expect: warning public.orders_id_key
drop index orders_id_key;
-- expect: ok
