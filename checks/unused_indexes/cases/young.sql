-- Statistics of a young server are not enough.
-- expect: ok
create unlogged table orders (note text);
insert into orders select repeat(md5(n::text), 12) from generate_series(1, 3000) as n;
create index orders_note on orders (note) with (fillfactor = 10);
-- expect: ok
drop table orders;
-- expect: ok
