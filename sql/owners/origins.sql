-- Reads the progress of replication origins. Servers before 14 show it to superusers only, in spite of a grant.
{{#if (since 14)}}
GRANT SELECT ON pg_catalog.pg_replication_origin_status TO {{ident owner}};
GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_replication_origin_status() TO {{ident owner}};
{{/if}}
