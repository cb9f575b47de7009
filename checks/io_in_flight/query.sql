SELECT i.state AS state,
       coalesce(i.operation, 'none') AS operation,
       count(*) AS count,
       CAST(coalesce(sum(i.length), 0) AS bigint) AS size
FROM pg_aios AS i
GROUP BY i.state, i.operation
