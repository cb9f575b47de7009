-- Reads the role names and password verifiers in pg_authid, and no other column of it.
GRANT SELECT (rolname, rolpassword) ON pg_catalog.pg_authid TO {{ident owner}};
