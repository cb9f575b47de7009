-- wait: 10s
-- expect: ok
create table wide (t text) with (fillfactor = 10);
insert into wide select repeat('x', 700) from generate_series(1, 100) as n;
analyze wide;
select count(*) from wide;
-- expect: ok
drop table wide;
-- expect: ok
