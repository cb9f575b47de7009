-- Reads the state of any sequence. Servers before 14 have no role for that: there it reads those that
-- somebody granted it.
{{#if (since 14)}}
GRANT pg_read_all_data TO {{ident owner}};
{{/if}}
