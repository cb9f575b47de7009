//! Situations in which other tools give a wrong answer.

use std::path::Path;

use posemo::finding::State;
use posemo::finding::report::CheckReport;
use posemo::tempserver::ServerOptions;

use super::server;
use crate::server::Server;
use crate::waiting::until;

/// The reports of one check on a server, as the monitor gets them.
fn reports(server: &Server, check: &str) -> Vec<CheckReport> {
    let check = posemo::catalog::Catalog::embedded().get(check).unwrap();
    let report = server.run(&[check.into()]);
    let target = report.targets.into_iter().next().unwrap();
    assert_eq!(target.error, None);
    target.checks.into_iter().collect()
}

/// The only report of a check, and one of its metrics.
fn metric(server: &Server, check: &str, name: &str) -> (CheckReport, Option<f64>) {
    let report = reports(server, check).remove(0);
    let value = report.metrics.iter().find(|metric| metric.name == name);
    let value = value.map(|metric| metric.value);
    (report, value)
}

fn pair(bindir: &Path, standby_settings: &[(&str, &str)]) -> (Server, Server) {
    let primary = server(bindir, &[]);
    primary.superuser("postgres", "CREATE TABLE public.t (i integer)");
    primary.install(&[]);
    let settings = standby_settings.iter();
    let settings = settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let options = ServerOptions {
        bindir: Some(bindir.to_owned()),
        settings: settings.collect(),
        ..ServerOptions::default()
    };
    let standby = Server(primary.0.standby(&options).unwrap());
    until("the standby streams", || {
        let status = "SELECT status FROM pg_stat_wal_receiver";
        standby.superuser("postgres", status) == ["streaming"]
    });
    (primary, standby)
}

fn position(server: &Server, function: &str) -> String {
    server.superuser("postgres", &format!("SELECT {function}()::text")).remove(0)
}

/// The age of the last commit is not the lag: a transaction of the primary writes for a long time, and its WAL is
/// replayed at once.
pub(super) fn long_transaction_is_no_lag(bindir: &Path) {
    let (primary, standby) = pair(bindir, &[]);
    // Commits of long ago cannot be made, so the last one ages for a moment and the lag must be smaller.
    let writer = primary.session("postgres", "postgres");
    writer.ask("BEGIN; INSERT INTO t SELECT generate_series(1, 20000)").unwrap();
    std::thread::sleep(std::time::Duration::from_secs(3));
    writer.ask("INSERT INTO t SELECT generate_series(1, 200)").unwrap();
    let (report, lag) = metric(&standby, "replication_lag", "lag");
    assert!(lag.is_some_and(|lag| lag < 2.0), "{report:#?}");
    writer.ask("COMMIT").unwrap();
}

/// A standby that replays with a delay is not late while it waits for the delay.
pub(super) fn delayed_standby_is_not_late(bindir: &Path) {
    let (primary, standby) = pair(bindir, &[("recovery_min_apply_delay", "1h")]);
    std::thread::sleep(std::time::Duration::from_secs(2));
    primary.superuser("postgres", "INSERT INTO t VALUES (1)");
    let written = position(&primary, "pg_current_wal_lsn");
    until("the standby has received the commit", || {
        let received = format!("SELECT (pg_last_wal_receive_lsn() >= '{written}')::text");
        standby.superuser("postgres", &received) == ["true"]
    });
    let (report, lag) = metric(&standby, "replication_lag", "lag");
    assert_eq!(lag, Some(0.0), "{report:#?}");
    assert_eq!(report.state(), State::Ok, "{report:#?}");
}

/// A replay that waits for a query on the standby is late, also with little WAL.
pub(super) fn replay_that_waits_is_late(bindir: &Path) {
    let (primary, standby) = pair(bindir, &[("max_standby_streaming_delay", "-1")]);
    primary.superuser("postgres", "INSERT INTO t SELECT generate_series(1, 100)");
    let written = position(&primary, "pg_current_wal_lsn");
    until("the standby has replayed", || {
        let replayed = format!("SELECT (pg_last_wal_replay_lsn() >= '{written}')::text");
        standby.superuser("postgres", &replayed) == ["true"]
    });
    let reader = standby.session("postgres", "postgres");
    reader.ask("BEGIN; SELECT count(*) FROM t").unwrap();
    // The exclusive lock of the primary waits for the reader's lock.
    primary.superuser("postgres", "TRUNCATE t");
    until("the replay waits and the lag grows", || {
        metric(&standby, "replication_lag", "lag").1.is_some_and(|lag| lag > 1.0)
    });
    reader.ask("COMMIT").unwrap();
}

/// An `archive_command` that hangs neither fails nor succeeds.
pub(super) fn archiver_that_hangs(bindir: &Path) {
    let server = server(bindir, &[("archive_mode", "on"), ("archive_command", "sleep 600")]);
    server.install(&[]);
    server.superuser("postgres", "CREATE TABLE t AS SELECT generate_series(1, 100)");
    server.superuser("postgres", "SELECT pg_switch_wal()::text");
    until("a file waits", || {
        metric(&server, "archiver_failing", "waiting").1.is_some_and(|waiting| waiting >= 1.0)
    });
    until("its age grows", || {
        metric(&server, "archiver_failing", "oldest_waiting").1.is_some_and(|age| age > 0.5)
    });
}

/// posemo's own sessions do not fill the server in its own eyes.
pub(super) fn own_sessions_do_not_count(bindir: &Path) {
    let server = server(bindir, &[]);
    for number in 1..=3 {
        server.superuser("postgres", &format!("CREATE DATABASE app{number}"));
    }
    server.install(&["--all-databases"]);
    let (report, connections) = metric(&server, "connection_usage", "connections");
    assert_eq!(connections, Some(0.0), "{report:#?}");
}

/// Names of shared objects in the encoding of another database, which are not valid UTF-8.
pub(super) fn names_that_are_not_utf8(bindir: &Path) {
    let server = server(bindir, &[]);
    server.superuser(
        "postgres",
        "CREATE DATABASE legacy ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    );
    server.install(&[]);
    // The server converts the names to the encoding of the database, in which they are stored.
    server.superuser("legacy", "CREATE DATABASE \"M\u{fc}nchen\"");
    server.superuser("legacy", "CREATE ROLE \"J\u{fc}rgen\" SUPERUSER LOGIN");
    for check in ["database_size", "cache_hit_ratio", "wraparound_age", "superusers"] {
        for report in reports(&server, check) {
            assert_ne!(report.state(), State::Unknown, "{check}: {report:#?}");
        }
    }
    for command in [
        &["install", "-U", "postgres", "--all-databases"][..],
        &["verify"],
        &["verify", "-U", "postgres"],
        &["run"],
        &["uninstall", "-U", "postgres", "--dry-run"],
    ] {
        let output = server.posemo(command);
        let text = super::text(&output);
        assert!(
            !text.contains("internal error") && !text.contains("panicked"),
            "{command:?}: {text}"
        );
    }
}

/// What a standby repeats from its primary is reported once, by the primary.
pub(super) fn what_a_standby_repeats_runs_on_the_primary(bindir: &Path) {
    let (primary, standby) = pair(bindir, &[]);
    primary.superuser("postgres", "CREATE DATABASE shop");
    primary.superuser("shop", "CREATE SEQUENCE s MAXVALUE 100; SELECT setval('s', 97)");
    primary.install(&["--database", "shop"]);
    let written = position(&primary, "pg_current_wal_lsn");
    until("the standby has replayed", || {
        let replayed = format!("SELECT (pg_last_wal_replay_lsn() >= '{written}')::text");
        standby.superuser("postgres", &replayed) == ["true"]
    });
    let folder = crate::catalog::Folder::new("standbys");
    folder.write("posemo.toml", "[defaults]\nreplicated_checks = true\n");
    let settings = folder.path().join("posemo.toml").display().to_string();
    let check = |server: &Server, more: &[&str]| {
        let output = server.posemo(&[&["check", "sequence_usage"], more].concat());
        (output.status.code(), super::text(&output))
    };
    let (code, printed) = check(&primary, &[]);
    assert!(code == Some(2) && printed.contains("used 97 %"), "{printed}");
    let (code, printed) = check(&standby, &[]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(
        printed.contains("not applicable: a standby repeats this from its primary"),
        "{printed}"
    );
    let (code, printed) = check(&standby, &["--config", &settings]);
    assert!(code == Some(2) && printed.contains("used 97 %"), "{printed}");
    let (code, printed) = check(&primary, &["--config", &settings]);
    assert!(code == Some(2) && printed.contains("used 97 %"), "{printed}");
}
