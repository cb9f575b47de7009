-- expect: ok
create table loaded as select generate_series(1, 10000) as n;
-- expect: ok
vacuum (freeze, analyze) loaded;
-- expect: ok
drop table loaded;
-- expect: ok
