//! Attacks that need several sessions, or that posemo must report.
//!
//! The first one shows that the shadows of the others are effective.

use std::time::Duration;

use super::attacker::Attacker;
use super::field::{Field, INSTALLED};
use super::shadows::{ALL_PUBLIC, CLEAN, TRAP};
use super::table::{APP, MONITOR, OWNER};
use super::{End, wire};
use crate::server::Server;
use crate::waiting::slack;

/// An unsafe function: its `search_path` does not list `pg_temp`, so the server searches it first.
const NAIVE: &str = "CREATE SCHEMA naive; CREATE FUNCTION naive.relations() RETURNS bigint LANGUAGE sql SECURITY DEFINER
      SET search_path = pg_catalog AS 'SELECT count(*) FROM pg_sequence';
    CREATE FUNCTION naive.texts() RETURNS bigint LANGUAGE sql SECURITY DEFINER
      SET search_path = '' AS 'SELECT count(''1''::text)';
    ALTER FUNCTION naive.relations() OWNER TO posemo_plain; ALTER FUNCTION naive.texts() OWNER TO posemo_plain;
    GRANT USAGE ON SCHEMA naive TO posemo";

/// Shadows change the result of a function without a safe `search_path`, and run code as its owner.
pub(super) fn shadows_are_effective(field: &Field) {
    field.server.superuser(APP, NAIVE);
    let attacker = Attacker::connect(&field.server, MONITOR, APP, "").unwrap();
    for step in TRAP {
        attacker.ask(step).unwrap_or_else(|refusal| panic!("{step}\n{refusal:?}"));
    }
    attacker.notices();
    let answer = attacker.ask("SELECT naive.relations()").unwrap();
    assert_eq!(answer, [[Some("777".to_owned())]], "the shadow of a relation");
    attacker.ask("SELECT naive.texts()").unwrap();
    let notices = attacker.notices();
    assert!(notices.iter().any(|notice| notice.contains("evil as posemo_plain")), "{notices:?}");
    drop(attacker);
    field
        .server
        .superuser(APP, "DROP FUNCTION naive.relations(), naive.texts(); DROP SCHEMA naive");
}

/// Runs the other attacks, and returns how each ended.
pub(super) fn run(field: &Field) -> Vec<End> {
    vec![
        the_twenty_first_session_is_refused(field),
        a_lock_does_not_block_a_check(field),
        an_installation_ignores_shadows(field),
        functions_of_others_are_not_called(field),
        wire::a_walsender_is_refused(field, "true"),
        wire::a_walsender_is_refused(field, "database"),
        wire::a_call_past_the_parser_is_refused(field),
    ]
}

/// The connection limit restricts what an attacker with the password can use up.
fn the_twenty_first_session_is_refused(field: &Field) -> End {
    let mut open = Vec::new();
    let refusal = loop {
        match Attacker::connect(&field.server, MONITOR, APP, "") {
            Ok(session) => open.push(session),
            Err(refusal) => break refusal,
        }
        assert!(open.len() < 30, "the monitor role has a connection limit");
    };
    // Two of them are sessions of the witness.
    assert_eq!((open.len(), refusal.sqlstate.as_str()), (18, "53300"));
    End::Refused
}

/// The owner of a sequence locks it: the check ends with its lock timeout, although the caller would wait.
fn a_lock_does_not_block_a_check(field: &Field) -> End {
    let owner = Attacker::connect(&field.server, OWNER, APP, "").unwrap();
    owner.ask("BEGIN").unwrap();
    owner.ask("ALTER SEQUENCE public.orders MAXVALUE 2000").unwrap();
    let caller = Attacker::connect(&field.server, MONITOR, APP, "").unwrap();
    caller.ask("SET lock_timeout = 0").unwrap();
    let (answer, took) = caller.timed("SELECT * FROM posemo.sequence_usage()");
    assert!(took < Duration::from_secs(2) + slack(), "{took:?}");
    owner.ask("ROLLBACK").unwrap();
    match answer {
        Ok(_) => End::NoEffect,
        Err(refusal) => {
            assert_eq!(refusal.sqlstate, "55P03", "{refusal:?}");
            End::Refused
        }
    }
}

/// A superuser installs again in a database with shadows that are first in the `search_path`.
fn an_installation_ignores_shadows(field: &Field) -> End {
    let owner = Attacker::connect(&field.server, OWNER, APP, "").unwrap();
    for step in ALL_PUBLIC {
        owner.ask(step).unwrap_or_else(|refusal| panic!("{step}\n{refusal:?}"));
    }
    owner.ask("ALTER DATABASE app SET search_path = public, pg_catalog").unwrap();
    let again = field.server.install(INSTALLED);
    assert!(again.ends_with("nothing to change: everything is installed as expected\n"), "{again}");
    let drop = "SET search_path = pg_catalog, pg_temp; DROP FUNCTION posemo.sequence_usage(bigint)";
    field.server.superuser(APP, drop);
    let fixed = field.server.install(INSTALLED);
    assert!(fixed.contains("create function posemo.sequence_usage in database app"), "{fixed}");
    field.witness.changes(&field.server).unwrap();
    field.server.superuser(APP, CLEAN);
    field.server.superuser(APP, "ALTER DATABASE app RESET ALL");
    End::NoEffect
}

/// A database of another role, with a schema and a function with posemo's names, and CONNECT for the monitor role.
fn functions_of_others_are_not_called(field: &Field) -> End {
    let evil = "CREATE SCHEMA posemo; CREATE FUNCTION posemo.sequence_usage(minimum bigint DEFAULT 0)
        RETURNS TABLE (sequence text, used float8, remaining float8, readable boolean, limited_by text) LANGUAGE plpgsql AS
        $$ BEGIN RAISE WARNING 'the function of another role ran'; RETURN QUERY SELECT 'x', float8 '99', float8 '1', true, ''; END $$;
        GRANT USAGE ON SCHEMA posemo TO posemo; GRANT CONNECT ON DATABASE bait TO posemo";
    field.server.superuser("postgres", "CREATE DATABASE bait OWNER po_dbo");
    let owner = Attacker::connect(&field.server, OWNER, "bait", "").unwrap();
    owner.ask(evil).unwrap();
    let report = field.witness.report(&field.server);
    let (log, lines) = (field.log(), report.join("\n"));
    assert!(!log.contains("the function of another role ran"), "{lines}");
    let line = report.iter().find(|line| line.starts_with("sequence_usage Some(\"bait\")"));
    assert!(line.is_some_and(|line| !line.contains("critical")), "{lines}");
    drop(owner);
    field.server.superuser("postgres", "DROP DATABASE bait");
    End::NoEffect
}

/// The owner of a database can revoke CONNECT from the monitor role; posemo must report it.
#[test]
fn a_closed_database_is_reported() {
    let field = Field::new(&Server::bindir());
    for close in [
        "REVOKE CONNECT ON DATABASE app FROM posemo, PUBLIC",
        "REVOKE CONNECT ON DATABASE app FROM posemo",
        "ALTER DATABASE app ALLOW_CONNECTIONS false",
    ] {
        let owner = Attacker::connect(&field.server, OWNER, "postgres", "").unwrap();
        owner.ask(close).unwrap();
        let report = field.witness.report(&field.server);
        // A database that allows no connections is a remark of posemo's own report.
        let reported = report.iter().any(|line| {
            line.starts_with("sequence_usage Some(\"app\")")
                || line.starts_with("posemo None None None [\"ok Some(\\\"app\\\")")
        });
        assert!(reported, "{close}: {report:#?}");
        owner.ask("GRANT CONNECT ON DATABASE app TO posemo, PUBLIC").unwrap();
        owner.ask("ALTER DATABASE app ALLOW_CONNECTIONS true").unwrap();
    }
}
