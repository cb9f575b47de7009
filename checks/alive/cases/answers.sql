-- The server answers, also after other statements.
-- expect: ok
create table busy as select generate_series(1, 10000) as n;
drop table busy;
-- expect: ok
