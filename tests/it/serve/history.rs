//! The history: what survives a restart, and what happens when the file cannot be written.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{EVERY_SECOND, Serving, server, target};
use crate::programs::need;
use crate::server::Server;

/// The changes of a target, as `check was became`.
fn changes(serving: &Serving) -> Vec<String> {
    let page = serving.json("/api/1/changes?target=db1&limit=1000");
    let text = |change: &Value, key: &str| change[key].as_str().unwrap_or_default().to_owned();
    let changes = page["changes"].as_array().unwrap().iter();
    changes.map(|one| ["check", "was", "became"].map(|key| text(one, key)).join(" ")).collect()
}

/// A server with one problem: a superuser. Its check runs once a day, the others each second.
fn with_problem() -> (Server, String) {
    let server = server();
    server.superuser("postgres", "CREATE ROLE intern LOGIN SUPERUSER");
    let daily = "[checks.superusers]\ninterval = \"1d\"";
    let settings = format!("{EVERY_SECOND}{}", target("db1", &server))
        .replace("[checks.superusers]\ninterval = \"1s\"", daily);
    assert!(settings.contains(daily));
    (server, settings)
}

/// Ends the problem, and runs its check.
fn end_problem(server: &Server, serving: &Serving) {
    server.superuser("postgres", "DROP ROLE intern");
    assert_eq!(serving.post("/api/1/run?target=db1&check=superusers").status, 200);
}

#[test]
fn states_survive_a_killed_process_on_a_server() {
    let (server, settings) = with_problem();
    let directory = tempfile::tempdir().unwrap();
    let mut serving = Serving::within(&directory, &settings, &[], &[]);
    serving.until("the problem is known", || serving.state("db1", "superusers") == "warning");
    serving.until("the change is written", || changes(&serving) == ["superusers ok warning"]);
    let before = serving.check("db1", "superusers").unwrap();
    let mode = fs::metadata(directory.path().join("posemo/history.db")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    serving.signal("-KILL");
    serving.ended();
    let serving = Serving::within(&directory, &settings, &[], &[]);
    // Its next run is in a day.
    let after = serving.check("db1", "superusers").unwrap();
    assert_eq!(after["state"], "warning", "{after:#}");
    serving.until("the checks run again", || {
        serving.sample("posemo_serve_sweeps_total").is_some_and(|count| count > 3.0)
    });
    assert_eq!(changes(&serving), ["superusers ok warning"], "{before:#}");
    // An order runs it; nothing changed.
    assert_eq!(serving.post("/api/1/run?target=db1&check=superusers").status, 200);
    assert_eq!(changes(&serving), ["superusers ok warning"]);
    end_problem(&server, &serving);
    serving.until("the end is written", || changes(&serving).len() == 2);
    assert_eq!(changes(&serving)[1], "superusers warning ok");
    let page = serving.json("/api/1/changes?limit=1");
    assert_eq!(page["next"], page["changes"][0]["seq"]);
    let rest = serving.json(&format!("/api/1/changes?after={}", page["next"]));
    assert_eq!((rest["changes"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
}

/// Another program that has locked the file of the history.
pub(super) struct LockedHistory(Child);

impl LockedHistory {
    pub(super) fn of(directory: &tempfile::TempDir) -> LockedHistory {
        let lock = "import sqlite3, sys\n\
            c = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
            c.execute('pragma busy_timeout = 20000')\n\
            c.execute('begin exclusive')\n\
            print('locked', flush=True)\n\
            sys.stdin.read()\n";
        let mut locker = Command::new("python3")
            .args(["-c", lock])
            .arg(directory.path().join("posemo/history.db"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = locker.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        assert_eq!(line, "locked\n");
        LockedHistory(locker)
    }

    /// Unlocks the file.
    pub(super) fn end(mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

/// While the file is locked, the checks run and the changes wait. Then they are written.
#[test]
fn a_locked_history_does_not_stop_the_checks_on_a_server() {
    need!("python3");
    let (server, settings) = with_problem();
    let directory = tempfile::tempdir().unwrap();
    let serving = Serving::within(&directory, &settings, &[], &[]);
    serving.until("the file exists", || changes(&serving) == ["superusers ok warning"]);
    let lock = LockedHistory::of(&directory);
    end_problem(&server, &serving);
    serving.until("the failure is shown", || serving.sample("posemo_history_up") == Some(0.0));
    let swept = serving.sample("posemo_serve_sweeps_total");
    serving.until("the checks run on", || serving.sample("posemo_serve_sweeps_total") > swept);
    assert_eq!(serving.sample("posemo_history_waiting"), Some(1.0));
    lock.end();
    serving.until("it is written", || serving.sample("posemo_history_up") == Some(1.0));
    assert_eq!(changes(&serving), ["superusers ok warning", "superusers warning ok"]);
}

#[test]
fn a_broken_history_is_replaced_on_a_server() {
    let (_server, settings) = with_problem();
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("posemo");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("history.db"), "not a database".repeat(100)).unwrap();
    let serving = Serving::within(&directory, &settings, &[], &[]);
    serving.until("a new one begins", || changes(&serving) == ["superusers ok warning"]);
    let log = serving.log();
    assert!(log.contains("cannot be read: it was moved to"), "{log}");
    let names = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name());
    let broken = names.filter(|name| name.to_string_lossy().contains(".broken-")).count();
    assert_eq!(broken, 1);
}
