-- expect: ok
select count(*) from pg_shmem_allocations;
-- expect: ok
