WITH library AS MATERIALIZED (
    -- Names without the directory of the server's own libraries and without the ending of the file.
    SELECT w.setting,
           regexp_replace(regexp_replace(btrim(l.name, ' "'), '^[$]libdir/(plugins/)?', ''), '[.]so$', '') AS name
    FROM (VALUES ('shared_preload_libraries', current_setting('shared_preload_libraries')),
                 ('session_preload_libraries', current_setting('session_preload_libraries')),
                 ('archive_library', current_setting('archive_library', true)),
                 ('oauth_validator_libraries', current_setting('oauth_validator_libraries', true))
         ) AS w (setting, value)
    CROSS JOIN LATERAL unnest(string_to_array(w.value, ',')) AS l (name)
), weak AS (
    SELECT w.setting, w.rule, w.value, w.as_new, w.rank
    FROM (VALUES
        ('allow_system_table_mods', 'writable_catalogs', 'on', false, 1,
         current_setting('allow_system_table_mods') = 'on'),
        ('backslash_quote', 'unsafe_quoting', 'on', false, 1,
         current_setting('backslash_quote') = 'on'),
        ('composite_type_mismatch', 'type_confusion', current_setting('composite_type_mismatch', true), false, 1,
         current_setting('composite_type_mismatch', true) <> 'error'),
        ('dynamic_library_path', 'library_path', current_setting('dynamic_library_path'), false, 2,
         current_setting('dynamic_library_path') <> '$libdir'),
        ('extension_control_path', 'library_path', current_setting('extension_control_path', true), false, 2,
         current_setting('extension_control_path', true) <> '$system'),
        ('lo_compat_privileges', 'open_large_objects', 'on', false, 2,
         current_setting('lo_compat_privileges') = 'on'),
        -- The default of servers before 14.
        ('password_encryption', 'weak_verifiers', 'md5',
         CAST(current_setting('server_version_num') AS integer) < 140000, 2,
         current_setting('password_encryption') = 'md5'),
        -- The default of initdb before 18.
        ('data_checksums', 'no_checksums', 'off', CAST(current_setting('server_version_num') AS integer) < 180000, 2,
         current_setting('data_checksums') = 'off'),
        ('data_directory_mode', 'group_access', current_setting('data_directory_mode'), false, 3,
         current_setting('data_directory_mode') <> '0700'),
        ('superuser_reserved_connections', 'no_reserve', '0', false, 3,
         current_setting('superuser_reserved_connections') = '0'),
        ('debug_assertions', 'debugging', 'on', false, 3, current_setting('debug_assertions') = 'on'),
        ('jit_debugging_support', 'debugging', 'on', false, 3, current_setting('jit_debugging_support') = 'on'),
        ('jit_profiling_support', 'debugging', 'on', false, 3, current_setting('jit_profiling_support') = 'on'),
        ('post_auth_delay', 'debugging', current_setting('post_auth_delay'), false, 3,
         current_setting('post_auth_delay') <> '0'),
        ('pre_auth_delay', 'debugging', current_setting('pre_auth_delay'), false, 3,
         current_setting('pre_auth_delay') <> '0')) AS w (setting, rule, value, as_new, rank, weak)
    WHERE w.weak
    UNION ALL
    SELECT l.setting, 'unexpected_library', string_agg(DISTINCT l.name, ', '), false, 1
    FROM library AS l
    WHERE l.name <> ''
      AND NOT l.name = ANY (regexp_split_to_array(btrim(coalesce(hardening_settings.allowed, '')), '[ ]*,[ ]*'))
    GROUP BY l.setting
    UNION ALL
    -- posemo's functions set row_security themselves, so the present value is theirs.
    SELECT 'row_security', 'row_security_off', 'off', false, 2
    FROM pg_show_all_settings() AS s
    WHERE s.name = 'row_security' AND s.reset_val = 'off'
    UNION ALL
    -- posemo's sessions set these themselves, so only the files contain the values of the server.
    SELECT 'standard_conforming_strings', 'unsafe_quoting', 'off', false, 2
    FROM pg_show_all_file_settings() AS f
    WHERE f.applied
      AND lower(f.name) = 'standard_conforming_strings'
      AND lower(f.setting) IN ('off', 'false', 'no', '0', 'f', 'n')
    UNION ALL
    SELECT 'local_preload_libraries', 'session_library', NULL, false, 2
    FROM pg_show_all_file_settings() AS f
    WHERE f.applied AND lower(f.name) = 'local_preload_libraries' AND f.setting <> ''
    UNION ALL
    SELECT s.name, 'more_plugins', NULL, false, 2
    FROM pg_show_all_settings() AS s
    WHERE s.name = 'output_plugin_libraries' AND s.source <> 'default'
    UNION ALL
    -- A password as the value of an option, of a variable or of a part of a URI; not the name of a variable or a file.
    SELECT s.name, 'secret_in_command', NULL, false, 1
    FROM pg_show_all_settings() AS s
    WHERE s.name IN ('archive_command', 'restore_command', 'archive_cleanup_command', 'recovery_end_command',
                     'ssl_passphrase_command')
      AND (s.setting ~* '(password|passwd|passphrase|[-_]pass|secret|secret_key|access_key|token)=["'']?[^-$"''` ]'
           OR s.setting ~* '--(password|passwd|token)[ ]+["'']?[^-$"''` ]'
           OR s.setting ~ '://[^/:@ ]+:[^/@$ ]+@'
           OR s.name = 'ssl_passphrase_command' AND s.setting ~ '^(/usr)?(/bin/)?(echo|printf) +[^$]')
)
SELECT w.setting AS setting,
       w.rule AS rule,
       w.value AS value,
       w.as_new AS as_new
FROM weak AS w
ORDER BY w.rank, w.as_new, w.setting
