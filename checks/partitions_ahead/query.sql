WITH locked AS MATERIALIZED (
    -- To show a bound, the server locks the partition. It must not wait for a session that changes the partition.
    SELECT l.relation
    FROM pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      AND l.mode = 'AccessExclusiveLock'
), parent AS MATERIALIZED (
    -- A domain has the output function of its base type.
    SELECT p.partrelid, p.partdefid, p.partnatts, t.typoutput AS kind,
           CAST(extract(epoch FROM CASE WHEN t.typoutput = CAST('timestamptz_out' AS regproc) THEN now()
                                        ELSE (now() AT TIME ZONE partitions_ahead.time_zone) AT TIME ZONE 'UTC'
                                   END) AS float8) AS now
    FROM pg_partitioned_table AS p
    JOIN pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
    JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE p.partstrat = 'r'
      AND t.typoutput IN (CAST('date_out' AS regproc), CAST('timestamp_out' AS regproc), CAST('timestamptz_out' AS regproc))
), part AS MATERIALIZED (
    SELECT p.partrelid, p.kind, c.oid, c.relpartbound
    FROM parent AS p
    JOIN pg_inherits AS h ON h.inhparent = p.partrelid AND h.inhrelid <> p.partdefid
    JOIN pg_class AS c ON c.oid = h.inhrelid
    WHERE c.relispartition
      AND NOT EXISTS (SELECT FROM locked AS l WHERE l.relation = c.oid)
), bound AS MATERIALIZED (
    SELECT p.partrelid, p.oid AS partition,
           -- Each bound is read as a value of its type, as times in text have another order. MINVALUE and MAXVALUE have no
           -- quotes.
           CASE WHEN b.first IS NULL THEN float8 '-Infinity'
                WHEN p.kind = CAST('date_out' AS regproc) THEN CAST(extract(epoch FROM CAST(b.first AS date)) AS float8)
                WHEN p.kind = CAST('timestamp_out' AS regproc)
                THEN CAST(extract(epoch FROM CAST(b.first AS timestamp)) AS float8)
                ELSE CAST(extract(epoch FROM CAST(b.first AS timestamptz)) AS float8)
           END AS begins,
           CASE WHEN b.last IS NULL THEN float8 'Infinity'
                WHEN p.kind = CAST('date_out' AS regproc) THEN CAST(extract(epoch FROM CAST(b.last AS date)) AS float8)
                WHEN p.kind = CAST('timestamp_out' AS regproc)
                THEN CAST(extract(epoch FROM CAST(b.last AS timestamp)) AS float8)
                ELSE CAST(extract(epoch FROM CAST(b.last AS timestamptz)) AS float8)
           END AS ends
    FROM part AS p
    CROSS JOIN LATERAL (
        -- OFFSET makes the server compute each text once.
        SELECT substring(e.text FROM '^FOR VALUES FROM \(''([^'']*)''') AS first,
               substring(e.text FROM ' TO \(''([^'']*)''') AS last
        FROM (SELECT pg_get_expr(p.relpartbound, p.oid) AS text OFFSET 0) AS e
        OFFSET 0
    ) AS b
), numbered AS (
    SELECT b.partrelid, b.partition, b.begins, b.ends,
           row_number() OVER (PARTITION BY b.partrelid ORDER BY b.ends DESC, b.begins DESC, b.partition) AS number
    FROM bound AS b
), covered AS (
    SELECT p.partrelid, p.partdefid, p.now,
           min(n.begins) AS begins,
           max(n.ends) AS ends,
           max(CASE WHEN n.number = 1 THEN n.partition END) AS last,
           -- A last partition for many years does not change the period.
           min(n.ends - n.begins) FILTER (WHERE n.number <= 3 AND n.ends > n.begins) AS period,
           -- With several key columns, a partition can begin and end at the same time.
           bool_or(n.begins <= p.now AND (n.ends > p.now OR n.ends = p.now AND p.partnatts > 1)) AS present,
           -- The bounds of a locked partition are not known.
           EXISTS (SELECT FROM locked AS l WHERE l.relation = p.partrelid)
               OR EXISTS (SELECT FROM pg_inherits AS h JOIN locked AS l ON l.relation = h.inhrelid
                          WHERE h.inhparent = p.partrelid) AS is_incomplete
    FROM parent AS p
    JOIN numbered AS n ON n.partrelid = p.partrelid
    GROUP BY p.partrelid, p.partdefid, p.now
)
SELECT CAST(CAST(c.partrelid AS regclass) AS text) AS "table",
       CASE WHEN c.begins > c.now OR s.is_over THEN NULL
            WHEN c.present OR c.partdefid <> oid '0' THEN true
            WHEN NOT c.is_incomplete THEN false
       END AS writable,
       -- A table that is not writable needs no second finding.
       CASE WHEN (c.begins > c.now OR c.present OR c.partdefid <> oid '0')
                 AND NOT c.is_incomplete AND NOT s.is_over AND NOT s.is_full
                 AND c.ends < float8 'Infinity' AND c.period < float8 'Infinity'
            THEN (c.ends - c.now) / c.period
       END AS periods_ahead,
       CASE WHEN NOT c.is_incomplete AND NOT s.is_full AND c.ends < float8 'Infinity' THEN c.ends - c.now END AS ahead,
       CAST(CAST(c.last AS regclass) AS text) AS last,
       c.partdefid <> oid '0' AS has_default
FROM covered AS c
-- The table can itself be a partition by time, which ends: then it needs partitions until its end only.
LEFT JOIN bound AS o ON o.partition = c.partrelid
CROSS JOIN LATERAL (
    SELECT coalesce(o.ends <= c.now, false)
           OR coalesce(c.ends < c.now - partitions_ahead.abandoned * float8 '86400', false) AS is_over,
           coalesce(c.ends >= o.ends, false) AS is_full
) AS s
