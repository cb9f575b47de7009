-- wait: 10s
-- expect: ok
create table vacuumed as select generate_series(1, 10000) as n;
-- expect: ok
vacuum (analyze) vacuumed;
-- expect: ok
drop table vacuumed;
-- expect: ok
