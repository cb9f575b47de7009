SELECT CAST(extract(epoch FROM clock_timestamp() - b.modification) AS double precision) AS age,
       b.name AS file
FROM (SELECT 1) AS one
LEFT JOIN LATERAL (
    -- The server writes this file when a backup ends, and keeps the newest. Without archiving it keeps none.
    SELECT f.name, f.modification
    FROM pg_ls_waldir() AS f
    WHERE f.name ~ '^[0-9A-F]{24}\.[0-9A-F]{8}\.backup$'
    ORDER BY f.modification DESC, f.name DESC
    LIMIT 1
) AS b ON current_setting('archive_mode') <> 'off'
