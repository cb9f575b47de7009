-- wait: 10s
-- expect: ok
create table sessions (n int primary key, seen int) with (fillfactor = 50);
insert into sessions select n, 0 from generate_series(1, 100) as n;
update sessions set seen = 1;
create index on sessions (seen);
update sessions set seen = 2;
-- expect: ok
drop table sessions;
-- expect: ok
