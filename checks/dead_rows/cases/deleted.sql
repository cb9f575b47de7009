-- wait: 10s
-- expect: ok
create table emptied as select generate_series(1, 20000) as n;
delete from emptied;
-- expect: ok
vacuum emptied;
-- expect: ok
drop table emptied;
-- expect: ok
