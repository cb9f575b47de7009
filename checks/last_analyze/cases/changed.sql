-- wait: 10s
-- expect: ok
create table changed as select generate_series(1, 5000) as n;
create table parted (n int) partition by range (n);
create table part partition of parted for values from (0) to (10000);
insert into parted select generate_series(1, 5000);
analyze parted;
-- expect: ok
analyze changed;
-- expect: ok
drop table changed, parted;
-- expect: ok
