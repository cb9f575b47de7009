//! Attacks that take more than one session, or that posemo has to notice: each is a short play.
//!
//! The first one shows that the trap of the others catches what walks into it.

use std::time::Duration;

use super::attacker::Attacker;
use super::field::{Field, INSTALLED};
use super::shadows::{ALL_PUBLIC, CLEAN, TRAP};
use super::table::{APP, MONITOR, OWNER};
use super::{End, wire};
use crate::server::Server;
use crate::waiting::slack;

/// A function as it should not be: it leaves the search for `pg_temp` to the server, which looks there first.
const NAIVE: &str = "CREATE SCHEMA naive; CREATE FUNCTION naive.relations() RETURNS bigint LANGUAGE sql SECURITY DEFINER
      SET search_path = pg_catalog AS 'SELECT count(*) FROM pg_sequence';
    CREATE FUNCTION naive.words() RETURNS bigint LANGUAGE sql SECURITY DEFINER
      SET search_path = '' AS 'SELECT count(''1''::text)';
    ALTER FUNCTION naive.relations() OWNER TO posemo_plain; ALTER FUNCTION naive.words() OWNER TO posemo_plain;
    GRANT USAGE ON SCHEMA naive TO posemo";

/// Shadows change the answer of a function without a pinned path, and run code as its owner.
pub(super) fn the_trap_works(field: &Field) {
    field.server.superuser(APP, NAIVE);
    let attacker = Attacker::connect(&field.server, MONITOR, APP, "").unwrap();
    for step in TRAP {
        attacker.ask(step).unwrap_or_else(|refusal| panic!("{step}\n{refusal:?}"));
    }
    attacker.notices();
    let answer = attacker.ask("SELECT naive.relations()").unwrap();
    assert_eq!(answer, [[Some("777".to_owned())]], "the shadow of a relation");
    attacker.ask("SELECT naive.words()").unwrap();
    let notices = attacker.notices();
    assert!(notices.iter().any(|words| words.contains("evil as posemo_plain")), "{notices:?}");
    drop(attacker);
    field
        .server
        .superuser(APP, "DROP FUNCTION naive.relations(), naive.words(); DROP SCHEMA naive");
}

/// All the others, and how each ended.
pub(super) fn play(field: &Field) -> Vec<End> {
    vec![
        the_eleventh_session_is_refused(field),
        a_lock_does_not_hold_a_check(field),
        an_installer_walks_past_the_shadows(field),
        a_bait_is_not_taken(field),
        wire::a_walsender_is_refused(field, "true"),
        wire::a_walsender_is_refused(field, "database"),
        wire::a_call_past_the_parser_is_refused(field),
    ]
}

/// The limit on sessions is the bound on what a stolen password can cost.
fn the_eleventh_session_is_refused(field: &Field) -> End {
    let mut open = Vec::new();
    let refusal = loop {
        match Attacker::connect(&field.server, MONITOR, APP, "") {
            Ok(session) => open.push(session),
            Err(refusal) => break refusal,
        }
        assert!(open.len() < 20, "the monitor may have more than twenty sessions");
    };
    // Two are the witness's.
    assert_eq!((open.len(), refusal.sqlstate.as_str()), (8, "53300"));
    End::Refused
}

/// The owner of a sequence holds a lock on it; the check gives up in time, although the caller would wait.
fn a_lock_does_not_hold_a_check(field: &Field) -> End {
    let owner = Attacker::connect(&field.server, OWNER, APP, "").unwrap();
    owner.ask("BEGIN").unwrap();
    owner.ask("ALTER SEQUENCE public.orders MAXVALUE 2000").unwrap();
    let caller = Attacker::connect(&field.server, MONITOR, APP, "").unwrap();
    caller.ask("SET lock_timeout = 0").unwrap();
    let (answer, took) = caller.timed("SELECT * FROM posemo.sequence_usage()");
    assert!(took < Duration::from_secs(2) + slack(), "{took:?}");
    owner.ask("ROLLBACK").unwrap();
    match answer {
        Ok(_) => End::Vain,
        Err(refusal) => {
            assert_eq!(refusal.sqlstate, "55P03", "{refusal:?}");
            End::Refused
        }
    }
}

/// A superuser installs once more where somebody has planted namesakes and put them first in the path.
fn an_installer_walks_past_the_shadows(field: &Field) -> End {
    let owner = Attacker::connect(&field.server, OWNER, APP, "").unwrap();
    for step in ALL_PUBLIC {
        owner.ask(step).unwrap_or_else(|refusal| panic!("{step}\n{refusal:?}"));
    }
    owner.ask("ALTER DATABASE app SET search_path = public, pg_catalog").unwrap();
    let again = field.server.install(INSTALLED);
    assert!(again.ends_with("nothing to change: everything is as it should be\n"), "{again}");
    let drop = "SET search_path = pg_catalog, pg_temp; DROP FUNCTION posemo.sequence_usage(bigint)";
    field.server.superuser(APP, drop);
    let mended = field.server.install(INSTALLED);
    assert!(mended.contains("create function posemo.sequence_usage in database app"), "{mended}");
    field.witness.unheard(&field.server).unwrap();
    field.server.superuser(APP, CLEAN);
    field.server.superuser(APP, "ALTER DATABASE app RESET ALL");
    End::Vain
}

/// Somebody else's database, with a schema and a function of the right names, and the way in for the monitor.
fn a_bait_is_not_taken(field: &Field) -> End {
    let evil = "CREATE SCHEMA posemo; CREATE FUNCTION posemo.sequence_usage(minimum bigint DEFAULT 0)
        RETURNS TABLE (sequence text, used float8, remaining float8, readable boolean, limited_by text) LANGUAGE plpgsql AS
        $$ BEGIN RAISE WARNING 'the bait is taken'; RETURN QUERY SELECT 'x', float8 '99', float8 '1', true, ''; END $$;
        GRANT USAGE ON SCHEMA posemo TO posemo; GRANT CONNECT ON DATABASE bait TO posemo";
    field.server.superuser("postgres", "CREATE DATABASE bait OWNER po_dbo");
    let owner = Attacker::connect(&field.server, OWNER, "bait", "").unwrap();
    owner.ask(evil).unwrap();
    let report = field.witness.report(&field.server);
    let (log, lines) = (field.log(), report.join("\n"));
    assert!(!log.contains("the bait is taken"), "{lines}");
    let line = report.iter().find(|line| line.starts_with("sequence_usage Some(\"bait\")"));
    assert!(line.is_some_and(|line| !line.contains("critical")), "{lines}");
    drop(owner);
    field.server.superuser("postgres", "DROP DATABASE bait");
    End::Vain
}

/// The owner of a database may close it to the monitor, but then posemo must not go on as if it were not there.
#[test]
fn a_closed_database_is_not_forgotten() {
    let field = Field::new(&Server::bindir());
    for close in [
        "REVOKE CONNECT ON DATABASE app FROM posemo, PUBLIC",
        "REVOKE CONNECT ON DATABASE app FROM posemo",
        "ALTER DATABASE app ALLOW_CONNECTIONS false",
    ] {
        let owner = Attacker::connect(&field.server, OWNER, "postgres", "").unwrap();
        owner.ask(close).unwrap();
        let report = field.witness.report(&field.server);
        let told = report.iter().any(|line| line.starts_with("sequence_usage Some(\"app\")"));
        assert!(told, "{close}: {report:#?}");
        owner.ask("GRANT CONNECT ON DATABASE app TO posemo, PUBLIC").unwrap();
        owner.ask("ALTER DATABASE app ALLOW_CONNECTIONS true").unwrap();
    }
}
