-- An index that is equal to a unique one is redundant, also to the index of a constraint. A unique index is not
-- redundant because of an index that is not unique.
-- expect: ok
create unlogged table orders (number text) with (autovacuum_enabled = off);
insert into orders select repeat(md5(n::text), 12) from generate_series(1, 3000) as n;
create index orders_plain on orders (number) with (fillfactor = 10);
alter table orders add constraint orders_number unique (number) with (fillfactor = 10);
-- expect: warning public.orders_plain
drop index orders_plain;
-- expect: ok
create unlogged table items (number text references orders (number));
create unique index orders_again on orders (number) with (fillfactor = 10);
-- expect: warning public.orders_again
drop table items, orders;
-- expect: ok
