-- Sees the sessions of other roles, and sizes of databases it cannot connect to.
GRANT pg_read_all_stats TO {{ident owner}};
