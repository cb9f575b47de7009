//! What can be wrong with a function, or with one that nobody asked for.
//!
//! Only data; what is done with it stands beside.

use super::{Deviation, critical, warning};

/// All of them.
pub(super) fn all() -> Vec<Deviation> {
    [pinned(), functions(), callers(), unexpected()].into_iter().flatten().collect()
}

/// What a function sets.
fn pinned() -> Vec<Deviation> {
    vec![
        critical(
            "posemo",
            "ALTER FUNCTION posemo.alive() SET search_path = ''",
            "function posemo.alive(): search_path is not pinned: \"\" is empty",
        ),
        critical(
            "posemo",
            "ALTER FUNCTION posemo.alive() SET search_path = pg_catalog",
            "search_path is not pinned: pg_catalog does not name pg_temp",
        ),
        critical(
            "posemo",
            "ALTER FUNCTION posemo.alive() SET search_path = 'pg_catalog, pg_temp'",
            "\"pg_catalog, pg_temp\" is one quoted name",
        ),
        critical(
            "posemo",
            "ALTER FUNCTION posemo.alive() SET search_path = pg_temp, pg_catalog",
            "has pg_temp first",
        ),
        critical(
            "posemo",
            "ALTER FUNCTION posemo.alive() SET search_path = pg_catalog, \"$user\", public, pg_temp",
            "also searches \"$user\", public",
        ),
        critical(
            "posemo",
            "ALTER FUNCTION posemo.alive() RESET search_path",
            "search_path is not pinned: that of the caller",
        ),
        critical(
            "posemo",
            "UPDATE pg_proc SET proconfig = proconfig || '{search_path=public}' WHERE oid = 'posemo.alive()'::regprocedure",
            "search_path is not pinned: public",
        ),
        warning(
            "app",
            "ALTER FUNCTION posemo.sequence_usage(bigint) RESET row_security",
            "function posemo.sequence_usage(bigint): SET row_security = off is missing",
        ),
        warning(
            "posemo",
            "ALTER FUNCTION posemo.alive() SET standard_conforming_strings = off",
            "SET standard_conforming_strings is off, not on",
        ),
        warning(
            "posemo",
            "ALTER FUNCTION posemo.alive() SET lock_timeout = '1h'",
            "SET lock_timeout is 1h, not 2s",
        ),
        warning(
            "posemo",
            "ALTER FUNCTION posemo.alive() SET work_mem = '1GB'",
            "SET work_mem = 1GB is additional",
        ),
        warning(
            "posemo",
            "ALTER FUNCTION posemo.alive() SET my.own = 'a, b'",
            "SET my.own = a, b is additional",
        ),
    ]
}

/// What a function is.
fn functions() -> Vec<Deviation> {
    vec![
        critical("posemo", "UPDATE pg_proc SET prosrc = 'SELECT true' WHERE oid = 'posemo.alive()'::regprocedure", "function posemo.alive(): its body is not that"),
        critical(
            "posemo",
            "CREATE FUNCTION public.donor() RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT true; END;
             UPDATE pg_proc SET prosqlbody = (SELECT prosqlbody FROM pg_proc WHERE proname = 'donor') WHERE oid = 'posemo.alive()'::regprocedure;
             DROP FUNCTION public.donor()",
            "it has a second body",
        )
        .since(14),
        warning("posemo", "COMMENT ON FUNCTION posemo.alive() IS '{\"posemo\":\"0.0.1\",\"sha256\":\"\"}'", "it was made by posemo 0.0.1, this is "),
        warning("posemo", "COMMENT ON FUNCTION posemo.alive() IS NULL", "it bears no comment of posemo's"),
        critical("posemo", "ALTER FUNCTION posemo.alive() OWNER TO posemo_stats", "it belongs to role posemo_stats, not to posemo_plain"),
        critical("posemo", "ALTER FUNCTION posemo.alive() OWNER TO mallory", "it belongs to role mallory"),
        critical("posemo", "ALTER FUNCTION posemo.alive() OWNER TO boss", "it belongs to role boss"),
        warning("posemo", "ALTER FUNCTION posemo.alive() SECURITY INVOKER", "it is SECURITY INVOKER"),
        warning("posemo", "ALTER FUNCTION posemo.alive() VOLATILE", "it is VOLATILE"),
        warning("posemo", "ALTER FUNCTION posemo.alive() IMMUTABLE", "it is IMMUTABLE"),
        warning("posemo", "ALTER FUNCTION posemo.alive() STRICT", "it is STRICT"),
        warning("posemo", "ALTER FUNCTION posemo.alive() PARALLEL SAFE", "it is not PARALLEL UNSAFE"),
        warning("posemo", "ALTER FUNCTION posemo.alive() LEAKPROOF", "it is LEAKPROOF"),
        warning("posemo", "ALTER FUNCTION posemo.alive() COST 1 ROWS 5", "its cost or number of rows"),
        warning("posemo", "ALTER FUNCTION posemo.alive() SUPPORT pg_catalog.generate_series_int4_support", "it has a support function"),
        critical("posemo", "UPDATE pg_proc SET prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql') WHERE oid = 'posemo.alive()'::regprocedure", "its language is plpgsql, not sql"),
        warning("posemo", "UPDATE pg_proc SET proargnames = '{dead}' WHERE oid = 'posemo.alive()'::regprocedure", "the names of its arguments or its columns"),
        warning("posemo", "UPDATE pg_proc SET prorettype = 'text'::regtype WHERE oid = 'posemo.alive()'::regprocedure", "the names of its arguments or its columns"),
        warning("posemo", "UPDATE pg_proc SET provariadic = 'text'::regtype WHERE oid = 'posemo.alive()'::regprocedure", "the names of its arguments or its columns"),
        warning("app", "UPDATE pg_proc SET proargdefaults = NULL, pronargdefaults = 0 WHERE oid = 'posemo.sequence_usage(bigint)'::regprocedure", "the defaults of its arguments are (), not ("),
        warning("posemo", "DROP FUNCTION posemo.alive()", "function posemo.alive(): is missing"),
        warning("app", "DROP FUNCTION posemo.sequence_usage(bigint)", "function posemo.sequence_usage(bigint): is missing"),
        warning("posemo", "UPDATE pg_proc SET prosrc = 'SELECT true' WHERE oid = 'posemo.alive()'::regprocedure; COMMENT ON FUNCTION posemo.alive() IS '{\"posemo\":\"0.0.1\",\"sha256\":\"\"}'", "it was made by posemo 0.0.1")
            .also("warning", "its body is not that of this catalogue"),
        critical("app", "CREATE EXTENSION citext; ALTER EXTENSION citext ADD FUNCTION posemo.sequence_usage(bigint)", "it is a part of extension citext")
            .after("DROP EXTENSION citext"),
    ]
}

/// Who may call a function.
fn callers() -> Vec<Deviation> {
    vec![
        critical("posemo", "GRANT EXECUTE ON FUNCTION posemo.alive() TO PUBLIC", "function posemo.alive(): everybody may call it"),
        critical("posemo", "GRANT EXECUTE ON FUNCTION posemo.alive() TO mallory", "role mallory may call it"),
        critical("posemo", "GRANT EXECUTE ON FUNCTION posemo.alive() TO posemo WITH GRANT OPTION", "role posemo may hand on the right"),
        critical("posemo", "GRANT EXECUTE ON FUNCTION posemo.alive() TO posemo WITH GRANT OPTION; SET ROLE posemo; GRANT EXECUTE ON FUNCTION posemo.alive() TO mallory; RESET ROLE", "role mallory may call it")
            .also("critical", "role posemo may hand on the right"),
        warning("posemo", "REVOKE EXECUTE ON FUNCTION posemo.alive() FROM posemo", "role posemo may not call it"),
        warning("posemo", "REVOKE EXECUTE ON FUNCTION posemo.alive() FROM posemo_plain", "role posemo_plain may not call it"),
        critical("posemo", "UPDATE pg_proc SET proacl = NULL WHERE oid = 'posemo.alive()'::regprocedure", "everybody may call it").also("warning", "role posemo may not call it"),
    ]
}

/// Functions that nobody asked for.
fn unexpected() -> Vec<Deviation> {
    vec![
        critical("posemo", "CREATE FUNCTION posemo.alive(integer DEFAULT 0) RETURNS integer LANGUAGE sql AS 'SELECT 1'", "function posemo.alive(integer): it is a second function of that name"),
        critical(
            "posemo",
            "CREATE FUNCTION posemo.alive(VARIADIC text[]) RETURNS TABLE (alive boolean) LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT true';
             ALTER FUNCTION posemo.alive(text[]) OWNER TO posemo_plain;
             COMMENT ON FUNCTION posemo.alive(text[]) IS '{\"posemo\":\"0.1.0\",\"sha256\":\"0\"}'",
            "function posemo.alive(text[]): it is a second function of that name",
        ),
        warning(
            "posemo",
            "CREATE FUNCTION posemo.gone() RETURNS integer LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION posemo.gone() OWNER TO posemo_plain;
             COMMENT ON FUNCTION posemo.gone() IS '{\"posemo\":\"0.0.1\",\"sha256\":\"0\"}'",
            "function posemo.gone(): it belongs to no check of this catalogue",
        ),
        critical("posemo", "CREATE FUNCTION posemo.\"it's\"() RETURNS integer LANGUAGE sql AS 'SELECT 1'", "function posemo.\"it's\"(): it is not posemo's own (owner postgres)"),
        critical("posemo", "CREATE PROCEDURE posemo.work() LANGUAGE sql AS 'SELECT 1'", "procedure posemo.work(): it is not posemo's own"),
        critical("posemo", "CREATE AGGREGATE posemo.total(integer) (SFUNC = int4pl, STYPE = integer)", "aggregate posemo.total(integer): it is not posemo's own"),
        critical("app", "CREATE EXTENSION citext SCHEMA public; CREATE FUNCTION posemo.hidden() RETURNS integer LANGUAGE sql AS 'SELECT 1'; ALTER EXTENSION citext ADD FUNCTION posemo.hidden()", "function posemo.hidden(): it is not posemo's own")
            .after("DROP EXTENSION citext"),
        critical("posemo", "CREATE FUNCTION posemo.forged() RETURNS integer LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION posemo.forged() OWNER TO mallory; COMMENT ON FUNCTION posemo.forged() IS '{\"posemo\":\"0.1.0\",\"sha256\":\"0\"}'", "function posemo.forged(): it is not posemo's own (owner mallory)"),
    ]
}
