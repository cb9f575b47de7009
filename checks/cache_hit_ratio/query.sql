-- These are the functions of pg_stat_database. To plan the whole view takes longer than to run it.
SELECT CAST(s.datname AS text) AS database,
       CASE WHEN s.hit + s.read >= CAST(greatest(cache_hit_ratio.minimum, bigint '1') AS float8)
            THEN float8 '100' * s.hit / (s.hit + s.read)
       END AS hit_ratio,
       CAST(s.hit AS bigint) AS blocks_hit,
       CAST(s.read AS bigint) AS blocks_read
FROM (
    SELECT d.datname,
           CAST(pg_stat_get_db_blocks_hit(d.oid) AS float8) AS hit,
           CAST(pg_stat_get_db_blocks_fetched(d.oid) - pg_stat_get_db_blocks_hit(d.oid) AS float8) AS read
    FROM pg_database AS d
    WHERE NOT d.datistemplate
) AS s
