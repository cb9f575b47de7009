SELECT coalesce(f.name, concat('line ', f.sourceline)) AS setting,
       f.sourcefile AS file,
       f.sourceline AS line
FROM pg_show_all_file_settings() AS f
WHERE f.error IS NOT NULL
  -- A valid value that needs a restart also has an error, and reading the file marks the setting in this session. So the
  -- settings must be read afterwards: OFFSET prevents a join.
  AND NOT EXISTS (
      SELECT FROM pg_show_all_settings() AS s WHERE s.name = lower(f.name) AND s.pending_restart OFFSET 0)
  -- These need a restart, too, and the owner of the function cannot see whether they are marked.
  AND coalesce(lower(f.name), '') NOT IN (
      'data_directory', 'external_pid_file', 'hba_file', 'ident_file', 'jit_provider', 'primary_conninfo',
      'shared_preload_libraries', 'unix_socket_directories')
ORDER BY f.sourcefile, f.sourceline
