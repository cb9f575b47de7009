//! Objects that vanish or are locked between the listing and the question: only they are missing.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{server, text};
use crate::server::{FEW, Server};

/// Is true from its end on, also after a panic.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs statements again and again in another session, until `while_it_runs` returns.
fn meanwhile<T>(server: &Server, sql: &[&str], while_it_runs: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    let parameters = server.parameters("postgres", "postgres");
    std::thread::scope(|scope| {
        let (over, parameters) = (&over, &parameters);
        let worker = scope.spawn(move || {
            let person = crate::server::Person::connect(parameters).unwrap();
            let mut rounds = 0;
            while !over.load(Ordering::Relaxed) {
                for statement in sql {
                    // DROP DATABASE fails if posemo is connected.
                    let _ = person.ask(statement);
                }
                rounds += 1;
            }
            rounds
        });
        let end = Over(over);
        let result = while_it_runs();
        drop(end);
        assert!(worker.join().unwrap() > 1, "the statements ran while posemo did");
        result
    })
}

/// A sequence that is locked, such as by TRUNCATE … RESTART IDENTITY, dropped, or about to be dropped is missing. The
/// others are judged.
pub(super) fn sequences_that_are_locked_or_vanish(bindir: &Path) {
    let server = server(bindir, &[]);
    server.superuser(
        "postgres",
        "CREATE SEQUENCE full_one MAXVALUE 100; SELECT setval('full_one', 97)",
    );
    server.superuser("postgres", "CREATE TABLE t (id serial); CREATE SEQUENCE leaving");
    server.install(&["--database", "postgres"]);
    let person = server.session("postgres", "postgres");
    let expected = "SEQUENCE_USAGE CRITICAL - public.full_one used 97 %";
    for statement in
        ["TRUNCATE t RESTART IDENTITY", "ALTER SEQUENCE t_id_seq CYCLE", "DROP SEQUENCE leaving"]
    {
        person.ask(&format!("BEGIN; {statement}")).unwrap();
        // A check that waited for the lock would be UNKNOWN.
        let printed = text(&server.posemo(&["check", "sequence_usage"]));
        assert!(printed.starts_with(expected), "{statement}: {printed}");
        assert!(!printed.contains("; 1 more"), "{statement}: {printed}");
        person.ask("ROLLBACK").unwrap();
    }
    let comes_and_goes: Vec<String> = (0..20)
        .map(|number| format!("CREATE SEQUENCE q{number}"))
        .chain((0..20).map(|number| format!("DROP SEQUENCE q{number}")))
        .collect();
    let comes_and_goes: Vec<&str> = comes_and_goes.iter().map(String::as_str).collect();
    meanwhile(&server, &comes_and_goes, || {
        for _ in 0..20 {
            let printed = text(&server.posemo(&["check", "sequence_usage"]));
            assert!(printed.starts_with(expected) && !printed.contains("; 1 more"), "{printed}");
        }
    });
}

/// A database that is dropped during a run, a verification or an installation is left out.
pub(super) fn databases_that_vanish(bindir: &Path) {
    let server = server(bindir, &[]);
    for name in ["app", "shop"] {
        server.superuser("postgres", &format!("CREATE DATABASE {name}"));
    }
    let selection = ["--check", FEW, "--check", "wraparound_age"];
    server.install(&[&["--all-databases"][..], &selection].concat());
    let run = |more: &[&str]| {
        let output = server.posemo(&[&["run", "--output", "json"], more].concat());
        (output.status.code(), text(&output))
    };
    // DROP DATABASE waits 5 s for the sessions in the database, and locks it.
    let lingering = server.session("postgres", "shop");
    std::thread::scope(|scope| {
        let parameters = server.parameters("postgres", "postgres");
        let dropping = scope.spawn(move || {
            crate::server::Person::connect(&parameters).unwrap().ask("DROP DATABASE shop")
        });
        crate::waiting::until("the drop is at work", || {
            let locks = "SELECT count(*)::text FROM pg_locks WHERE locktype = 'object' AND mode = 'AccessExclusiveLock'";
            server.superuser("postgres", locks) == ["1"]
        });
        let limit = "SET allow_system_table_mods = on; UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'shop'";
        if server.major() >= 13 {
            server.superuser("postgres", limit);
        }
        let (code, report) = run(&["--check", "database_size", "--check", "wraparound_age"]);
        assert_eq!(code, Some(0), "{report}");
        if server.major() >= 13 {
            server.superuser("postgres", &limit.replace("-2", "-1"));
        }
        let (code, report) = run(&["--check", "sequence_usage", "--timeout", "4"]);
        assert_eq!(code, Some(0), "{report}");
        assert!(
            report.contains("database shop was dropped, renamed, moved or closed during the run"),
            "{report}"
        );
        let _ = dropping.join().unwrap();
    });
    drop(lingering);
    closed_during_a_run(&server);
    meanwhile(&server, &["CREATE DATABASE z", "DROP DATABASE z"], || {
        for _ in 0..4 {
            let (code, report) = run(&selection);
            assert!(matches!(code, Some(0 | 1)), "the new one may not be monitored yet: {report}");
            for user in ["posemo", "postgres"] {
                let output = server.posemo(&[&["verify", "-U", user][..], &selection].concat());
                assert!(matches!(output.status.code(), Some(0 | 1)), "{}", text(&output));
            }
            let install = ["install", "-U", "postgres", "--all-databases"];
            let output = server.posemo(&[&install[..], &selection].concat());
            assert_eq!(output.status.code(), Some(0), "{}", text(&output));
            let output = server.posemo(&["uninstall", "-U", "postgres", "--dry-run"]);
            assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        }
        let output = server.posemo(&["uninstall", "-U", "postgres"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    });
}

/// A database that is closed after it was listed is left out. Some of these runs list it before, others after.
fn closed_during_a_run(server: &Server) {
    let person = server.session("postgres", "postgres");
    for round in 0..12 {
        let report = std::thread::scope(|scope| {
            let running = scope.spawn(|| server.posemo(&["run", "--check", "sequence_usage"]));
            std::thread::sleep(std::time::Duration::from_millis(round * 4));
            person.ask("ALTER DATABASE app ALLOW_CONNECTIONS false").unwrap();
            running.join().unwrap()
        });
        assert_eq!(report.status.code(), Some(0), "{}", text(&report));
        person.ask("ALTER DATABASE app ALLOW_CONNECTIONS true").unwrap();
    }
}
