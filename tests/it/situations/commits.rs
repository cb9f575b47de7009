//! The check that writes: commits that wait, servers that refuse to write, and callers that harm nothing.

use std::path::Path;
use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

use posemo::tempserver::ServerOptions;

use super::{server, text};
use crate::server::Server;
use crate::waiting::{slack, until};

const CHECK: &[&str] = &["check", "writeable", "-t", "4"];

fn installed(bindir: &Path, settings: &[(&str, &str)]) -> Server {
    let server = server(bindir, settings);
    server.install(&["--check", "alive,writeable"]);
    server
}

fn expect(output: &Output, code: i32, contains: &str) {
    let printed = text(output);
    assert_eq!(output.status.code(), Some(code), "{printed}");
    assert!(printed.contains(contains), "{contains}: {printed}");
}

fn no_session_remains(server: &Server) {
    until("no session of the monitor role remains", || {
        let sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'posemo'";
        server.superuser("postgres", sessions) == ["0"]
    });
}

fn waits(server: &Server) {
    until("the commit waits", || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'posemo' AND wait_event = 'SyncRep'";
        server.superuser("postgres", waiting) == ["1"]
    });
}

/// A commit that waits for a standby is reported in time, and leaves no session.
pub(super) fn commit_that_waits(bindir: &Path) {
    let server = installed(bindir, &[("synchronous_standby_names", "missing")]);
    for _ in 0..2 {
        let began = Instant::now();
        let output = server.posemo(CHECK);
        expect(&output, 2, "WRITEABLE CRITICAL - not committed within ");
        expect(&output, 2, "the commit waits for a synchronous standby");
        assert!(began.elapsed() < Duration::from_secs(4) + slack());
        no_session_remains(&server);
    }
    // Other checks of the same call are not delayed, and have their own state.
    let both = server.posemo(&["check", "alive", "writeable", "-t", "4"]);
    expect(&both, 2, "writeable: not committed within ");
    no_session_remains(&server);
    // The server answers a wait that another role cancels with success and a warning.
    for (function, expected) in [
        (
            "pg_cancel_backend",
            "committed with a warning: canceling wait for synchronous replication",
        ),
        ("pg_terminate_backend", "CRITICAL - canceling the wait for synchronous replication"),
    ] {
        thread::scope(|scope| {
            let calling = scope.spawn(|| server.posemo(&["check", "writeable", "-t", "30"]));
            waits(&server);
            let end = format!(
                "SELECT {function}(pid)::text FROM pg_stat_activity WHERE usename = 'posemo' AND wait_event = 'SyncRep'"
            );
            assert_eq!(server.superuser("postgres", &end), ["true"]);
            expect(&calling.join().unwrap(), 2, expected);
        });
        no_session_remains(&server);
    }
    // An attacker with the password of the monitor role leaves such a session.
    thread::scope(|scope| {
        let attacking = scope.spawn(|| {
            server.ask(
                "posemo",
                "posemo",
                "SET synchronous_commit = on; SELECT * FROM posemo.writeable()",
            )
        });
        waits(&server);
        expect(&server.posemo(CHECK), 2, "not committed within ");
        server.superuser("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''");
        server.superuser("postgres", "SELECT pg_reload_conf()::text");
        attacking.join().unwrap().unwrap();
    });
    until("commits do not wait", || server.posemo(CHECK).status.code() == Some(0));
}

/// A primary whose transactions are read-only is not writeable. On a standby the check is not applicable.
pub(super) fn read_only_servers(bindir: &Path) {
    let primary = installed(bindir, &[("default_transaction_read_only", "on")]);
    let refused = primary.posemo(CHECK);
    expect(&refused, 2, "WRITEABLE CRITICAL - is not writeable");
    expect(&refused, 2, "reason: default_transaction_read_only is on, set by: ");
    expect(&primary.posemo(&["check", "alive"]), 0, "ALIVE OK");
    let options = ServerOptions { bindir: Some(bindir.to_owned()), ..ServerOptions::default() };
    let standby = Server(primary.0.standby(&options).unwrap());
    expect(&standby.posemo(CHECK), 0, "not applicable: for a primary, this is a standby");
    let writes = standby.ask(
        "posemo",
        "posemo",
        "SELECT writeable::text || coalesce(position::text, '') FROM posemo.writeable()",
    );
    assert_eq!(writes.unwrap(), ["false"]);
}

/// Calls without end, at the same time, and in transactions that stay open.
pub(super) fn calls_without_end(bindir: &Path) {
    let server = installed(bindir, &[("autovacuum", "off")]);
    let call = "SELECT writeable::text FROM posemo.writeable()";
    let content = "SELECT pg_database_size('posemo')::text UNION ALL SELECT count(*)::text FROM pg_class \
        WHERE relnamespace = 'posemo'::regnamespace";
    let open = server.session("posemo", "posemo");
    open.ask("BEGIN").unwrap();
    assert_eq!(open.ask(call).unwrap(), ["true"]);
    expect(&server.posemo(CHECK), 0, "WRITEABLE OK");
    let before = server.superuser("posemo", content);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let session = server.session("posemo", "posemo");
                for _ in 0..1250 {
                    assert_eq!(session.ask(call).unwrap(), ["true"]);
                }
            });
        }
    });
    assert_eq!(server.superuser("posemo", content), before);
    expect(&server.posemo(CHECK), 0, "WRITEABLE OK");
}
