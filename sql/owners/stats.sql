-- Reads the sessions of other roles, and the sizes of databases that it cannot connect to.
GRANT pg_read_all_stats TO {{ident owner}};
