-- Stored values can be secrets, so each is compared with constants, and only the kind of the setting is returned.
WITH stored AS MATERIALIZED (
    SELECT s.setdatabase, s.setrole,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting ~* '^role=(?!none$)') AS role,
           -- pg_catalog is first, unless it has another place.
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting ~* '^search_path=.*,[ ]*"?pg_catalog"?[ ]*(,|$)') AS search_path,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting LIKE 'session_preload_libraries=%') AS session_libraries,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting LIKE 'local_preload_libraries=%') AS local_libraries,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting LIKE 'dynamic_library_path=%') AS library_path,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting ~* '^session_replication_role=replica$') AS replica,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting ~* '^event_triggers=(off?|f[a-z]*|no?|0)$') AS event_triggers,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting ~* '^password_encryption=(?!scram-sha-256$)') AS passwords,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting ~* '^allow_system_table_mods=(on|t[a-z]*|y[a-z]*|1)$') AS system_tables,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting ~* '^lo_compat_privileges=(on|t[a-z]*|y[a-z]*|1)$') AS large_objects,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting ~* '^standard_conforming_strings=(off?|f[a-z]*|no?|0)$') AS plain_strings,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting ~* '^backslash_quote=(on|t[a-z]*|y[a-z]*|1)$') AS backslash_quote,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting ~* '^row_security=(off?|f[a-z]*|no?|0)$') AS row_security,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting ~* '^log_statement=none$') AS log_statement,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting ~* '^log_(connections|disconnections|replication_commands|min_messages|min_error_statement|error_verbosity)=(off?|f|fals?e?|no?|0|terse|log|fatal|panic|"")?$') AS log_others,
           EXISTS (SELECT FROM unnest(s.setconfig) AS c (setting)
                   WHERE c.setting ~* '^pgaudit[.][a-z_]+=(off?|f|fals?e?|no?|0|none|"")?$') AS pgaudit
    FROM pg_db_role_setting AS s
)
SELECT v.setting,
       CASE WHEN s.setrole <> oid '0' THEN CAST(pg_get_userbyid(s.setrole) AS text) END AS role,
       (SELECT CAST(d.datname AS text) FROM pg_database AS d WHERE d.oid = s.setdatabase) AS database,
       v.rule,
       v.severity
FROM stored AS s
CROSS JOIN LATERAL (
    VALUES
        ('search_path', 'search_path', 'error', s.search_path),
        ('session_preload_libraries', 'libraries', 'error', s.session_libraries),
        ('local_preload_libraries', 'libraries', 'error', s.local_libraries),
        ('dynamic_library_path', 'libraries', 'error', s.library_path),
        ('session_replication_role', 'triggers', 'error', s.replica),
        ('password_encryption', 'passwords', 'error', s.passwords),
        ('allow_system_table_mods', 'system_tables', 'error', s.system_tables),
        ('lo_compat_privileges', 'large_objects', 'error', s.large_objects),
        -- Of a database, it changes who every session is. Of a role, it is used to give objects the right owner.
        ('role', 'role', CASE WHEN s.setrole = oid '0' THEN 'error' ELSE 'notice' END, s.role),
        ('event_triggers', 'triggers', 'warning', s.event_triggers),
        ('standard_conforming_strings', 'quoting', 'warning', s.plain_strings),
        ('backslash_quote', 'quoting', 'warning', s.backslash_quote),
        ('log_statement', 'logging', 'warning', s.log_statement),
        ('log_*', 'logging', 'warning', s.log_others),
        ('pgaudit.*', 'logging', 'warning', s.pgaudit),
        ('row_security', 'row_security', 'notice', s.row_security)
) AS v (setting, rule, severity, found)
WHERE v.found
ORDER BY CASE v.severity WHEN 'error' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END, setting, role, database
