//! After an uninstall the system catalogs are as they were before the installation.
//!
//! On the server of this machine; the matrix runs the same on the other major versions.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::rc::Rc;

use posemo::catalog::Catalog;
use posemo::catalog::check::Check;
use posemo::tempserver::ServerOptions;

use crate::programs::need;
use crate::server::{POSEMO, Server, posemo, psql};
use crate::waiting::until;
use snapshot::Snapshot;

mod refusals;
pub(crate) mod snapshot;

/// The name of a database, with special characters.
const HOSTILE: &str = "o'\"$posemo$\\ é";

/// An installation and its removal: the arguments of both commands, and the statements around them.
struct Cycle {
    before: &'static str,
    install: &'static [&'static str],
    uninstall: &'static [&'static str],
    /// The databases for the printed script, which is written without a server.
    databases: &'static [&'static str],
    after: &'static str,
}

const CYCLES: &[Cycle] = &[
    Cycle { before: "", install: &[], uninstall: &[], databases: &[], after: "" },
    Cycle {
        before: "",
        install: &["--home", "app", "--database", "other"],
        uninstall: &["--home", "app"],
        databases: &["other"],
        after: "",
    },
    Cycle {
        before: "CREATE DATABASE \"o'\"\"$posemo$\\ é\"",
        install: &[
            "--monitor-role",
            "the \"monitor\"'s",
            "--database",
            "app",
            "--database",
            HOSTILE,
            "--database",
            "template1",
        ],
        uninstall: &["--monitor-role", "the \"monitor\"'s"],
        databases: &["app", HOSTILE, "template1"],
        after: "DROP DATABASE \"o'\"\"$posemo$\\ é\"",
    },
    Cycle {
        before: "CREATE ROLE mon LOGIN NOINHERIT; CREATE ROLE posemo_stats; GRANT CONNECT ON DATABASE other TO mon",
        install: &[
            "--monitor-role",
            "mon",
            "--schema",
            "S'c\"h $é",
            "--home",
            "\"quoted' $x$",
            "--database",
            "app",
        ],
        uninstall: &["--monitor-role", "mon", "--schema", "S'c\"h $é", "--home", "\"quoted' $x$"],
        databases: &["app"],
        after: "REVOKE CONNECT ON DATABASE other FROM mon; DROP ROLE mon, posemo_stats",
    },
];

/// A server with databases, in which a privilege was granted on a table.
fn server(bindir: &Path) -> Server {
    let server = Server::start(&ServerOptions {
        bindir: Some(bindir.to_owned()),
        ..ServerOptions::default()
    });
    server.superuser("postgres", "CREATE DATABASE app");
    server.superuser("postgres", "CREATE DATABASE other");
    server.superuser(
        "app",
        "CREATE TABLE public.kept (id serial); GRANT SELECT (id) ON public.kept TO pg_monitor",
    );
    server
}

fn uninstall(server: &Server, arguments: &[&str]) -> (i32, String) {
    let output = server.posemo(&[&["uninstall", "-U", "postgres"], arguments].concat());
    (output.status.code().unwrap(), text_of(&output))
}

fn text_of(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[track_caller]
fn same(server: &Server, before: &Snapshot, when: &str) {
    let after = Snapshot::of(server);
    assert!(*before == after, "{when}: {:#?}", before.against(&after));
}

/// Runs the printed script through psql, and returns whether it succeeded, and the output.
fn run_in_psql(server: &Server, arguments: &[&str]) -> (bool, String) {
    let print = ["uninstall", "--print", "--server-version", server.version()];
    let printed = posemo(&[&print, arguments].concat());
    assert!(printed.status.success(), "{}", text_of(&printed));
    let socket = server.0.socket().display().to_string();
    let mut child = Command::new(psql(server.0.bindir()))
        .args(["-X", "-h", &socket, "-p", &server.0.port().to_string(), "-U", "postgres"])
        .args(["-d", "postgres", "-f", "-"])
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("psql is needed: apt-get install postgresql-client");
    // psql stops reading at the first error.
    let _ = child.stdin.take().unwrap().write_all(&printed.stdout);
    let output = child.wait_with_output().unwrap();
    (output.status.success(), text_of(&output))
}

/// Installs and uninstalls directly, and then again with the printed script through psql. Returns the number of lines
/// compared.
fn install_and_uninstall(server: &Server, cycle: &Cycle) -> usize {
    if !cycle.before.is_empty() {
        server.superuser("postgres", cycle.before);
    }
    let before = Snapshot::of(server);
    assert!(before.differing().is_empty(), "{:#?}", before.differing());
    server.install_few(cycle.install);
    let installed = Snapshot::of(server);
    assert!(installed.against(&before).len() > 20, "the snapshot contains the installation");
    let (code, would) = uninstall(server, &[cycle.uninstall, &["--dry-run"]].concat());
    assert!(code == 0 && would.contains("nothing was changed"), "{would}");
    let (code, done) = uninstall(server, cycle.uninstall);
    assert_eq!(code, 0, "{done}");
    assert_eq!(changes(&would), changes(&done), "the dry run predicts the changes");
    same(server, &before, &format!("after {:?}", cycle.uninstall));
    let kept = done.contains("unchanged: role mon, which posemo did not create");
    assert_eq!(cycle.uninstall.contains(&"mon"), kept, "{done}");
    server.install_few(cycle.install);
    let named = cycle.databases.iter().flat_map(|name| ["--database", name]);
    let arguments: Vec<&str> = cycle.uninstall.iter().copied().chain(named).collect();
    let (success, text) = run_in_psql(server, &arguments);
    assert!(success && text.trim() == "posemo: uninstalled", "{text}");
    same(server, &before, "through psql");
    if !cycle.after.is_empty() {
        server.superuser("postgres", cycle.after);
    }
    before.len()
}

/// The lines with changes, made or predicted.
fn changes(text: &str) -> Vec<&str> {
    let lines = text.lines().map(|line| line.strip_prefix("would ").unwrap_or(line));
    lines.filter(|line| !line.contains(" changes") && !line.starts_with("unchanged: ")).collect()
}

/// Uninstalls after a run. A dry run before it changes nothing, and neither do later commands.
fn after_a_run(server: &Server) {
    let before = Snapshot::of(server);
    server.install(&["--database", "app"]);
    let installed = Snapshot::of(server);
    let (code, text) = uninstall(server, &["--dry-run"]);
    assert_eq!(code, 0, "{text}");
    same(server, &installed, "a dry run changed something");
    let checks: Vec<_> = Catalog::embedded().checks().unwrap().into_iter().map(Rc::new).collect();
    let report = server.run(&checks);
    let runs = |check: &&Rc<Check>| check.by_default && check.document.is_none();
    let expected = checks.iter().filter(runs).count() + 1;
    let answered = report.targets[0].checks.iter().filter(|check| check.error.is_none());
    // posemo's own report is one more.
    assert_eq!(answered.count(), expected, "{report:#?}");
    let verified = server.posemo(&["verify"]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
    let (code, text) = uninstall(server, &[]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = uninstall(server, &[]);
    assert!(code == 0 && text == "nothing to change: posemo is not installed\n", "{text}");
    let (success, text) = run_in_psql(server, &["--database", "app"]);
    assert!(success && text.trim() == "posemo: uninstalled", "{text}");
    same(server, &before, "after a run and a verification");
}

/// With `--database`, the other databases are as if this database had never been named.
fn only_one_database(server: &Server) {
    server.install(&["--database", "other"]);
    let before = Snapshot::of(server);
    server.install(&["--database", "app"]);
    let (code, text) = uninstall(server, &["--database", "app"]);
    assert!(code == 0 && text.contains("\nuninstalled: "), "{text}");
    same(server, &before, "after one of two");
    let (code, text) = uninstall(server, &["--database", "app"]);
    assert!(
        code == 0 && text == "nothing to change: posemo is not installed in database app\n",
        "{text}"
    );
    for (name, expected) in
        [("posemo", "is the home database"), ("nowhere", "database nowhere does not exist")]
    {
        let (code, text) = uninstall(server, &["--database", name]);
        assert!(code == 1 && text.contains(expected), "{text}");
    }
    let (code, text) = uninstall(server, &["--home", "other", "--database", "posemo"]);
    assert!(code == 1 && text.contains("is the home database"), "{text}");
    same(server, &before, "after refusals");
    let (code, text) = uninstall(server, &["--quiet"]);
    assert!(code == 0 && text.is_empty(), "{text}");
    let (code, text) = uninstall(server, &[]);
    assert!(code == 0 && text == "nothing to change: posemo is not installed\n", "{text}");
}

/// Owner roles, functions and privileges of an earlier catalog.
fn retired_roles(server: &Server) {
    let before = Snapshot::of(server);
    for printed in [false, true] {
        server.install(&["--home", "app"]);
        let old = "CREATE ROLE posemo_old; COMMENT ON ROLE posemo_old IS '{\"posemo\":true}'; GRANT pg_read_all_stats TO posemo_old";
        server.superuser("app", old);
        server.superuser(
            "app",
            "CREATE FUNCTION posemo.gone(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
             COMMENT ON FUNCTION posemo.gone(text) IS '{\"posemo\":\"0.0.1\",\"sha256\":\"x\"}';
             ALTER FUNCTION posemo.gone(text) OWNER TO posemo_old; GRANT EXECUTE ON FUNCTION posemo.gone(text) TO posemo;
             GRANT SELECT ON pg_catalog.pg_hba_file_rules TO posemo_old;
             GRANT SELECT (rolname, rolpassword) ON pg_catalog.pg_authid TO posemo_old, posemo_plain;
             GRANT EXECUTE ON FUNCTION pg_catalog.pg_current_logfile(text) TO posemo_old WITH GRANT OPTION",
        );
        let (success, text) = if printed {
            run_in_psql(server, &["--home", "app"])
        } else {
            let (code, text) = uninstall(server, &["--home", "app"]);
            (code == 0 && text.contains("drop role posemo_old"), text)
        };
        assert!(success, "{text}");
        same(server, &before, "after owner roles of an earlier version");
    }
}

/// Another installation on the same server keeps the roles that it needs, and can be uninstalled too.
fn two_installations(server: &Server) {
    let before = Snapshot::of(server);
    let second = ["--home", "second", "--schema", "second", "--monitor-role", "second"];
    server.install(&[&second[..], &["--database", "app"]].concat());
    let with_second = Snapshot::of(server);
    server.install(&["--database", "app", "--database", "other"]);
    let (code, text) = uninstall(server, &[]);
    assert!(
        code == 0
            && text.contains("unchanged: role posemo_plain, which another schema of posemo needs"),
        "{text}"
    );
    same(server, &with_second, "after the first of two installations");
    let (code, text) = uninstall(server, &second);
    assert_eq!(code, 0, "{text}");
    same(server, &before, "after both installations");
}

/// A role with the name of the monitor role that posemo did not create is not an installation.
fn nothing_is_installed(server: &Server) {
    server.superuser(
        "postgres",
        "CREATE ROLE posemo LOGIN; GRANT CONNECT, CREATE ON DATABASE app TO posemo",
    );
    let before = Snapshot::of(server);
    for (arguments, place) in [(&[][..], ""), (&["--database", "app"], " in database app")] {
        let (code, text) = uninstall(server, arguments);
        let nothing = format!("nothing to change: posemo is not installed{place}\n");
        assert!(code == 0 && text.ends_with(&nothing), "{text}");
        same(server, &before, "where nothing is installed");
    }
    server.superuser("postgres", "REVOKE ALL ON DATABASE app FROM posemo; DROP ROLE posemo");
}

/// On a managed service without superusers, the installing role uninstalls, and other roles are refused.
fn without_superuser(server: &Server) {
    let admin = if server.major() >= 16 { " WITH ADMIN OPTION" } else { "" };
    server.superuser("postgres", &format!("CREATE ROLE customer LOGIN CREATEROLE CREATEDB; CREATE ROLE second LOGIN CREATEROLE CREATEDB;
        GRANT pg_monitor, pg_read_all_stats, pg_read_all_settings TO customer{admin}; ALTER DATABASE app OWNER TO customer"));
    let before = Snapshot::of(server);
    for remover in ["customer", "postgres"] {
        let install = server.posemo(&["install", "-U", "customer", "--database", "app"]);
        assert!(install.status.success(), "{}", text_of(&install));
        server.superuser("posemo", "GRANT CONNECT ON DATABASE posemo TO second");
        let output = server.posemo(&["uninstall", "-U", "second"]);
        let expected = "role second cannot drop databases of other roles: database posemo";
        assert!(
            output.status.code() == Some(1) && text_of(&output).contains(expected),
            "{}",
            text_of(&output)
        );
        let output = server.posemo(&["uninstall", "-U", remover]);
        assert!(output.status.success(), "{remover}: {}", text_of(&output));
        same(server, &before, remover);
    }
    server.superuser(
        "postgres",
        "ALTER DATABASE app OWNER TO postgres; DROP OWNED BY customer; DROP ROLE customer, second",
    );
}

/// The session is terminated while it waits for a lock, in the second database and then before the roles. The next
/// uninstall finishes.
fn interrupted(server: &Server) {
    let before = Snapshot::of(server);
    server.install(&["--database", "app", "--database", "other"]);
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'posemo'";
    for (database, hold) in [
        ("other", "ALTER FUNCTION posemo.sequence_usage(bigint) COST 7"),
        ("postgres", "ALTER ROLE posemo_plain CONNECTION LIMIT 7"),
    ] {
        let holder = server.session("postgres", database);
        holder.ask(&format!("BEGIN; {hold}")).unwrap();
        let child = Command::new(POSEMO)
            .arg("uninstall")
            .args(server.connection())
            .args(["-U", "postgres"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'posemo/%' AND wait_event_type = 'Lock'";
        until("uninstall to wait for a lock", || !server.superuser("postgres", kill).is_empty());
        let output = child.wait_with_output().unwrap();
        let text = text_of(&output);
        assert!(
            output.status.code() == Some(1) && text.contains("run uninstall again to finish"),
            "{text}"
        );
        assert_eq!(server.superuser("app", schemas), ["0"]);
        assert_eq!(
            server.superuser("other", schemas),
            [if database == "other" { "1" } else { "0" }]
        );
        holder.ask("ROLLBACK").unwrap();
    }
    let (code, text) = uninstall(server, &[]);
    assert!(code == 0 && !text.contains("database"), "{text}");
    same(server, &before, "after an interruption");
    // PostgreSQL sets this limit if a DROP DATABASE was interrupted.
    server.install(&[]);
    server
        .superuser("postgres", "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'posemo'");
    let (code, text) = uninstall(server, &[]);
    assert!(code == 0 && text.contains("drop database posemo\n"), "{text}");
    same(server, &before, "after an interrupted DROP DATABASE");
}

/// All tests above on one server of a major version.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let server = server(bindir);
    let mut lines = 0;
    for cycle in CYCLES {
        lines = install_and_uninstall(&server, cycle);
    }
    after_a_run(&server);
    only_one_database(&server);
    retired_roles(&server);
    two_installations(&server);
    nothing_is_installed(&server);
    interrupted(&server);
    without_superuser(&server);
    let refused = refusals::all(&server);
    let counts = format!(
        "{} cycles of install and uninstall, {refused} refusals, {lines} lines of system catalogs compared",
        2 * CYCLES.len()
    );
    crate::documents::print_count(&format!("uninstall on PostgreSQL {major}: {counts}"));
}

#[test]
fn here() {
    need!("psql");
    let (bindir, major) = Server::here();
    let server =
        Server::start(&ServerOptions { bindir: Some(bindir.clone()), ..ServerOptions::default() });
    refusals::open_connections_are_waited_for(&server);
    suite(&bindir, major);
}
