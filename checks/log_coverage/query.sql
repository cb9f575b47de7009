SELECT w.name AS setting,
       w.value AS value,
       CASE log_coverage.severity WHEN 'warning' THEN 'warning' ELSE 'notice' END AS severity,
       -- The setting exists only with pgaudit.
       coalesce(current_setting('pgaudit.log', true) ~* '(^|,)[ ]*(ddl|all)[ ]*(,|$)', false)
       AND coalesce(current_setting('pgaudit.log', true) !~* '-[ ]*ddl', false) AS audited
FROM (VALUES ('log_connections', current_setting('log_connections')),
             ('log_disconnections', current_setting('log_disconnections')),
             ('log_statement', current_setting('log_statement')),
             ('log_line_prefix', current_setting('log_line_prefix')),
             ('log_destination', current_setting('log_destination')),
             ('log_min_messages', current_setting('log_min_messages')),
             ('log_min_error_statement', current_setting('log_min_error_statement')),
             ('log_error_verbosity', current_setting('log_error_verbosity')),
             ('log_replication_commands', current_setting('log_replication_commands')),
             ('track_activities', current_setting('track_activities')),
             ('log_checkpoints', current_setting('log_checkpoints')),
             ('log_lock_waits', current_setting('log_lock_waits')),
             ('log_temp_files', current_setting('log_temp_files')),
             ('log_autovacuum_min_duration', current_setting('log_autovacuum_min_duration'))) AS w (name, value)
