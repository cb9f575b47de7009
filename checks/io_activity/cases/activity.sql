-- expect: ok
create table written as select generate_series(1, 1000) as n;
checkpoint;
-- expect: ok
drop table written;
-- expect: ok
