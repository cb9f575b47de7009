-- The table is half empty, but far below the minimum for a share.
-- expect: ok
create table emptied as select n, repeat('x', 100) as note from generate_series(1, 20000) as n;
delete from emptied where n % 2 = 0;
-- expect: ok
analyze emptied;
-- expect: ok
drop table emptied;
-- expect: ok
