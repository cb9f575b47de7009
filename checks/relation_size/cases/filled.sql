-- expect: ok
create table filled (n int primary key, note text);
insert into filled select n, repeat('x', 100) from generate_series(1, 2000) as n;
-- expect: ok
begin;
lock table filled in access exclusive mode;
-- The check does not wait for the lock.
-- expect: ok
commit;
drop table filled;
-- expect: ok
