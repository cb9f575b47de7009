-- A database whose removal was interrupted is not vacuumed, and it holds back no other.
SELECT (SELECT max(CAST(mxid_age(d.datminmxid) AS bigint)) FROM pg_database AS d WHERE d.datconnlimit <> -2)
           AS multixacts,
       CAST(CAST(c.next_multixact_id AS text) AS bigint) AS created,
       CAST(CAST(c.next_multi_offset AS text) AS bigint) AS members
FROM pg_control_checkpoint() AS c
