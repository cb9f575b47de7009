-- wait: 10s
-- expect: ok
create table filled (n int primary key, note text);
insert into filled select n, repeat('x', 100) from generate_series(1, 100) as n;
select count(*) from filled;
-- expect: ok
drop table filled;
-- expect: ok
