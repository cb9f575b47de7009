-- Two equal indexes above 10 MB, and others that only look equal. A low fill factor makes them big with few rows.
-- expect: ok
create unlogged table orders (id int primary key, region text, note text) with (autovacuum_enabled = off);
insert into orders select n, 'north', repeat(md5(n::text), 12) from generate_series(1, 3000) as n;
create index orders_a on orders (note) with (fillfactor = 10);
create index orders_partial on orders (note) with (fillfactor = 10) where region = 'north';
create index orders_pattern on orders (note text_pattern_ops) with (fillfactor = 10);
create index orders_backward on orders (note desc) with (fillfactor = 10);
create index orders_wide on orders (note, region) with (fillfactor = 10);
create index orders_include on orders (note) include (region) with (fillfactor = 10);
-- expect: ok
create index orders_b on orders (note) with (fillfactor = 10);
-- expect: warning public.orders_b
drop index orders_a;
-- expect: ok
create index orders_partial_again on orders (note) with (fillfactor = 10) where (region = 'north');
-- expect: warning public.orders_partial_again
drop table orders;
-- expect: ok
