-- These are the functions of pg_stat_database. To plan the whole view takes longer than to run it.
SELECT CAST(d.datname AS text) AS database,
       pg_stat_get_db_xact_commit(d.oid) AS commits,
       pg_stat_get_db_xact_rollback(d.oid) AS rollbacks,
       pg_stat_get_db_tuples_returned(d.oid) AS returned,
       pg_stat_get_db_tuples_fetched(d.oid) AS fetched,
       pg_stat_get_db_tuples_inserted(d.oid) AS inserted,
       pg_stat_get_db_tuples_updated(d.oid) AS updated,
       pg_stat_get_db_tuples_deleted(d.oid) AS deleted,
       pg_stat_get_db_blocks_hit(d.oid) AS blocks_hit,
       pg_stat_get_db_blocks_fetched(d.oid) - pg_stat_get_db_blocks_hit(d.oid) AS blocks_read,
       CASE WHEN CAST(current_setting('track_io_timing') AS boolean)
            THEN pg_stat_get_db_blk_read_time(d.oid) / float8 '1000' END AS read_time,
       CASE WHEN CAST(current_setting('track_io_timing') AS boolean)
            THEN pg_stat_get_db_blk_write_time(d.oid) / float8 '1000' END AS write_time
FROM pg_database AS d
WHERE NOT d.datistemplate
