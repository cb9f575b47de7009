SELECT CASE WHEN l.collector THEN l.files END AS files,
       CASE WHEN l.collector THEN l.size END AS size,
       l.newest AS newest,
       l.collector AS collector
FROM (
    SELECT CAST(current_setting('logging_collector') AS boolean) AS collector,
           count(*) AS files,
           CAST(coalesce(sum(f.size), 0) AS bigint) AS size,
           CAST(extract(epoch FROM clock_timestamp() - max(f.modification)) AS double precision) AS newest
    FROM pg_ls_logdir() AS f
    -- Without the collector there may be no directory, and pg_ls_logdir() would raise an error. The server evaluates
    -- this condition first, and does not call the function if it is false.
    WHERE CAST(current_setting('logging_collector') AS boolean)
) AS l
