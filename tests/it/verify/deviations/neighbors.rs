//! Deviations beside another installation, and schemas that only look like one.
//!
//! This file contains only data.

use super::{Deviation, critical, warning};

/// A schema with posemo's comment, and a function of its form that reads passwords.
macro_rules! forged {
    ($more:literal) => {
        concat!(
            "CREATE SCHEMA forged; COMMENT ON SCHEMA forged IS '{\"posemo\":true}'; GRANT USAGE ON SCHEMA forged TO mon_b;
             CREATE FUNCTION forged.passwords() RETURNS TABLE (x text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
               AS 'SELECT rolpassword FROM pg_authid';
             COMMENT ON FUNCTION forged.passwords() IS '{\"posemo\":\"0.0.1\",\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\"}';
             REVOKE ALL ON FUNCTION forged.passwords() FROM PUBLIC; GRANT EXECUTE ON FUNCTION forged.passwords() TO mon_b;
             ALTER FUNCTION forged.passwords() OWNER TO posemo_authid; ",
            $more
        )
    };
}

/// All deviations of this file.
pub(super) fn all() -> Vec<Deviation> {
    [forged(), neighbors()].concat()
}

/// Each breaks one property of another installation.
fn forged() -> Vec<Deviation> {
    let owned = "role posemo_authid: it owns function forged.passwords()";
    let renamed = |cause, owned| critical("app", cause, owned).after("DROP SCHEMA forged");
    let forged = |cause| renamed(cause, owned);
    // The names of functions of this catalog, with another owner or another query.
    let of_this_version: &str = concat!(
        forged!("ALTER FUNCTION forged.passwords() RENAME TO password_verifiers;"),
        "COMMENT ON FUNCTION forged.password_verifiers() IS '{\"posemo\":\"",
        env!("CARGO_PKG_VERSION"),
        "\",\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\"}'"
    );
    let of_another_owner = forged!("ALTER FUNCTION forged.passwords() RENAME TO alive");
    vec![
        renamed(of_this_version, "role posemo_authid: it owns function forged.password_verifiers()"),
        renamed(of_another_owner, "role posemo_authid: it owns function forged.alive()"),
        forged(forged!("ALTER SCHEMA forged OWNER TO mallory")),
        forged(forged!("COMMENT ON SCHEMA forged IS NULL")),
        forged(forged!("COMMENT ON FUNCTION forged.passwords() IS NULL")),
        forged(forged!("COMMENT ON FUNCTION forged.passwords() IS '{\"posemo\":\"0.0.1\"}'")),
        forged(forged!("GRANT USAGE ON SCHEMA forged TO PUBLIC")),
        forged(forged!("GRANT USAGE ON SCHEMA forged TO mallory")),
        forged(forged!("GRANT CREATE ON SCHEMA forged TO mallory")),
        forged(forged!("GRANT CREATE ON SCHEMA forged TO mon_b")),
        forged(forged!("GRANT USAGE ON SCHEMA forged TO mon_b WITH GRANT OPTION")),
        forged(forged!("REVOKE USAGE ON SCHEMA forged FROM mon_b; GRANT USAGE ON SCHEMA forged TO mallory; GRANT EXECUTE ON FUNCTION forged.passwords() TO mallory")),
        forged(forged!("GRANT EXECUTE ON FUNCTION forged.passwords() TO PUBLIC")),
        forged(forged!("GRANT EXECUTE ON FUNCTION forged.passwords() TO mallory")),
        forged(forged!("GRANT EXECUTE ON FUNCTION forged.passwords() TO mon_b WITH GRANT OPTION")),
        forged(forged!("ALTER FUNCTION forged.passwords() VOLATILE")),
        forged(forged!("ALTER FUNCTION forged.passwords() SECURITY INVOKER")),
        forged(forged!("ALTER FUNCTION forged.passwords() LEAKPROOF")),
        forged(forged!("ALTER FUNCTION forged.passwords() RESET search_path")),
        forged(forged!("ALTER FUNCTION forged.passwords() SET search_path = public, pg_catalog, pg_temp")),
        forged(forged!("GRANT USAGE ON SCHEMA forged TO posemo; GRANT EXECUTE ON FUNCTION forged.passwords() TO posemo"))
            .also("critical", "role posemo: it has EXECUTE on FUNCTION forged.passwords()")
            .also("critical", "role posemo: it has USAGE on SCHEMA forged"),
    ]
}

/// The real other installation, and roles that an installation left.
fn neighbors() -> Vec<Deviation> {
    vec![
        critical(
            "app",
            "GRANT EXECUTE ON FUNCTION mon_b.sequence_usage(bigint) TO PUBLIC",
            "role posemo_sequences: it owns function mon_b.sequence_usage(bigint)",
        ),
        critical(
            "posemo",
            "ALTER ROLE posemo_stats RENAME TO gone",
            "function posemo.connection_usage(integer): it belongs to role gone, not to posemo_stats",
        )
        .and_alike("it belongs to role gone, not to posemo_stats")
        .after("DROP ROLE gone"),
        critical(
            "app",
            "ALTER ROLE posemo_sequences RENAME TO gone",
            "function posemo.sequence_usage(bigint): it belongs to role gone, not to posemo_sequences",
        )
        .after("DROP ROLE gone"),
        critical(
            "posemo",
            "ALTER ROLE posemo_authid RENAME TO gone",
            "function posemo.password_verifiers(): it belongs to role gone, not to posemo_authid",
        )
        .also("warning", "rights (posemo) TABLE pg_authid: role gone has SELECT on it")
        .also("warning", "rights (posemo) TABLE pg_authid: role gone has SELECT on it")
        .after("DROP OWNED BY gone; COMMENT ON ROLE gone IS NULL; ALTER ROLE gone RENAME TO left_in_mon_b"),
        critical("posemo", "CREATE ROLE other LOGIN SUPERUSER; COMMENT ON ROLE other IS '{\"posemo\":true}'", "role other: it has posemo's comment, but not")
            .after("DROP ROLE other"),
        critical(
            "posemo",
            "CREATE ROLE other LOGIN NOINHERIT IN ROLE pg_read_server_files; COMMENT ON ROLE other IS '{\"posemo\":true}'; GRANT CONNECT ON DATABASE app TO other",
            "role other: it has posemo's comment, but not",
        )
        .after("REVOKE CONNECT ON DATABASE app FROM other; DROP ROLE other"),
        critical("posemo", "CREATE ROLE other CREATEROLE; COMMENT ON ROLE other IS '{\"posemo\":true}'", "role other: it has posemo's comment, but not")
            .after("DROP ROLE other"),
        warning(
            "posemo",
            "CREATE ROLE gone; COMMENT ON ROLE gone IS '{\"posemo\":true}'; GRANT SELECT (rolname) ON pg_authid TO gone; GRANT pg_monitor TO gone",
            "role gone: posemo created it, but no privilege set of this catalog uses it",
        )
        .also("warning", "rights (posemo) TABLE pg_authid: role gone has SELECT on it"),
        critical(
            "posemo",
            "ALTER FUNCTION posemo.alive() SECURITY INVOKER; ALTER FUNCTION posemo.alive() OWNER TO boss",
            "it belongs to role boss",
        )
        .also("warning", "it is SECURITY INVOKER"),
        critical(
            "posemo",
            "UPDATE pg_proc SET prosrc = 'SELECT rolsuper FROM pg_roles' WHERE oid = 'posemo.alive()'::regprocedure;
             ALTER FUNCTION posemo.alive() SECURITY INVOKER; ALTER FUNCTION posemo.alive() OWNER TO boss;
             REVOKE ALL ON FUNCTION posemo.alive() FROM posemo",
            "its body differs",
        )
        .also("critical", "it belongs to role boss")
        .also("warning", "it is SECURITY INVOKER")
        .also("warning", "role posemo cannot call it"),
    ]
}
