-- expect: ok
begin;
set local work_mem = '64kB';
declare held cursor for select n from generate_series(1, 50000) as n order by n desc;
fetch 1 from held;
-- expect: ok
commit;
-- expect: ok
