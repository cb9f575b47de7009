SELECT s.name AS setting,
       CASE WHEN s.name <> 'synchronous_commit' THEN s.reset_val = w.wanted END AS safe,
       s.reset_val AS value
-- Older servers do not have all of them.
FROM (VALUES ('fsync', 'on'),
             ('full_page_writes', 'on'),
             ('data_sync_retry', 'off'),
             ('ignore_checksum_failure', 'off'),
             ('ignore_invalid_pages', 'off'),
             ('ignore_system_indexes', 'off'),
             ('zero_damaged_pages', 'off'),
             ('synchronous_commit', 'on')) AS w (name, wanted)
JOIN pg_show_all_settings() AS s ON s.name = w.name
