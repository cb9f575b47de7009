-- Reads the rules of pg_hba.conf and pg_ident.conf, as the server reads the files.
GRANT SELECT ON pg_catalog.pg_hba_file_rules TO {{ident owner}};
GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO {{ident owner}};
{{#if (since 15)}}
GRANT SELECT ON pg_catalog.pg_ident_file_mappings TO {{ident owner}};
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ident_file_mappings() TO {{ident owner}};
{{/if}}
