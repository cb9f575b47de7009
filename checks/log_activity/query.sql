SELECT 'log_directory' AS object,
       l.judged AS judged,
       coalesce(log_activity.silent_seconds, 86400) AS silent_limit,
       CASE WHEN l.judged THEN l.files END AS files,
       CASE WHEN l.judged THEN l.newest END AS newest,
       lower(current_setting('log_connections')) NOT IN ('', 'off') AS logs_connections,
       CASE WHEN l.judged AND current_setting('log_checkpoints') = 'on' AND NOT pg_is_in_recovery()
            THEN CAST(extract(epoch FROM clock_timestamp() - c.checkpoint_time) AS double precision) END AS checkpoint
FROM (
    -- The collector receives what these destinations write. With log_min_messages above log, an idle server is silent.
    SELECT CAST(current_setting('logging_collector') AS boolean)
           AND current_setting('log_destination') ~* '(stderr|csvlog|jsonlog)'
           AND current_setting('log_min_messages') NOT IN ('fatal', 'panic') AS judged,
           count(*) AS files,
           CAST(extract(epoch FROM clock_timestamp() - max(f.modification)) AS double precision) AS newest
    FROM pg_ls_logdir() AS f
    -- Without the collector there may be no directory, and pg_ls_logdir() would raise an error. The server evaluates
    -- this condition first, and does not call the function if it is false.
    WHERE CAST(current_setting('logging_collector') AS boolean)
) AS l
CROSS JOIN pg_control_checkpoint() AS c
