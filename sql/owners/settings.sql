-- Reads the settings that are hidden from other roles.
GRANT pg_read_all_settings TO {{ident owner}};
