-- expect: ok
create unlogged table cache (n int primary key, note text);
insert into cache select n, 'x' from generate_series(1, 100) as n;
-- expect: ok
alter table cache set logged;
-- expect: ok
drop table cache;
-- expect: ok
