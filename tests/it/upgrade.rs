//! Upgrading from an earlier catalog has the same result as installing this one on a new server.
//!
//! Folders of checks that change are the earlier catalogs; SQL adds what a folder cannot describe.

use std::path::Path;

use posemo::tempserver::ServerOptions;

use crate::catalog::{Folder, README};
use crate::install::footprint;
use crate::server::Server;
use crate::uninstall::snapshot::Snapshot;

/// An earlier version of two checks.
fn earlier() -> Folder {
    let folder = Folder::new("upgrade");
    check(&folder, "zz_moved", EARLIER, "SELECT 'a'::text AS thing, minimum AS count");
    check(
        &folder,
        "zz_dropped",
        "summary = \"Gone\"\n[columns.count]\ntype = \"bigint\"\n",
        "SELECT 1::bigint AS count",
    );
    folder
}

const EARLIER: &str = "summary = \"Moved\"\nscope = \"database\"\nowner = \"authid\"\n\
    [arguments.minimum]\ntype = \"bigint\"\ndefault = 7\n\
    [columns.thing]\ntype = \"text\"\nrole = \"object\"\n[columns.count]\ntype = \"bigint\"\n";

/// Another owner, argument, column and scope.
const LATER: &str = "summary = \"Moved\"\nowner = \"stats\"\n\
    [arguments.words]\ntype = \"text\"\ndefault = \"x\"\n\
    [columns.size]\ntype = \"integer\"\n";

fn check(folder: &Folder, name: &str, manifest: &str, query: &str) {
    folder.write(&format!("{name}/check.toml"), manifest);
    folder.write(&format!("{name}/query.sql"), query);
    folder.write(&format!("{name}/README.md"), README);
}

/// The state after a much earlier release: another body and version, a privilege set with more grants, a privilege set
/// that no longer exists, with a function, and other defaults and grants.
const EARLIER_RELEASE: &[(&str, &str)] = &[
    (
        "posemo",
        "COMMENT ON FUNCTION posemo.alive() IS '{\"posemo\":\"0.0.1\",\"sha256\":\"00\"}';
         UPDATE pg_proc SET prosrc = 'SELECT true' WHERE oid = 'posemo.alive()'::regprocedure",
    ),
    (
        "posemo",
        "GRANT pg_signal_backend TO posemo_plain; GRANT pg_monitor TO posemo_stats;
         GRANT SELECT ON pg_hba_file_rules TO posemo_stats; GRANT SELECT (rolvaliduntil) ON pg_authid TO posemo_authid;
         GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO posemo_plain",
    ),
    (
        "posemo",
        "ALTER ROLE posemo CONNECTION LIMIT 10;
         CREATE ROLE posemo_retired NOLOGIN; COMMENT ON ROLE posemo_retired IS '{\"posemo\":true}';
         CREATE FUNCTION posemo.retired() RETURNS int LANGUAGE sql AS 'SELECT 1';
         COMMENT ON FUNCTION posemo.retired() IS '{\"posemo\":\"0.0.1\",\"sha256\":\"00\"}';
         ALTER FUNCTION posemo.retired() OWNER TO posemo_retired;
         ALTER FUNCTION posemo.superusers(text) RENAME TO superusers_of_old",
    ),
    (
        "app",
        "DROP FUNCTION posemo.sequence_usage(bigint);
         CREATE FUNCTION posemo.sequence_usage(minimum int DEFAULT 3, OUT sequence text) LANGUAGE sql AS 'SELECT ''x''::text';
         GRANT EXECUTE ON FUNCTION posemo.sequence_usage(int) TO PUBLIC;
         COMMENT ON FUNCTION posemo.sequence_usage(int) IS '{\"posemo\":\"0.0.2\",\"sha256\":\"00\"}';
         ALTER FUNCTION posemo.sequence_usage(int) OWNER TO posemo_plain",
    ),
];

pub(crate) fn suite(bindir: &Path, _: u32) {
    let options = ServerOptions { bindir: Some(bindir.to_owned()), ..ServerOptions::default() };
    let (old, new) = (Server::start(&options), Server::start(&options));
    for server in [&old, &new] {
        server.superuser("postgres", "CREATE DATABASE app");
    }
    let folder = earlier();
    let checks = folder.path().display().to_string();
    old.install(&["--database", "app", "--checks", &checks]);
    for (database, sql) in EARLIER_RELEASE {
        old.superuser(database, sql);
    }
    // The next catalog.
    std::fs::remove_dir_all(folder.path().join("zz_dropped")).unwrap();
    check(&folder, "zz_moved", LATER, "SELECT length(words) AS size");
    let before = footprint(&old);
    // Without the folder of a check, its function remains.
    let kept = old.install(&["--checks", &checks, "--dry-run"]);
    for function in ["zz_dropped()", "retired()", "superusers_of_old(text)"] {
        let line = format!("unchanged: function posemo.{function} in database ");
        assert!(
            kept.contains(&line) && !kept.contains(&format!("  function posemo.{function}")),
            "{kept}"
        );
    }
    assert!(kept.contains("  function posemo.zz_moved(bigint), which no check needs\n"), "{kept}");
    let dry = old.install(&["--checks", &checks, "--dry-run", "--prune"]);
    assert_eq!(before, footprint(&old), "a dry run changed something");
    for line in [
        "  function posemo.alive(), which differs from its definition\n",
        "  function posemo.zz_dropped(), which no check needs\n",
        "  function posemo.retired(), which no check needs\n",
        "  function posemo.superusers_of_old(text), which no check needs\n",
        "  function posemo.sequence_usage(integer), which differs from its definition\n",
        "  function posemo.zz_moved(bigint), which no check needs\n",
        "  REVOKE pg_signal_backend FROM posemo_plain\n",
        "  REVOKE SELECT (rolvaliduntil) ON TABLE pg_authid FROM posemo_authid\n",
        "would create function posemo.zz_moved in database posemo\n",
    ] {
        assert!(dry.contains(line), "{line}{dry}");
    }
    let shown = old.install(&["--checks", &checks, "--dry-run", "-v", "--prune"]);
    assert!(
        shown.contains("    CREATE FUNCTION \"posemo\".\"zz_moved\"(\"words\" text DEFAULT 'x')\n"),
        "{shown}"
    );
    // Databases with an installation need not be named again.
    let output = old.install(&["--checks", &checks, "--prune"]);
    assert!(output.contains("  DROP ROLE posemo_retired\n"), "{output}");
    new.install(&["--checks", &checks, "--database", "app"]);
    let (upgraded, installed) = (footprint(&old), footprint(&new));
    let only = |these: &[String], those: &[String]| {
        these.iter().filter(|line| !those.contains(line)).cloned().collect::<Vec<_>>()
    };
    assert_eq!((only(&upgraded, &installed), only(&installed, &upgraded)), (vec![], vec![]));
    let again = old.install(&["--checks", &checks]);
    assert!(again.contains("nothing to change"), "{again}");
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}

/// Version 0.1.0 with one database, as `pg_dump` of PostgreSQL 15 wrote it.
const RELEASE_0_1: &[(&str, &str)] = &[
    ("postgres", include_str!("upgrade/0.1.0/roles.sql")),
    ("posemo", include_str!("upgrade/0.1.0/posemo.sql")),
    ("app", include_str!("upgrade/0.1.0/app.sql")),
];

/// docs/upgrading.md promises these results.
#[test]
fn an_installation_of_0_1_is_upgraded_or_removed_on_a_server() {
    let server = Server::start(&ServerOptions::default());
    server.superuser("postgres", "CREATE DATABASE app");
    let empty = Snapshot::of(&server);
    let earlier = || {
        let posemo = "CREATE DATABASE posemo TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'";
        server.superuser("postgres", posemo);
        for (database, sql) in RELEASE_0_1 {
            server.superuser(database, &format!("SET check_function_bodies = off; {sql}"));
        }
    };
    earlier();
    let check = |name: &str, code: i32| {
        let output = server.posemo(&["check", name]);
        let line = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{line}");
        line
    };
    // Before the upgrade, the only check with a new column is not known, and its line names the remedy.
    check("superusers", 0);
    let line = check("sequence_usage", 3);
    assert!(line.contains("run posemo install again"), "{line}");
    let line = check("uptime", 3);
    assert!(line.contains("run posemo install"), "{line}");
    let few = server.install(&["--check", "alive,sequence_usage", "--dry-run"]);
    assert!(
        few.contains("  function posemo.alive(), which differs from its definition\n"),
        "{few}"
    );
    assert!(!few.contains("uptime"), "{few}");
    // The databases of the earlier installation are known.
    server.install(&[]);
    let verify = server.posemo(&["verify", "-U", "postgres"]);
    let text = String::from_utf8(verify.stdout).unwrap();
    assert!(verify.status.success() && text.contains("functions (app)"), "{text}");
    assert!(server.install(&[]).contains("nothing to change"));
    check("sequence_usage", 0);
    check("uptime", 0);
    let uninstall = || {
        let output = server.posemo(&["uninstall", "-U", "postgres"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let after = Snapshot::of(&server);
        assert!(after == empty, "{:#?}", empty.against(&after));
    };
    uninstall();
    // The new program removes the earlier installation, too.
    earlier();
    uninstall();
}

/// An upgrade refuses a role that posemo did not create, and does not change it.
#[test]
fn roles_of_others_are_refused() {
    let server = Server::start(&ServerOptions::default());
    server.superuser(
        "postgres",
        "CREATE ROLE posemo_plain NOLOGIN; GRANT pg_monitor TO posemo_plain",
    );
    let output = server.posemo(&["install", "-U", "postgres"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("role posemo_plain exists and has more privileges than"), "{error}");
    let kept = "SELECT count(*) FROM pg_auth_members WHERE member = 'posemo_plain'::regrole";
    assert_eq!(server.superuser("postgres", kept), ["1"]);
}
