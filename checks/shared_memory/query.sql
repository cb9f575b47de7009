SELECT coalesce(btrim(s.name, '<>'), 'unused') AS name,
       CAST(sum(s.allocated_size) AS bigint) AS size
FROM pg_shmem_allocations AS s
GROUP BY 1
ORDER BY size DESC, name
LIMIT 50
