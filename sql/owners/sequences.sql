-- Reads the state of every sequence. Servers before 14 have no predefined role for this: there it reads the
-- sequences that an administrator granted to it.
{{#if (since 14)}}
GRANT pg_read_all_data TO {{ident owner}};
{{/if}}
