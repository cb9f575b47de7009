SELECT CAST(current_setting('server_version_num') AS integer) / 10000 AS major,
       CAST(current_setting('server_version_num') AS integer) % 10000 AS minor,
       -- The suffix of a distribution, such as Debian 15.18-0+deb12u1.
       coalesce(substring(version() FROM '^PostgreSQL [^ ]+ \(([^)]{1,60})\)'), '') AS package,
       now() AS asked_at,
       minor_version.warn_days AS warn_days,
       minor_version.list_days AS list_days
