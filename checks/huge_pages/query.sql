SELECT CASE WHEN huge_pages.expected IN ('on', 'off') AND s.state IN ('on', 'off')
            THEN s.state = huge_pages.expected
       END AS as_expected,
       s.state AS state,
       current_setting('huge_pages') AS requested,
       s.needed AS needed
FROM (
    SELECT current_setting('huge_pages_status') AS state,
           -- -1 where the system has none.
           nullif(CAST(current_setting('shared_memory_size_in_huge_pages') AS bigint), bigint '-1') AS needed
) AS s
