-- Reads the lines of the configuration files, their paths, and the times of files in the data directory. Without
-- pg_read_server_files, a path outside the data directory is refused.
GRANT pg_read_all_settings TO {{ident owner}};
GRANT SELECT ON pg_catalog.pg_file_settings TO {{ident owner}};
GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings() TO {{ident owner}};
GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_file(text) TO {{ident owner}};
