//! Deviations of functions, and unexpected functions.
//!
//! This file contains only data.

use super::{Deviation, critical, warning};

/// All deviations of this file.
pub(super) fn all() -> Vec<Deviation> {
    [settings(), functions(), callers(), unexpected()].into_iter().flatten().collect()
}

/// The settings of a function.
fn settings() -> Vec<Deviation> {
    vec![
        critical(
            "posemo",
            "ALTER FUNCTION posemo.alive() SET search_path = ''",
            "function posemo.alive(): its search_path is not safe: \"\" is empty",
        ),
        critical(
            "posemo",
            "ALTER FUNCTION posemo.alive() SET search_path = pg_catalog",
            "its search_path is not safe: pg_catalog does not list pg_temp",
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
            "it has no search_path: that of the caller",
        ),
        critical(
            "posemo",
            "UPDATE pg_proc SET proconfig = proconfig || '{search_path=public}' WHERE oid = 'posemo.alive()'::regprocedure",
            "its search_path is not safe: public",
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
            "SET lock_timeout is 1h, not 100ms",
        ),
        warning(
            "posemo",
            "ALTER FUNCTION posemo.alive() SET work_mem = '1GB'",
            "SET work_mem = 1GB is not expected",
        ),
        warning(
            "posemo",
            "ALTER FUNCTION posemo.alive() SET my.own = 'a, b'",
            "SET my.own = a, b is not expected",
        ),
    ]
}

/// The other attributes of a function.
fn functions() -> Vec<Deviation> {
    vec![
        critical("posemo", "UPDATE pg_proc SET prosrc = 'SELECT true' WHERE oid = 'posemo.alive()'::regprocedure", "function posemo.alive(): its body differs"),
        critical(
            "posemo",
            "CREATE FUNCTION public.donor() RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT true; END;
             UPDATE pg_proc SET prosqlbody = (SELECT prosqlbody FROM pg_proc WHERE proname = 'donor') WHERE oid = 'posemo.alive()'::regprocedure;
             DROP FUNCTION public.donor()",
            "it has a second body",
        )
        .since(14),
        warning("posemo", "COMMENT ON FUNCTION posemo.alive() IS '{\"posemo\":\"0.0.1\",\"sha256\":\"\"}'", "posemo 0.0.1 created it, this is "),
        warning("posemo", "COMMENT ON FUNCTION posemo.alive() IS NULL", "it has no comment of posemo"),
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
        warning("posemo", "UPDATE pg_proc SET proargnames = '{dead}' WHERE oid = 'posemo.alive()'::regprocedure", "its arguments or columns differ"),
        warning("posemo", "UPDATE pg_proc SET prorettype = 'text'::regtype WHERE oid = 'posemo.alive()'::regprocedure", "its arguments or columns differ"),
        warning("posemo", "UPDATE pg_proc SET provariadic = 'text'::regtype WHERE oid = 'posemo.alive()'::regprocedure", "its arguments or columns differ"),
        warning("app", "UPDATE pg_proc SET proargdefaults = NULL, pronargdefaults = 0 WHERE oid = 'posemo.sequence_usage(bigint)'::regprocedure", "the defaults of its arguments are (), not ("),
        warning("posemo", "DROP FUNCTION posemo.alive()", "function posemo.alive(): is missing"),
        warning("app", "DROP FUNCTION posemo.sequence_usage(bigint)", "function posemo.sequence_usage(bigint): is missing"),
        warning("posemo", "UPDATE pg_proc SET prosrc = 'SELECT true' WHERE oid = 'posemo.alive()'::regprocedure; COMMENT ON FUNCTION posemo.alive() IS '{\"posemo\":\"0.0.1\",\"sha256\":\"\"}'", "posemo 0.0.1 created it")
            .also("warning", "its body differs from the one in this catalog"),
        critical("app", "CREATE EXTENSION citext; ALTER EXTENSION citext ADD FUNCTION posemo.sequence_usage(bigint)", "it is part of extension citext")
            .after("DROP EXTENSION citext"),
        critical("app", "CREATE EXTENSION citext; ALTER FUNCTION posemo.sequence_usage(bigint) DEPENDS ON EXTENSION citext", "it depends on extension citext")
            .after("DROP EXTENSION citext"),
        warning("app", "UPDATE pg_proc SET pronargdefaults = 0 WHERE oid = 'posemo.sequence_usage(bigint)'::regprocedure", "it differs from its definition"),
        warning("app", "CREATE VIEW public.v AS SELECT * FROM posemo.sequence_usage(1)", "function posemo.sequence_usage(bigint): view public.v depends on it"),
        warning(
            "app",
            "CREATE VIEW public.v AS SELECT * FROM posemo.sequence_usage(1); ALTER FUNCTION posemo.sequence_usage(bigint) COST 1",
            "function posemo.sequence_usage(bigint): view public.v depends on it",
        )
        .also("warning", "its cost or number of rows"),
    ]
}

/// The privileges on a function.
fn callers() -> Vec<Deviation> {
    vec![
        critical("posemo", "GRANT EXECUTE ON FUNCTION posemo.alive() TO PUBLIC", "function posemo.alive(): PUBLIC can call it"),
        critical("posemo", "GRANT EXECUTE ON FUNCTION posemo.alive() TO mallory", "role mallory can call it"),
        critical("posemo", "GRANT EXECUTE ON FUNCTION posemo.alive() TO posemo WITH GRANT OPTION", "role posemo can grant EXECUTE on it"),
        critical("posemo", "GRANT EXECUTE ON FUNCTION posemo.alive() TO posemo WITH GRANT OPTION; SET ROLE posemo; GRANT EXECUTE ON FUNCTION posemo.alive() TO mallory; RESET ROLE", "role mallory can call it")
            .also("critical", "role posemo can grant EXECUTE on it"),
        warning("posemo", "REVOKE EXECUTE ON FUNCTION posemo.alive() FROM posemo", "role posemo cannot call it"),
        warning("posemo", "REVOKE EXECUTE ON FUNCTION posemo.alive() FROM posemo_plain", "role posemo_plain cannot call it"),
        critical("posemo", "UPDATE pg_proc SET proacl = NULL WHERE oid = 'posemo.alive()'::regprocedure", "PUBLIC can call it").also("warning", "role posemo cannot call it"),
    ]
}

/// Unexpected functions.
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
            "function posemo.gone(): it belongs to a check that is not in the catalog (owner posemo_plain)",
        ),
        warning(
            "app",
            "CREATE FUNCTION posemo.alive() RETURNS integer LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION posemo.alive() OWNER TO posemo_plain;
             COMMENT ON FUNCTION posemo.alive() IS '{\"posemo\":\"0.0.1\",\"sha256\":\"0\"}'",
            "function posemo.alive(): no check of this catalog has it in this database (owner posemo_plain)",
        ),
        critical(
            "posemo",
            "CREATE FUNCTION posemo.taken() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
             COMMENT ON FUNCTION posemo.taken() IS '{\"posemo\":\"0.0.1\",\"sha256\":\"0\"}'",
            "function posemo.taken(): it belongs to a check that is not in the catalog (owner postgres)",
        ),
        critical("posemo", "CREATE FUNCTION posemo.\"it's\"() RETURNS integer LANGUAGE sql AS 'SELECT 1'", "function posemo.\"it's\"(): it is not part of posemo (owner postgres)"),
        critical("posemo", "CREATE PROCEDURE posemo.work() LANGUAGE sql AS 'SELECT 1'", "procedure posemo.work(): it is not part of posemo"),
        critical("posemo", "CREATE AGGREGATE posemo.total(integer) (SFUNC = int4pl, STYPE = integer)", "aggregate posemo.total(integer): it is not part of posemo"),
        critical("app", "CREATE EXTENSION citext SCHEMA public; CREATE FUNCTION posemo.hidden() RETURNS integer LANGUAGE sql AS 'SELECT 1'; ALTER EXTENSION citext ADD FUNCTION posemo.hidden()", "function posemo.hidden(): it is not part of posemo")
            .after("DROP EXTENSION citext"),
        critical("posemo", "CREATE FUNCTION posemo.forged() RETURNS integer LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION posemo.forged() OWNER TO mallory; COMMENT ON FUNCTION posemo.forged() IS '{\"posemo\":\"0.1.0\",\"sha256\":\"0\"}'", "function posemo.forged(): it is not part of posemo (owner mallory)"),
    ]
}
