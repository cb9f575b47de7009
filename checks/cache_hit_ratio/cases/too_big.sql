-- settings: shared_buffers=1MB, effective_io_concurrency=0, max_parallel_workers_per_gather=0
-- wait: 60s
-- A table of 16 MB with one row per page is read 510 times through buffers of 1 MB.
-- expect: ok
create table wide (t text) with (fillfactor = 10);
alter table wide alter t set storage plain;
insert into wide select repeat('x', 5000) from generate_series(1, 2000);
-- expect: ok
do $$ begin for i in 1..510 loop perform count(*) from wide; end loop; end $$;
-- expect: critical postgres
select pg_stat_reset();
-- expect: ok
