//! A hardened server: PUBLIC cannot read the system catalogs.

use std::path::Path;
use std::process::Output;

use super::{server, text};
use crate::server::Server;
use crate::uninstall::snapshot::Snapshot;

/// All relations, and functions that checks and runs call directly or through a view.
const CLOSE: &str = "REVOKE SELECT ON ALL TABLES IN SCHEMA pg_catalog FROM PUBLIC;
    REVOKE EXECUTE ON FUNCTION pg_stat_get_activity(integer), pg_database_size(oid), age(xid), pg_is_in_recovery(), aclexplode(aclitem[]),
      obj_description(oid, name), shobj_description(oid, name), pg_stat_get_db_blocks_hit(oid), pg_stat_get_archiver() FROM PUBLIC";

/// Closed before and after the installation.
pub(super) fn closed_catalogs(bindir: &Path) {
    let server = server(bindir, &[]);
    for database in ["template1", "postgres"] {
        server.superuser(database, CLOSE);
    }
    server.superuser("postgres", "CREATE DATABASE app");
    if server.major() >= 14 {
        // Before 14, no role can read every sequence, which a run reports.
        server.superuser("app", "CREATE SEQUENCE counter");
    }
    let before = Snapshot::of(&server);
    install(&server);
    server.superuser("posemo", CLOSE);
    let run = words(&server.posemo(&["run"]));
    assert!(run.contains("permission denied for") && run.contains("run posemo install"), "{run}");
    let verify = words(&server.posemo(&["verify", "-U", "postgres", "-v"]));
    for grant in [
        "GRANT SELECT ON pg_database TO posemo ",
        "GRANT SELECT ON pg_database TO posemo_plain",
        "GRANT EXECUTE ON FUNCTION pg_stat_get_activity(integer) TO",
    ] {
        assert!(verify.contains(grant), "{grant}\n{verify}");
    }
    assert!(install(&server).contains("installed: 1 change\n"));
    // Only the owner role of one check lacks something.
    server.superuser("posemo", "REVOKE SELECT ON pg_roles FROM posemo_plain");
    let run = words(&server.posemo(&["run", "--check", "superusers"]));
    assert!(run.contains("permission denied for view pg_roles"), "{run}");
    assert!(run.contains("posemo verify -U postgres"), "{run}");
    assert!(install(&server).contains("GRANT SELECT ON pg_roles TO posemo_plain"));
    assert!(install(&server).contains("nothing to change"));
    let output = server.posemo(&["run"]);
    assert!(output.status.success(), "{}", text(&output));
    let output = server.posemo(&["verify", "-U", "postgres"]);
    assert!(output.status.success(), "{}", text(&output));
    // The monitor role has no more than a run needs.
    let verify = words(&server.posemo(&["verify"]));
    assert!(verify.contains("connect as a superuser: posemo verify -U postgres"), "{verify}");
    let output = server.posemo(&["uninstall", "-U", "postgres"]);
    assert!(output.status.success(), "{}", text(&output));
    let differing = before.against(&Snapshot::of(&server));
    assert!(differing.is_empty(), "{differing:#?}");
}

/// The output in one line: a table wraps long texts.
fn words(output: &Output) -> String {
    text(output).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn install(server: &Server) -> String {
    let output = server.posemo(&["install", "-U", "postgres", "--all-databases"]);
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}
