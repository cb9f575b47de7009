-- Without the text of statements: false is the argument showtext. Statements of dropped databases and roles are left out.
SELECT CAST(s.queryid AS text) AS statement,
       CAST(d.datname AS text) AS database,
       CAST(r.rolname AS text) AS role,
       CAST(sum(s.calls) AS bigint) AS calls,
       sum(s.total_time) / float8 '1000' AS time,
       CAST(sum(s.rows) AS bigint) AS rows,
       CAST(sum(s.shared_blks_read) * b.bytes AS bigint) AS read,
       CAST(sum(s.shared_blks_written) * b.bytes AS bigint) AS written,
       CAST(sum(s.temp_blks_read + s.temp_blks_written) * b.bytes AS bigint) AS temporary,
       CAST(NULL AS bigint) AS wal
FROM @extschema@.pg_stat_statements(false) AS s
JOIN pg_database AS d ON d.oid = s.dbid
JOIN pg_roles AS r ON r.oid = s.userid
CROSS JOIN (SELECT CAST(current_setting('block_size') AS bigint)) AS b(bytes)
WHERE s.queryid IS NOT NULL
GROUP BY s.queryid, d.datname, r.rolname, b.bytes
ORDER BY 5 DESC, 1, 2, 3
LIMIT statement_load.statements
