-- Without thresholds, a small value does not alarm.
-- settings: shared_buffers=1MB, work_mem=64kB
-- expect: ok
select 1;
-- expect: ok
