-- Reads all statistics and settings, and lists the log and WAL files.
GRANT pg_monitor TO {{ident owner}};
