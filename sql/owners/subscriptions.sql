-- Reads the names of subscriptions and their connection strings, which can contain passwords.
{{#if (since 14)}}
GRANT SELECT (subname, subconninfo) ON pg_catalog.pg_subscription TO {{ident owner}};
{{else}}
GRANT SELECT (oid, subname, subconninfo) ON pg_catalog.pg_subscription TO {{ident owner}};
{{/if}}
