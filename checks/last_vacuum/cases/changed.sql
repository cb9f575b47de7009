-- wait: 10s
-- expect: ok
create table changed as select generate_series(1, 5000) as n;
delete from changed where n % 2 = 0;
-- expect: ok
vacuum changed;
-- expect: ok
drop table changed;
-- expect: ok
