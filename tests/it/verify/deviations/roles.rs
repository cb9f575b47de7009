//! Deviations of owner roles, the monitor role, the home database and settings.
//!
//! This file contains only data.

use super::{Deviation, critical, warning};

/// All deviations of this file.
pub(super) fn all() -> Vec<Deviation> {
    [owners(), monitor(), home()].into_iter().flatten().collect()
}

/// The roles that own the functions.
fn owners() -> Vec<Deviation> {
    vec![
        critical("posemo", "ALTER ROLE posemo_stats LOGIN", "role posemo_stats: it can log in"),
        critical(
            "posemo",
            "ALTER ROLE posemo_stats SUPERUSER",
            "role posemo_stats: it is a superuser",
        ),
        critical(
            "posemo",
            "ALTER ROLE posemo_stats CREATEDB",
            "role posemo_stats: it can create databases",
        ),
        critical(
            "posemo",
            "ALTER ROLE posemo_stats CREATEROLE",
            "role posemo_stats: it can create roles",
        ),
        critical(
            "posemo",
            "ALTER ROLE posemo_stats REPLICATION",
            "role posemo_stats: it can replicate",
        ),
        critical(
            "posemo",
            "ALTER ROLE posemo_stats BYPASSRLS",
            "role posemo_stats: it bypasses row-level security",
        ),
        warning(
            "posemo",
            "ALTER ROLE posemo_stats NOINHERIT",
            "role posemo_stats: it does not inherit",
        ),
        warning(
            "posemo",
            "ALTER ROLE posemo_stats PASSWORD 'x'",
            "role posemo_stats: it has a password",
        )
        .hidden(),
        warning(
            "posemo",
            "ALTER ROLE posemo_stats SET work_mem = '1GB'",
            "role posemo_stats: it has settings: work_mem=1GB",
        ),
        warning(
            "posemo",
            "ALTER ROLE posemo_stats IN DATABASE app SET work_mem = '1GB'",
            "it has settings in database app",
        ),
        critical(
            "posemo",
            "GRANT posemo_stats TO mallory",
            "role posemo_stats: role mallory is a member of it",
        ),
        critical(
            "posemo",
            "GRANT posemo_stats TO mallory WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
            "role posemo_stats: role mallory is a member of it",
        )
        .since(16),
        critical(
            "posemo",
            "GRANT posemo TO mallory WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
            "role posemo: role mallory is a member of it",
        )
        .since(16),
        warning(
            "posemo",
            "GRANT posemo_stats TO boss",
            "role posemo_stats: superuser boss is a member of it",
        ),
        critical(
            "posemo",
            "GRANT posemo_stats TO posemo",
            "role posemo_stats: role posemo is a member of it",
        )
        .also("critical", "role posemo: it is a member of posemo_stats"),
        critical(
            "posemo",
            "GRANT pg_read_server_files TO posemo_plain",
            "role posemo_plain: it is a member of pg_read_server_files",
        ),
        critical(
            "posemo",
            "GRANT pg_read_all_stats TO posemo_stats WITH ADMIN OPTION",
            "role posemo_stats: it can grant membership in pg_read_all_stats",
        ),
        warning(
            "posemo",
            "REVOKE pg_read_all_stats FROM posemo_stats",
            "role posemo_stats: it is not a member of pg_read_all_stats",
        ),
        warning(
            "posemo",
            "GRANT pg_read_all_stats TO posemo_stats WITH INHERIT FALSE",
            "role posemo_stats: it does not inherit from pg_read_all_stats",
        )
        .since(16),
        critical(
            "posemo",
            "ALTER DATABASE sales OWNER TO posemo_stats",
            "role posemo_stats: it owns database sales",
        ),
        critical(
            "posemo",
            "GRANT pg_read_server_files TO pg_monitor",
            "role pg_monitor: it is a member of pg_read_server_files, and so are the owner roles",
        ),
        critical(
            "posemo",
            "GRANT mallory TO pg_stat_scan_tables",
            "role pg_stat_scan_tables: it is a member of mallory, and so are the owner roles",
        ),
        warning(
            "posemo",
            "COMMENT ON ROLE posemo_stats IS NULL",
            "role posemo_stats: it has no comment",
        ),
        warning(
            "posemo",
            "CREATE ROLE posemo_old; COMMENT ON ROLE posemo_old IS '{\"posemo\":true}'",
            "role posemo_old: posemo created it, but no privilege set",
        ),
    ]
}

/// The role that calls the functions.
fn monitor() -> Vec<Deviation> {
    vec![
        warning("posemo", "ALTER ROLE posemo NOLOGIN", "role posemo: it cannot log in"),
        critical("posemo", "ALTER ROLE posemo SUPERUSER", "role posemo: it is a superuser"),
        critical("posemo", "ALTER ROLE posemo CREATEDB", "role posemo: it can create databases"),
        critical("posemo", "ALTER ROLE posemo CREATEROLE", "role posemo: it can create roles"),
        critical("posemo", "ALTER ROLE posemo REPLICATION", "role posemo: it can replicate"),
        critical(
            "posemo",
            "ALTER ROLE posemo BYPASSRLS",
            "role posemo: it bypasses row-level security",
        ),
        warning("posemo", "ALTER ROLE posemo INHERIT", "role posemo: it inherits"),
        warning(
            "posemo",
            "ALTER ROLE posemo CONNECTION LIMIT -1",
            "role posemo: it has no connection limit",
        ),
        warning(
            "posemo",
            "ALTER ROLE posemo CONNECTION LIMIT 0",
            "role posemo: its connection limit is 0",
        ),
        warning(
            "posemo",
            "ALTER ROLE posemo CONNECTION LIMIT 100000",
            "role posemo: its connection limit is 100000, more than half",
        ),
        warning(
            "posemo",
            "SET password_encryption = md5; ALTER ROLE posemo PASSWORD 'x'; RESET password_encryption",
            "role posemo: its password is stored as MD5",
        )
        .hidden()
        .after("ALTER ROLE posemo PASSWORD NULL"),
        warning(
            "posemo",
            "ALTER ROLE posemo SET log_statement = 'none'",
            "role posemo: sets log_statement to none",
        ),
        warning(
            "posemo",
            "ALTER ROLE posemo CONNECTION LIMIT 10",
            "role posemo: its connection limit is 10",
        ),
        warning(
            "posemo",
            "ALTER ROLE posemo VALID UNTIL '2001-01-01 00:00:00+00'",
            "role posemo: its password was valid until 2001-01-01",
        ),
        critical(
            "posemo",
            "GRANT pg_read_server_files TO posemo",
            "role posemo: it is a member of pg_read_server_files",
        ),
        critical(
            "posemo",
            "GRANT pg_monitor TO posemo WITH ADMIN OPTION",
            "role posemo: it is a member of pg_monitor",
        ),
        critical(
            "posemo",
            "GRANT posemo TO mallory",
            "role posemo: role mallory is a member of it",
        ),
        critical(
            "posemo",
            "ALTER DATABASE sales OWNER TO posemo",
            "role posemo: it owns database sales",
        ),
        warning(
            "posemo",
            "ALTER ROLE posemo SET search_path = public",
            "settings (posemo) role posemo: sets search_path to public",
        ),
        critical(
            "posemo",
            "ALTER ROLE posemo IN DATABASE app SET role = mallory",
            "role posemo in database app: sets role to mallory",
        ),
        critical(
            "posemo",
            "ALTER ROLE posemo SET session_preload_libraries = 'auto_explain'",
            "role posemo: sets session_preload_libraries to",
        ),
    ]
}

/// The home database, and the settings of databases.
fn home() -> Vec<Deviation> {
    vec![
        critical(
            "posemo",
            "GRANT CONNECT ON DATABASE posemo TO PUBLIC",
            "database posemo: PUBLIC has CONNECT on it",
        ),
        critical(
            "posemo",
            "GRANT TEMPORARY ON DATABASE posemo TO PUBLIC",
            "database posemo: PUBLIC has TEMPORARY on it",
        ),
        critical(
            "posemo",
            "GRANT CREATE ON DATABASE posemo TO PUBLIC",
            "database posemo: PUBLIC has CREATE on it",
        ),
        warning(
            "posemo",
            "GRANT CONNECT ON DATABASE posemo TO mallory",
            "database posemo: role mallory has CONNECT on it",
        ),
        warning(
            "posemo",
            "REVOKE CONNECT ON DATABASE posemo FROM posemo",
            "database posemo: role posemo has no CONNECT on it",
        ),
        critical(
            "posemo",
            "ALTER DATABASE posemo OWNER TO mallory",
            "database posemo: it belongs to role mallory",
        ),
        critical(
            "posemo",
            "GRANT CREATE ON SCHEMA public TO PUBLIC",
            "schema public of database posemo: PUBLIC has CREATE",
        ),
        warning(
            "posemo",
            "GRANT USAGE ON SCHEMA public TO PUBLIC",
            "schema public of database posemo: PUBLIC has USAGE",
        ),
        warning(
            "posemo",
            "CREATE SCHEMA mine; GRANT USAGE ON SCHEMA mine TO PUBLIC",
            "schema mine of database posemo: PUBLIC has USAGE",
        )
        .also("critical", "home (posemo) schema mine: it is not part of posemo"),
        warning(
            "posemo",
            "COMMENT ON DATABASE posemo IS NULL",
            "database posemo: it has no comment of posemo",
        ),
        warning(
            "posemo",
            "COMMENT ON DATABASE posemo IS NULL; GRANT CONNECT ON DATABASE posemo TO mallory",
            "database posemo: it has no comment of posemo",
        )
        .also("warning", "database posemo: role mallory has CONNECT on it"),
        warning(
            "posemo",
            "ALTER DATABASE posemo SET log_statement = 'none'",
            "database posemo: sets log_statement to none",
        ),
        critical(
            "posemo",
            "ALTER ROLE mallory CREATEROLE; ALTER DATABASE posemo OWNER TO mallory",
            "database posemo: it belongs to role mallory",
        )
        .after("ALTER ROLE mallory NOCREATEROLE"),
        critical(
            "posemo",
            "ALTER ROLE mallory CREATEROLE; ALTER DATABASE posemo OWNER TO mallory; ALTER SCHEMA posemo OWNER TO mallory",
            "database posemo: it belongs to role mallory",
        )
        .also("critical", "schema posemo: it belongs to role mallory")
        .after("ALTER ROLE mallory NOCREATEROLE"),
        critical(
            "posemo",
            "CREATE FUNCTION information_schema.f() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT rolpassword FROM pg_catalog.pg_authid LIMIT 1'",
            "function information_schema.f(): it is not part of posemo",
        ),
        critical(
            "posemo",
            "CREATE FUNCTION pg_catalog.f() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT rolpassword FROM pg_catalog.pg_authid LIMIT 1'",
            "function pg_catalog.f(): it is not part of posemo",
        ),
        critical(
            "posemo",
            "CREATE VIEW information_schema.v AS SELECT rolpassword FROM pg_catalog.pg_authid; GRANT SELECT ON information_schema.v TO PUBLIC",
            "view information_schema.v: it is not part of posemo",
        )
        .also("warning", "TABLE information_schema.v: PUBLIC has SELECT on it"),
        critical(
            "posemo",
            "GRANT CREATE ON SCHEMA information_schema TO PUBLIC",
            "schema information_schema of database posemo: PUBLIC has CREATE",
        ),
        critical(
            "posemo",
            "ALTER SCHEMA information_schema OWNER TO mallory",
            "schema information_schema: it belongs to role mallory",
        ),
        critical(
            "posemo",
            "ALTER LANGUAGE plpgsql OWNER TO mallory",
            "language plpgsql: it belongs to role mallory",
        ),
        critical(
            "posemo",
            "ALTER COLLATION pg_catalog.\"C\" OWNER TO mallory",
            "COLLATION pg_catalog.\"C\": it belongs to role mallory",
        ),
        critical(
            "posemo",
            "ALTER FUNCTION pg_catalog.query_to_xml(text, boolean, boolean, text) SECURITY DEFINER",
            "function pg_catalog.query_to_xml(text,boolean,boolean,text): it is SECURITY DEFINER",
        ),
        warning(
            "posemo",
            "ALTER DATABASE posemo IS_TEMPLATE true",
            "database posemo: it is a template",
        ),
        warning(
            "posemo",
            "ALTER DATABASE posemo CONNECTION LIMIT 0",
            "database posemo: its connection limit is 0",
        )
        .hidden(),
        critical(
            "posemo",
            "GRANT EXECUTE ON FUNCTION pg_catalog.lo_create(oid) TO PUBLIC",
            "function pg_catalog.lo_create(oid): PUBLIC can call it",
        ),
        warning(
            "posemo",
            "ALTER DATABASE posemo SET search_path = public",
            "database posemo: sets search_path to public",
        ),
        critical(
            "posemo",
            "ALTER DATABASE posemo SET role = mallory",
            "database posemo: sets role to mallory",
        ),
        warning(
            "posemo",
            "ALTER DATABASE app SET local_preload_libraries = 'nothing'",
            "database app: sets local_preload_libraries to",
        ),
    ]
}
