//! Deviations of the schema, of privileges in a database, and of objects that affect later sessions.
//!
//! This file contains only data.

use super::{Deviation, critical, warning};

/// All deviations of this file.
pub(super) fn all() -> Vec<Deviation> {
    [schema(), foreign(), rights(), system_objects(), for_later()].into_iter().flatten().collect()
}

/// The schema itself.
fn schema() -> Vec<Deviation> {
    vec![
        warning("app", "COMMENT ON SCHEMA posemo IS 'mine'", "schema posemo: it has no comment"),
        critical(
            "app",
            "ALTER SCHEMA posemo OWNER TO mallory",
            "schema posemo: it belongs to role mallory",
        ),
        critical(
            "app",
            "GRANT USAGE ON SCHEMA posemo TO PUBLIC",
            "schema posemo: PUBLIC has USAGE",
        ),
        critical(
            "app",
            "GRANT CREATE ON SCHEMA posemo TO mallory",
            "schema posemo: role mallory has CREATE",
        ),
        critical(
            "app",
            "GRANT CREATE ON SCHEMA posemo TO posemo",
            "schema posemo: role posemo has CREATE",
        ),
        critical(
            "app",
            "GRANT USAGE ON SCHEMA posemo TO posemo WITH GRANT OPTION",
            "role posemo has USAGE on it, and can grant it to other roles",
        ),
        warning(
            "app",
            "REVOKE USAGE ON SCHEMA posemo FROM posemo",
            "role posemo has no USAGE on it",
        ),
        warning("app", "DROP SCHEMA posemo CASCADE", "schema posemo: is missing"),
    ]
}

/// Objects in the schema that are not part of posemo.
fn foreign() -> Vec<Deviation> {
    vec![
        critical(
            "posemo",
            "CREATE TABLE posemo.t (id integer GENERATED ALWAYS AS IDENTITY, x serial)",
            "table posemo.t: it is in schema posemo",
        ),
        critical(
            "app",
            "CREATE TABLE posemo.t (x integer) PARTITION BY LIST (x)",
            "table posemo.t: it is in schema posemo",
        ),
        critical(
            "app",
            "CREATE TABLE public.p (x integer) PARTITION BY LIST (x); CREATE TABLE posemo.t PARTITION OF public.p DEFAULT",
            "table posemo.t: it is in schema posemo",
        )
        .after("DROP TABLE public.p"),
        critical(
            "app",
            "CREATE TABLE posemo.t (x integer, y integer GENERATED ALWAYS AS (x + 1) STORED)",
            "table posemo.t: it is in schema posemo",
        ),
        critical("posemo", "CREATE VIEW posemo.v AS SELECT 1 AS x", "view posemo.v: it is in"),
        critical(
            "posemo",
            "CREATE MATERIALIZED VIEW posemo.m AS SELECT 1 AS x",
            "materialized view posemo.m: it is in",
        ),
        critical("posemo", "CREATE SEQUENCE posemo.s", "sequence posemo.s: it is in"),
        critical(
            "posemo",
            "CREATE TYPE posemo.pair AS (a integer, b integer)",
            "type posemo.pair: it is in",
        ),
        critical(
            "posemo",
            "CREATE TYPE posemo.mood AS ENUM ('good')",
            "type posemo.mood: it is in",
        ),
        critical(
            "posemo",
            "CREATE TYPE posemo.span AS RANGE (SUBTYPE = integer)",
            "type posemo.span: it is in",
        ),
        critical(
            "posemo",
            "CREATE DOMAIN posemo.text AS pg_catalog.text",
            "type posemo.text: it is in",
        ),
        critical(
            "posemo",
            "CREATE OPERATOR posemo.=== (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq)",
            "operator posemo.===(integer,integer): it is in",
        ),
        critical(
            "posemo",
            "CREATE OPERATOR FAMILY posemo.f USING btree",
            "operator family posemo.f USING btree: it is in",
        ),
        critical("posemo", "CREATE COLLATION posemo.c FROM \"C\"", "collation posemo.c: it is in"),
        critical(
            "posemo",
            "CREATE CONVERSION posemo.k FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
            "conversion posemo.k: it is in",
        ),
        critical(
            "app",
            "CREATE STATISTICS posemo.st ON x, y FROM public.secret",
            "statistics object posemo.st: it is in",
        ),
        critical(
            "posemo",
            "CREATE TEXT SEARCH CONFIGURATION posemo.cfg (COPY = pg_catalog.simple)",
            "text search configuration posemo.cfg: it is in",
        ),
        critical(
            "posemo",
            "CREATE TEXT SEARCH DICTIONARY posemo.d (TEMPLATE = simple)",
            "text search dictionary posemo.d: it is in",
        ),
        critical(
            "posemo",
            "CREATE TEXT SEARCH PARSER posemo.p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)",
            "text search parser posemo.p: it is in",
        ),
        critical(
            "posemo",
            "CREATE TEXT SEARCH TEMPLATE posemo.tt (LEXIZE = dsimple_lexize)",
            "text search template posemo.tt: it is in",
        ),
        critical("app", "CREATE EXTENSION citext SCHEMA public; CREATE VIEW posemo.v AS SELECT 1 AS x; ALTER EXTENSION citext ADD VIEW posemo.v", "view posemo.v: it is in schema posemo")
            .after("DROP EXTENSION citext"),
        warning(
            "posemo",
            "CREATE EXTENSION citext SCHEMA posemo",
            "extension citext: it is in schema posemo",
        )
        .since(13)
        .after("DROP EXTENSION citext"),
    ]
}

/// Privileges and ownership.
fn rights() -> Vec<Deviation> {
    vec![
        critical("app", "GRANT SELECT ON public.secret TO posemo", "rights (app) role posemo: it has SELECT on TABLE public.secret"),
        critical("app", "GRANT SELECT ON public.secret TO posemo_stats", "role posemo_stats: it has SELECT on TABLE public.secret"),
        critical("app", "GRANT UPDATE (x) ON public.secret TO posemo_plain", "role posemo_plain: it has UPDATE (x) on TABLE public.secret"),
        critical("app", "GRANT USAGE ON SEQUENCE public.counter TO posemo", "it has USAGE on SEQUENCE public.counter"),
        critical("app", "GRANT USAGE ON TYPE public.mood TO posemo", "it has USAGE on TYPE public.mood"),
        critical("posemo", "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO posemo_plain", "it has EXECUTE on FUNCTION pg_read_file(text)"),
critical("app", "CREATE PROCEDURE public.work() LANGUAGE sql AS 'SELECT 1'; GRANT EXECUTE ON PROCEDURE public.work() TO posemo_plain", "role posemo_plain: it has EXECUTE on PROCEDURE public.work()").after("DROP PROCEDURE public.work()"),
        critical("app", "GRANT CREATE ON SCHEMA public TO posemo", "role posemo: it has CREATE on SCHEMA public"),
        critical("app", "GRANT CREATE ON DATABASE app TO posemo", "rights (posemo) role posemo: it has CREATE on DATABASE app"),
        critical("app", "GRANT CREATE ON TABLESPACE pg_default TO posemo_stats", "it has CREATE on TABLESPACE pg_default"),
        critical("app", "GRANT SET ON PARAMETER work_mem TO posemo", "it has SET on PARAMETER work_mem").since(15),
        critical("app", "SELECT lo_create(4711); GRANT SELECT ON LARGE OBJECT 4711 TO posemo", "it has SELECT on LARGE OBJECT 4711").after("SELECT lo_unlink(4711)"),
        critical("app", "ALTER TABLE public.secret OWNER TO posemo", "role posemo: it owns table public.secret"),
        critical("app", "ALTER TYPE public.mood OWNER TO posemo_stats", "role posemo_stats: it owns type public.mood").also("critical", "it has USAGE on TYPE public.mood"),
        critical("app", "CREATE SCHEMA lair AUTHORIZATION posemo", "role posemo: it owns schema lair").after("DROP SCHEMA lair"),
        critical("app", "CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION public.f() OWNER TO posemo_stats", "role posemo_stats: it owns function public.f()"),
        critical("app", "CREATE FUNCTION public.f() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT current_user::text'; ALTER FUNCTION public.f() OWNER TO posemo_authid", "role posemo_authid: it owns function public.f()"),
        critical("app", "CREATE VIEW public.v AS SELECT rolpassword FROM pg_authid; GRANT SELECT ON public.v TO PUBLIC; ALTER VIEW public.v OWNER TO posemo_plain", "role posemo_plain: it owns view public.v"),
        critical("app", "CREATE TABLE public.own (id serial, g integer GENERATED ALWAYS AS IDENTITY); ALTER TABLE public.own OWNER TO posemo_plain", "role posemo_plain: it owns table public.own").after("DROP TABLE public.own"),
        critical("posemo", "ALTER FUNCTION posemo.alive() OWNER TO posemo", "it belongs to role posemo, not to posemo_plain"),
        critical("posemo", "SELECT lo_create(4712); ALTER LARGE OBJECT 4712 OWNER TO posemo", "role posemo: it owns large object 4712").after("SELECT lo_unlink(4712)"),
        warning("app", "CREATE POLICY mine ON public.secret TO posemo USING (true)", "role posemo: policy mine on public.secret applies to it"),
        warning("app", "CREATE POLICY ours ON public.secret TO posemo, mallory USING (true)", "policy ours on public.secret applies to it").after("DROP POLICY ours ON public.secret"),
        warning("posemo", "REVOKE SELECT (rolpassword) ON pg_authid FROM posemo_authid", "role posemo_authid: it has no SELECT (rolname, rolpassword)"),
        warning("app", "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO PUBLIC", "FUNCTION pg_ls_dir(text): PUBLIC has EXECUTE"),
        warning("posemo", "GRANT SELECT ON pg_catalog.pg_authid TO PUBLIC", "TABLE pg_authid: PUBLIC has SELECT on it"),
        warning("posemo", "GRANT SELECT (rolpassword) ON pg_catalog.pg_authid TO PUBLIC", "TABLE pg_authid: PUBLIC has SELECT on it"),
    ]
}

/// Objects that every query uses, and privileges that only superusers have on a new server.
fn system_objects() -> Vec<Deviation> {
    vec![
        critical("app", "GRANT CREATE ON SCHEMA pg_catalog TO PUBLIC", "rights (app) schema pg_catalog: PUBLIC can create objects in it"),
        critical("posemo", "GRANT CREATE ON SCHEMA pg_catalog TO mallory", "schema pg_catalog: role mallory can create objects in it"),
        critical("app", "ALTER SCHEMA pg_catalog OWNER TO mallory", "SCHEMA pg_catalog: it belongs to role mallory"),
        critical("posemo", "ALTER FUNCTION pg_catalog.lower(text) OWNER TO mallory", "ROUTINE lower(text): it belongs to role mallory"),
        critical(
            "app",
            "CREATE FUNCTION pg_catalog.reverse(name) RETURNS text LANGUAGE sql AS 'SELECT $1::text'; ALTER FUNCTION pg_catalog.reverse(name) OWNER TO mallory",
            "ROUTINE reverse(name): it belongs to role mallory",
        ),
        critical(
            "app",
            "ALTER FUNCTION pg_catalog.lower(text) OWNER TO mallory; ALTER FUNCTION pg_catalog.lower(text) SECURITY DEFINER",
            "ROUTINE lower(text): it belongs to role mallory",
        ),
        critical(
            "posemo",
            "CREATE OPERATOR pg_catalog.=== (LEFTARG = text, RIGHTARG = name, FUNCTION = texteqname); ALTER OPERATOR pg_catalog.=== (text, name) OWNER TO mallory",
            "OPERATOR pg_catalog.=== (text, name): it belongs to role mallory",
        )
        .also("critical", "home (posemo) operator pg_catalog.===(pg_catalog.text,pg_catalog.name): it is not part of posemo"),
        critical("posemo", "ALTER TYPE pg_catalog.text OWNER TO mallory", "TYPE pg_catalog.text: it belongs to role mallory"),
        critical(
            "app",
            "CREATE FUNCTION public.words(integer) RETURNS text LANGUAGE sql AS 'SELECT ''many''::text'; ALTER FUNCTION public.words(integer) OWNER TO mallory;
             CREATE CAST (integer AS text) WITH FUNCTION public.words(integer) AS IMPLICIT",
            "cast from integer to text: its function public.words(integer) belongs to role mallory",
        )
        .after("DROP FUNCTION public.words(integer)"),
        warning("posemo", "GRANT SELECT ON pg_catalog.pg_authid TO pg_monitor", "TABLE pg_authid: role pg_monitor has SELECT on it"),
        warning("app", "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO pg_read_all_stats", "FUNCTION pg_read_file(text): role pg_read_all_stats has EXECUTE"),
        warning("posemo", "GRANT SET ON PARAMETER session_preload_libraries TO PUBLIC", "PARAMETER session_preload_libraries: PUBLIC has SET").since(15),
    ]
}

/// Objects that affect the next installation or session.
fn for_later() -> Vec<Deviation> {
    vec![
        critical("app", "ALTER DEFAULT PRIVILEGES IN SCHEMA posemo GRANT EXECUTE ON FUNCTIONS TO mallory", "default privileges of role postgres in schema posemo: role mallory gets EXECUTE on new functions"),
        critical("app", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO posemo", "default privileges of role postgres: role posemo gets SELECT on new tables"),
        critical("app", "ALTER DEFAULT PRIVILEGES FOR ROLE posemo_stats GRANT EXECUTE ON FUNCTIONS TO mallory", "default privileges of role posemo_stats: role mallory gets EXECUTE"),
        warning("app", "ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO mallory", "role mallory gets EXECUTE on new functions"),
        critical("app", "ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO PUBLIC", "PUBLIC gets USAGE on new schemas"),
        critical(
            "app",
            "CREATE FUNCTION public.evil() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; ALTER FUNCTION public.evil() OWNER TO mallory;
             CREATE EVENT TRIGGER trap ON ddl_command_start EXECUTE FUNCTION public.evil()",
            "event trigger trap: its function public.evil() belongs to role mallory",
        )
        .after("DROP EVENT TRIGGER trap; DROP FUNCTION public.evil()"),
        critical(
            "app",
            "CREATE FUNCTION public.evil() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; ALTER FUNCTION public.evil() OWNER TO mallory;
             CREATE EVENT TRIGGER trap ON login EXECUTE FUNCTION public.evil()",
            "event trigger trap: its function public.evil() belongs to role mallory",
        )
        .since(17)
        .after("DROP EVENT TRIGGER trap; DROP FUNCTION public.evil()"),
    ]
}
