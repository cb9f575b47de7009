-- Sees the password verifiers, and of pg_authid nothing else but the names.
GRANT SELECT (rolname, rolpassword) ON pg_catalog.pg_authid TO {{ident owner}};
