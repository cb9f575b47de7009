-- Reads the user mappings of foreign servers, whose options can contain passwords.
GRANT SELECT (umuser, umserver, umoptions) ON pg_catalog.pg_user_mapping TO {{ident owner}};
