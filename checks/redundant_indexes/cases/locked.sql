-- A table that a session changes is left out until the end of its transaction.
-- expect: ok
create unlogged table orders (note text) with (autovacuum_enabled = off);
insert into orders select repeat(md5(n::text), 12) from generate_series(1, 3000) as n;
create index orders_a on orders (note) with (fillfactor = 10) where note <> '';
create index orders_b on orders (note) with (fillfactor = 10) where note <> '';
-- expect: warning public.orders_b
begin;
lock table orders in access exclusive mode;
-- expect: ok
rollback;
-- expect: warning public.orders_b
drop table orders;
-- expect: ok
