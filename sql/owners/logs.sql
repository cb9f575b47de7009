-- Reads the log files. With pg_read_binary_file, a function could read any file in the data directory, so the linter
-- accepts only the queries that posemo includes.
GRANT EXECUTE ON FUNCTION pg_catalog.pg_current_logfile(text) TO {{ident owner}};
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_logdir() TO {{ident owner}};
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text,bigint,bigint) TO {{ident owner}};
