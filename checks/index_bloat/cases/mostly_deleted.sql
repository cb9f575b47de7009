-- The index is nearly empty, but far below the minimum for a share.
-- expect: ok
create table emptied (n int primary key);
insert into emptied select n from generate_series(1, 20000) as n;
delete from emptied where n % 10 <> 0;
-- expect: ok
vacuum (analyze) emptied;
-- expect: ok
drop table emptied;
-- expect: ok
