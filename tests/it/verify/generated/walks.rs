//! The walks: queries whose rows are statements, each of which alters one thing.
//!
//! This file contains only data.

use std::ops::RangeInclusive;

/// A query whose rows are statements. Statements that alter several objects return a row for each.
pub(super) struct Walk {
    /// The database to walk through and to alter.
    pub(super) database: &'static str,
    /// The rules that should find the alterations; the others run after them.
    pub(super) rules: &'static [&'static str],
    pub(super) sql: &'static str,
    pub(super) majors: RangeInclusive<u32>,
}

const ALL: RangeInclusive<u32> = 12..=99;

const fn home(rules: &'static [&'static str], sql: &'static str) -> Walk {
    Walk { database: "posemo", rules, sql, majors: ALL }
}

const fn app(rules: &'static [&'static str], sql: &'static str) -> Walk {
    Walk { database: "app", rules, sql, majors: ALL }
}

/// All walks.
pub(super) fn walks() -> Vec<Walk> {
    let mut all = roles();
    all.extend([settings(), privileges(), objects(), created()].into_iter().flatten());
    all
}

/// One update for each column of the rows of a catalog.
macro_rules! columns {
    ($catalog:literal, $condition:literal) => {
        concat!(
            "SELECT format('UPDATE pg_catalog.", $catalog, " SET %1$I = %2$s WHERE ", $condition, " AND %1$I IS DISTINCT FROM %2$s RETURNING 1', a.attname,
               CASE WHEN a.attname ~ '(owner|dba)$' THEN '(SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = ''mallory'')'
               ELSE CASE format_type(a.atttypid, NULL)
                 WHEN 'boolean' THEN format('(NOT %I)', a.attname)
                 WHEN 'name' THEN format('(%I || ''x'')::name', a.attname)
                 WHEN 'oid' THEN format('(CASE WHEN %I = 25 THEN 16 ELSE 25 END)', a.attname)
                 WHEN 'regproc' THEN '''pg_catalog.int4pl''::regproc'
                 WHEN 'smallint' THEN format('(CASE WHEN %1$I > 0 THEN %1$I - 1 ELSE 1 END)', a.attname)
                 WHEN 'integer' THEN format('(%I + 100000)', a.attname)
                 WHEN 'real' THEN format('(%I + 1)', a.attname)
                 WHEN 'text' THEN format('(coalesce(%I, '''') || ''x'')', a.attname)
                 WHEN '\"char\"' THEN '''x''::\"char\"'
                 WHEN 'oidvector' THEN '''25''::oidvector'
                 WHEN 'timestamp with time zone' THEN '''2001-01-01''::timestamptz'
                 WHEN 'pg_node_tree' THEN 'NULL::pg_node_tree'
                 ELSE format('(CASE WHEN %I IS NULL THEN ''{}'' END)::%s', a.attname, format_type(a.atttypid, NULL)) END END)
             FROM pg_attribute AS a WHERE a.attrelid = 'pg_catalog.", $catalog, "'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname NOT IN ('oid', 'datfrozenxid', 'datminmxid')"
        )
    };
}

/// The monitor role, and owner roles of functions in the database, get another name.
const RENAMED: &str = "SELECT format('ALTER ROLE %I RENAME TO gone', r.rolname) FROM pg_roles AS r
    WHERE r.oid IN (SELECT p.proowner FROM pg_proc AS p WHERE p.pronamespace = 'posemo'::regnamespace) OR r.rolname = 'posemo' AND current_database() = 'posemo'";

/// Attributes and memberships of the roles.
fn roles() -> Vec<Walk> {
    let rules = &["owners", "monitor"];
    vec![
        home(rules, columns!("pg_authid", "rolname = ''posemo''")),
        home(rules, columns!("pg_authid", "rolname = ''posemo_stats''")),
        home(
            rules,
            "SELECT format('ALTER ROLE %I %s', r.rolname, CASE WHEN v.has THEN 'NO' ELSE '' END || v.word) FROM pg_roles AS r
               CROSS JOIN LATERAL (VALUES (r.rolsuper, 'SUPERUSER'), (r.rolinherit, 'INHERIT'), (r.rolcreaterole, 'CREATEROLE'), (r.rolcreatedb, 'CREATEDB'),
                 (r.rolcanlogin, 'LOGIN'), (r.rolreplication, 'REPLICATION'), (r.rolbypassrls, 'BYPASSRLS')) AS v(has, word) WHERE r.rolname ~ '^posemo'",
        ),
        home(rules, "SELECT format('COMMENT ON ROLE %I IS NULL', rolname) FROM pg_roles WHERE rolname ~ '^posemo'"),
        home(rules, RENAMED),
        app(&["functions"], RENAMED),
        Walk {
            majors: 12..=15,
            ..home(
                rules,
                "SELECT format('GRANT %I TO %I%s', r.rolname, g.role, o.word) FROM pg_roles AS r, (VALUES ('mallory'), ('boss'), ('intern')) AS g(role),
                   (VALUES (''), (' WITH ADMIN OPTION')) AS o(word) WHERE r.rolname ~ '^posemo'",
            )
        },
        Walk {
            majors: 16..=99,
            ..home(
                rules,
                "SELECT format('GRANT %I TO %I WITH ADMIN %s, INHERIT %s, SET %s', r.rolname, g.role, a, i, s) FROM pg_roles AS r,
                   (VALUES ('mallory'), ('boss'), ('intern')) AS g(role), (VALUES ('TRUE'), ('FALSE')) AS a(a), (VALUES ('TRUE'), ('FALSE')) AS i(i), (VALUES ('TRUE'), ('FALSE')) AS s(s)
                   WHERE r.rolname ~ '^posemo'",
            )
        },
        // Memberships that a role of posemo does not have, and those that it has with ADMIN OPTION.
        home(
            rules,
            "SELECT format('GRANT %I TO %I%s', g.rolname, r.rolname, o.word) FROM pg_roles AS r, pg_roles AS g, (VALUES (''), (' WITH ADMIN OPTION')) AS o(word)
               WHERE r.rolname IN ('posemo', 'posemo_stats', 'posemo_plain') AND (g.rolname ~ '^pg_' AND g.rolname <> 'pg_database_owner' OR g.rolname IN ('mallory', 'boss'))
                 AND (o.word <> '' OR NOT EXISTS (SELECT FROM pg_auth_members AS m WHERE m.roleid = g.oid AND m.member = r.oid))",
        ),
        home(
            rules,
            "SELECT format('REVOKE %I FROM %I', m.roleid::regrole, m.member::regrole) FROM pg_auth_members AS m WHERE m.member::regrole::text ~ '^posemo'",
        ),
        Walk {
            majors: 16..=99,
            ..home(
                rules,
                "SELECT format('GRANT %I TO %I WITH %s FALSE', m.roleid::regrole, m.member::regrole, o.word) FROM pg_auth_members AS m, (VALUES ('INHERIT'), ('SET')) AS o(word)
                   WHERE m.member::regrole::text ~ '^posemo'",
            )
        },
        home(
            rules,
            "SELECT format('CREATE ROLE other %s%s; COMMENT ON ROLE other IS ''{\"posemo\":true}''; GRANT CONNECT ON DATABASE app TO other', l.word, v.word)
               FROM (VALUES ('LOGIN NOINHERIT '), ('NOLOGIN ')) AS l(word),
                 (VALUES ('SUPERUSER'), ('CREATEROLE'), ('CREATEDB'), ('REPLICATION'), ('BYPASSRLS'), ('IN ROLE pg_read_server_files'), ('IN ROLE mallory')) AS v(word)",
        ),
    ]
}

/// Settings of the roles and databases: each that a session can have, with its present value.
fn settings() -> Vec<Walk> {
    let rules = &["settings", "owners"];
    vec![home(
        rules,
        "SELECT format('ALTER %s SET %I = %L', o.object, s.name, s.setting) FROM pg_settings AS s,
           (VALUES ('ROLE posemo'), ('DATABASE posemo'), ('ROLE posemo IN DATABASE app'), ('ROLE posemo_stats'), ('ROLE mallory IN DATABASE posemo')) AS o(object)
           WHERE s.context IN ('user', 'superuser') AND s.name NOT IN ('role', 'session_authorization', 'is_superuser', 'debug_io_direct')
             AND s.name !~ '^(transaction_|default_with_oids|lc_messages$|seed$)' OR s.name = 'session_preload_libraries'",
    )]
}

/// The grantees of privileges: PUBLIC, another role, a superuser, and roles of posemo.
macro_rules! grantees {
    () => {
        "(VALUES ('PUBLIC'), ('mallory'), ('boss'), ('posemo'), ('posemo_plain')) AS g(role), (VALUES (''), (' WITH GRANT OPTION')) AS o(word)"
    };
}

/// A statement that grants a privilege on all objects of a catalog on which the role does not have it, and returns a row
/// for each.
macro_rules! many {
    () => {
        "'DO $do$ DECLARE o record; n integer := 0; BEGIN
            FOR o IN SELECT %7$s AS name FROM pg_catalog.%1$I AS c WHERE oid < 16384%10$s
              AND NOT EXISTS (SELECT FROM aclexplode(coalesce(%2$s, acldefault(%3$s, %4$s))) AS a WHERE a.grantee = %5$s AND a.privilege_type = %6$L)
            LOOP EXECUTE format(''GRANT %6$s ON %8$s%%s TO %9$s'', o.name); n := n + 1; END LOOP;
            PERFORM set_config(''test.altered'', n::text, true); END $do$;
          SELECT generate_series(1, current_setting(''test.altered'')::integer)'"
    };
}

/// PUBLIC and another role, with their OIDs.
macro_rules! everyone {
    () => {
        "(SELECT 'PUBLIC', '0' UNION ALL SELECT rolname::text, oid::text FROM pg_roles WHERE rolname = 'mallory') AS g(role, oid)"
    };
}

/// Privileges on the objects of posemo, and on all objects of the home database.
fn privileges() -> Vec<Walk> {
    vec![
        home(
            &["functions"],
            concat!(
                "SELECT format('GRANT EXECUTE ON FUNCTION %s TO %s%s', p.oid::regprocedure, g.role, o.word) FROM pg_proc AS p, ", grantees!(),
                " WHERE p.pronamespace = 'posemo'::regnamespace AND p.proname = 'alive' AND NOT (g.role = 'PUBLIC' AND o.word <> '') AND NOT (g.role ~ '^posemo' AND o.word = '')
                  UNION ALL SELECT format('REVOKE EXECUTE ON FUNCTION %s FROM %s', p.oid::regprocedure, r.rolname) FROM pg_proc AS p, pg_roles AS r
                  WHERE p.pronamespace = 'posemo'::regnamespace AND p.proname = 'alive' AND (r.rolname = 'posemo' OR r.oid = p.proowner)"
            ),
        ),
        home(
            &["schema", "home", "rights"],
            concat!(
                "SELECT format('GRANT %s ON SCHEMA %I TO %s%s', v.word, n.nspname, g.role, o.word) FROM pg_namespace AS n, (VALUES ('USAGE'), ('CREATE')) AS v(word), ", grantees!(),
                " WHERE n.nspname !~ '^pg_(toast|temp)' AND NOT (g.role = 'PUBLIC' AND o.word <> '')
                    AND NOT (v.word = 'USAGE' AND o.word = '' AND (n.nspname = 'posemo' AND g.role = 'posemo' OR g.role = 'PUBLIC' AND n.nspname IN ('pg_catalog', 'information_schema')))"
            ),
        ),
        home(
            &["home", "rights"],
            concat!(
                "SELECT format('GRANT %s ON DATABASE posemo TO %s%s', v.word, g.role, o.word) FROM (VALUES ('CONNECT'), ('CREATE'), ('TEMPORARY')) AS v(word), ", grantees!(),
                " WHERE NOT (g.role = 'PUBLIC' AND o.word <> '') AND NOT (g.role = 'posemo' AND v.word = 'CONNECT' AND o.word = '')"
            ),
        ),
        // All objects at once: a row for each object that got a privilege, and a finding for each row.
        home(
            &["rights"],
            concat!(
                "SELECT format(", many!(), ", 'pg_class', 'relacl', 'CASE relkind WHEN ''S'' THEN ''s'' ELSE ''r'' END::\"char\"', 'relowner', g.oid, p.word,
                    'oid::regclass', '', g.role, ' AND relkind IN (''r'', ''v'')')
                  FROM (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) AS p(word), ", everyone!(),
                " UNION ALL SELECT format(", many!(), ", 'pg_proc', 'proacl', '''f''', 'proowner', g.oid, 'EXECUTE', 'oid::regprocedure', 'FUNCTION ', g.role, '') FROM ", everyone!(),
                " UNION ALL SELECT format(", many!(), ", 'pg_type', 'typacl', '''T''', 'typowner', g.oid, 'USAGE', 'typnamespace::regnamespace || ''.'' || quote_ident(typname)', 'TYPE ', g.role,
                    ' AND typelem = 0 AND typrelid = 0 AND typtype NOT IN (''p'', ''m'')') FROM ", everyone!(), " WHERE g.role <> 'PUBLIC'",
                " UNION ALL SELECT format(", many!(), ", 'pg_language', 'lanacl', '''l''', 'lanowner', g.oid, 'USAGE', 'quote_ident(lanname)', 'LANGUAGE ', g.role,
                    ' AND lanpltrusted') FROM ", everyone!(), " WHERE g.role <> 'PUBLIC'"
            ),
        ),
        home(
            &["rights"],
            "SELECT format('DO $$ DECLARE o record; BEGIN FOR o IN SELECT c.oid::regclass AS name, string_agg(quote_ident(a.attname), '', '') AS columns FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
                  WHERE c.relkind IN (''r'', ''v'') AND c.oid < 16384 AND a.attnum > 0 GROUP BY c.oid
                LOOP EXECUTE format(''GRANT %s (%%s) ON %%s TO mallory'', o.columns, o.name); END LOOP; END $$;
                SELECT 1 FROM pg_attribute AS a CROSS JOIN LATERAL aclexplode(a.attacl) AS x WHERE x.grantee = ''mallory''::regrole', p.word)
              FROM (VALUES ('SELECT'), ('UPDATE')) AS p(word)",
        ),
        home(
            &["defaults"],
            "SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I %sGRANT ALL ON %s TO %s', r.rolname, i.word, k.kind, g.role)
               FROM pg_roles AS r, (VALUES (''), ('IN SCHEMA posemo '), ('IN SCHEMA public ')) AS i(word), (VALUES ('TABLES'), ('SEQUENCES'), ('FUNCTIONS'), ('TYPES'), ('SCHEMAS')) AS k(kind),
                 (VALUES ('PUBLIC'), ('mallory'), ('posemo')) AS g(role)
               WHERE r.rolname IN ('postgres', 'posemo', 'posemo_stats', 'boss', 'mallory') AND NOT (k.kind = 'SCHEMAS' AND i.word <> '')
                 AND r.rolname <> g.role AND NOT (g.role = 'PUBLIC' AND i.word = '' AND k.kind IN ('FUNCTIONS', 'TYPES'))",
        ),
    ]
}

/// Attributes of the objects of posemo, and owners of all objects of the home database.
fn objects() -> Vec<Walk> {
    vec![
        home(&["functions"], columns!("pg_proc", "oid = ''posemo.connection_usage(integer)''::regprocedure")),
        home(&["functions"], columns!("pg_proc", "oid = ''posemo.alive()''::regprocedure")),
        app(&["functions"], columns!("pg_proc", "oid = ''posemo.sequence_usage(bigint)''::regprocedure")),
        home(&["schema"], columns!("pg_namespace", "nspname = ''posemo''")),
        app(&["schema"], columns!("pg_namespace", "nspname = ''posemo''")),
        home(&["home"], columns!("pg_database", "datname = ''posemo''")),
        home(
            &["home", "schema", "functions"],
            "SELECT 'COMMENT ON DATABASE posemo IS NULL' UNION ALL SELECT 'COMMENT ON SCHEMA posemo IS NULL'
             UNION ALL SELECT format('COMMENT ON FUNCTION %s IS NULL', oid::regprocedure) FROM pg_proc WHERE pronamespace = 'posemo'::regnamespace AND proname IN ('alive', 'connection_usage')
             UNION ALL SELECT format('ALTER %s OWNER TO %s', o.object, r.role) FROM (VALUES ('DATABASE posemo'), ('SCHEMA posemo'), ('FUNCTION posemo.alive()')) AS o(object),
               (VALUES ('mallory'), ('intern'), ('posemo'), ('posemo_stats')) AS r(role)
             UNION ALL SELECT 'ALTER DATABASE posemo OWNER TO intern; ALTER SCHEMA posemo OWNER TO intern; GRANT posemo TO intern WITH ADMIN OPTION'",
        ),
        // All owners of a catalog at once: a row for each object, and a finding for each row.
        home(
            &["home", "rights"],
            "SELECT format('UPDATE pg_catalog.%1$I AS o SET %2$I = ''mallory''::regrole WHERE o.oid < 16384%3$s RETURNING 1', c.relname, a.attname, CASE c.relname
                 WHEN 'pg_class' THEN ' AND o.relkind IN (''r'', ''v'')'
                 WHEN 'pg_type' THEN ' AND o.typrelid = 0 AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = o.oid)'
                 -- The owner of a schema for TOAST tables can do nothing with it, but is a deviation too.
                 ELSE '' END)
               FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname ~ 'owner$' AND a.atttypid = 'oid'::regtype
               WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared
                 AND c.relname IN ('pg_class', 'pg_collation', 'pg_conversion', 'pg_extension', 'pg_language', 'pg_namespace', 'pg_opclass', 'pg_operator', 'pg_opfamily', 'pg_proc',
                   'pg_ts_config', 'pg_ts_dict', 'pg_type')",
        ),
        home(
            &["home"],
            "SELECT format('ALTER FUNCTION pg_catalog.lower(text) %s', v.word) FROM (VALUES ('SECURITY DEFINER'), ('SET work_mem = ''1MB''')) AS v(word)",
        ),
    ]
}

/// One new object for each catalog, in the home database, and objects in posemo's schema in another database.
fn created() -> Vec<Walk> {
    vec![
        home(
            &["home"],
            "SELECT unnest(ARRAY[
               'CREATE TABLE public.t (x integer)', 'CREATE SCHEMA other', 'CREATE VIEW public.v AS SELECT 1 AS x', 'CREATE SEQUENCE public.s',
               'CREATE FUNCTION pg_catalog.f() RETURNS text LANGUAGE sql SECURITY DEFINER AS ''SELECT ''''x''''::text''',
               'CREATE FUNCTION information_schema.f() RETURNS text LANGUAGE sql SECURITY DEFINER AS ''SELECT ''''x''''::text''',
               'CREATE PROCEDURE pg_catalog.f() LANGUAGE sql AS ''SELECT 1''', 'CREATE AGGREGATE pg_catalog.f(integer) (SFUNC = int4pl, STYPE = integer)',
               'CREATE TABLE information_schema.t (x integer)', 'CREATE VIEW information_schema.v AS SELECT 1 AS x',
               'CREATE TYPE pg_catalog.ty AS ENUM (''x'')', 'CREATE TYPE public.ty AS (x integer)', 'CREATE DOMAIN information_schema.ty AS text', 'CREATE TYPE public.ty AS RANGE (SUBTYPE = integer)',
               'CREATE OPERATOR pg_catalog.=== (LEFTARG = text, RIGHTARG = name, FUNCTION = texteqname)',
               'CREATE OPERATOR FAMILY pg_catalog.f USING btree', 'CREATE OPERATOR CLASS pg_catalog.c FOR TYPE integer USING hash AS OPERATOR 1 =',
               'ALTER OPERATOR FAMILY integer_ops USING hash ADD FUNCTION 1 (text) hashtext(text)',
               'CREATE COLLATION pg_catalog.c FROM \"C\"', 'CREATE CONVERSION pg_catalog.c FOR ''LATIN1'' TO ''UTF8'' FROM iso8859_1_to_utf8',
               'CREATE TEXT SEARCH CONFIGURATION pg_catalog.c (PARSER = \"default\")', 'CREATE TEXT SEARCH DICTIONARY pg_catalog.d (TEMPLATE = simple)',
               'CREATE TEXT SEARCH PARSER pg_catalog.p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)',
               'CREATE TEXT SEARCH TEMPLATE pg_catalog.t (LEXIZE = dsimple_lexize)',
               'CREATE LANGUAGE l HANDLER plpgsql_call_handler', 'CREATE CAST (integer AS date) WITH INOUT', 'CREATE ACCESS METHOD a TYPE INDEX HANDLER bthandler',
               'CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))',
               'CREATE FOREIGN DATA WRAPPER w', 'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w',
               'CREATE PUBLICATION p FOR ALL TABLES', 'SELECT lo_create(4712)', 'SELECT lo_create(0)', 'CREATE EXTENSION citext',
               'CREATE FUNCTION pg_catalog.f() RETURNS event_trigger LANGUAGE plpgsql AS ''BEGIN END''; CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()',
               'CREATE RULE r AS ON DELETE TO information_schema.columns DO INSTEAD NOTHING',
               'CREATE TRIGGER t INSTEAD OF DELETE ON information_schema.columns FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
               'ALTER DOMAIN information_schema.yes_or_no ADD CONSTRAINT c CHECK (VALUE <> ''x'')',
               'CREATE INDEX i ON information_schema.sql_features (feature_id)', 'CREATE STATISTICS public.s ON feature_id, feature_name FROM information_schema.sql_features',
               'ALTER TABLE information_schema.sql_features ALTER COLUMN comments SET DEFAULT ''x''',
               'CREATE POLICY p ON information_schema.sql_features USING (true)',
               'CREATE SUBSCRIPTION s CONNECTION ''dbname=nowhere'' PUBLICATION p WITH (connect = false)',
               'CREATE FUNCTION pg_catalog.f() RETURNS integer LANGUAGE sql AS ''SELECT 1''; ALTER EXTENSION plpgsql ADD FUNCTION pg_catalog.f()',
               'CREATE TABLE posemo.t (x integer)', 'CREATE VIEW posemo.v AS SELECT 1 AS x', 'CREATE FUNCTION posemo.f() RETURNS integer LANGUAGE sql AS ''SELECT 1'''])",
        ),
        app(
            &["schema", "functions"],
            "SELECT unnest(ARRAY[
               'CREATE TABLE posemo.t (x integer) PARTITION BY LIST (x)', 'CREATE TABLE public.p (x integer) PARTITION BY LIST (x); CREATE TABLE posemo.t PARTITION OF public.p DEFAULT',
               'CREATE TABLE posemo.t (x integer, y integer GENERATED ALWAYS AS (x + 1) STORED)', 'CREATE TABLE public.p (x integer); CREATE TABLE posemo.t () INHERITS (public.p)',
               'CREATE TABLE posemo.t (x serial)', 'CREATE SEQUENCE posemo.s', 'CREATE TABLE posemo.t (x integer PRIMARY KEY)',
               'CREATE MATERIALIZED VIEW posemo.m AS SELECT 1 AS x', 'CREATE TYPE posemo.ty AS RANGE (SUBTYPE = integer)', 'CREATE TYPE posemo.ty AS (x integer)', 'CREATE DOMAIN posemo.ty AS text',
               'CREATE OPERATOR CLASS posemo.c FOR TYPE integer USING hash AS OPERATOR 1 =', 'CREATE COLLATION posemo.c FROM \"C\"',
               'CREATE TABLE public.p (x integer, y integer); CREATE STATISTICS posemo.s ON x, y FROM public.p',
               'CREATE EXTENSION citext; ALTER FUNCTION posemo.sequence_usage(bigint) DEPENDS ON EXTENSION citext',
               'CREATE VIEW public.v AS SELECT * FROM posemo.sequence_usage(1)',
               'CREATE MATERIALIZED VIEW public.v AS SELECT * FROM posemo.sequence_usage(1) WITH NO DATA',
               'CREATE AGGREGATE public.a(text) (SFUNC = textcat, STYPE = text); CREATE TABLE public.p (x bigint DEFAULT nullif(1, 1)); CREATE RULE r AS ON INSERT TO public.p DO ALSO SELECT * FROM posemo.sequence_usage(1)'])",
        ),
    ]
}
