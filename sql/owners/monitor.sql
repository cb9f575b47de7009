-- Sees statistics and settings, and lists the files of log and WAL.
GRANT pg_monitor TO {{ident owner}};
