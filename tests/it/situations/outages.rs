//! Situations in which the server does not answer, and similar ones in which it answers.

use std::path::Path;
use std::process::Command;

use super::{server, text};
use crate::server::Server;
use crate::waiting::until;

/// The checks of the situations, whose exit codes are compared.
const CHECKS: [&str; 3] = ["alive", "connection_usage", "superusers"];

/// The exit codes of the plugins and of a whole run, and the first output.
fn codes(server: &Server, limit: &str) -> ([Option<i32>; 4], String) {
    let plugins = CHECKS.map(|check| server.posemo(&["check", check, "-t", limit]));
    let run = server.posemo(&["run", "--timeout", limit]);
    let first = text(&plugins[0]);
    let [alive, connections, superusers] = plugins.map(|output| output.status.code());
    ([alive, connections, superusers, run.status.code()], first)
}

fn expect(server: &Server, what: &str, expected: [i32; 4], contains: &str) {
    let (codes, line) = codes(server, "4");
    assert_eq!(codes, expected.map(Some), "{what}: {line}");
    assert!(line.contains(contains), "{what}: {line}");
}

fn installed(bindir: &Path, settings: &[(&str, &str)]) -> Server {
    let server = server(bindir, settings);
    let checks = CHECKS.iter().flat_map(|check| ["--check", check]).collect::<Vec<_>>();
    server.install(&checks);
    server
}

fn signal(server: &Server, name: &str) {
    let pid = server.0.pid().unwrap().to_string();
    assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
}

/// The server hangs, shuts down and is down. Only `alive` is critical.
pub(super) fn server_does_not_answer(bindir: &Path) {
    let server = installed(bindir, &[]);
    let (codes, line) = codes(&server, "10");
    assert_eq!(codes[..3], [Some(0); 3], "{line}");
    signal(&server, "-STOP");
    expect(&server, "hangs", [2, 3, 3, 2], "ALIVE CRITICAL - ");
    signal(&server, "-CONT");
    // A session delays the end of a smart shutdown.
    let session = server.session("postgres", "postgres");
    signal(&server, "-TERM");
    until("the server shuts down", || server.ask("postgres", "postgres", "SELECT '1'").is_err());
    expect(&server, "shuts down", [2, 3, 3, 2], "wait");
    drop(session);
    until("the server is down", || !server.0.socket().join(".s.PGSQL.5432").exists());
    expect(&server, "is down", [2, 3, 3, 2], "cannot connect");
}

/// A server that refuses the monitor role answers.
pub(super) fn server_refuses_the_role(bindir: &Path) {
    let server = installed(bindir, &[]);
    for (change, revert, reason) in [
        ("ROLE posemo CONNECTION LIMIT 0", "ROLE posemo CONNECTION LIMIT 20", "ALTER ROLE"),
        ("DATABASE posemo CONNECTION LIMIT 0", "DATABASE posemo CONNECTION LIMIT -1", "DATABASE"),
        ("ROLE posemo NOLOGIN", "ROLE posemo LOGIN", "LOGIN"),
    ] {
        server.superuser("postgres", &format!("ALTER {change}"));
        expect(&server, change, [3, 3, 3, 3], reason);
        server.superuser("postgres", &format!("ALTER {revert}"));
    }
}

/// All connections of the server are in use, without and with those that are reserved for superusers.
pub(super) fn all_connections_are_in_use(bindir: &Path) {
    let settings = [("max_connections", "8"), ("superuser_reserved_connections", "3")];
    let server = installed(bindir, &settings);
    server.superuser("postgres", "CREATE ROLE app LOGIN");
    let _ordinary: Vec<_> = (0..5).map(|_| server.session("app", "postgres")).collect();
    let reason = "all connections of the server are in use";
    expect(&server, "ordinary connections", [2, 2, 3, 2], reason);
    let _reserved: Vec<_> = (0..3).map(|_| server.session("postgres", "postgres")).collect();
    expect(&server, "reserved connections", [2, 2, 3, 2], reason);
}

/// With `install --reserved-connections` the monitor role has connections that others cannot use.
pub(super) fn reserved_connections_are_used(bindir: &Path) {
    let settings = [
        ("max_connections", "10"),
        ("superuser_reserved_connections", "3"),
        ("reserved_connections", "3"),
    ];
    let server = installed(bindir, &settings);
    server.superuser("postgres", "CREATE ROLE app LOGIN");
    let ordinary: Vec<_> = (0..4).map(|_| server.session("app", "postgres")).collect();
    let reason = "all connections of the server are in use";
    expect(&server, "no reserved connections", [2, 2, 3, 2], reason);
    drop(ordinary);
    until("a connection is free", || server.ask("posemo", "posemo", "SELECT '1'").is_ok());
    let checks = ["--check", "alive,connection_usage,superusers"];
    let install = [&["--reserved-connections"][..], &checks].concat();
    let output = server.install(&install);
    assert!(output.contains("grant pg_use_reserved_connections to role posemo"), "{output}");
    assert!(server.install(&install).contains("nothing to change"));
    let _ordinary: Vec<_> = (0..4).map(|_| server.session("app", "postgres")).collect();
    let (codes, line) = codes(&server, "4");
    assert!(codes[0] == Some(0) && codes[2] == Some(0), "{codes:?} {line}");
    for user in ["posemo", "postgres"] {
        let output = server.posemo(&[&["verify", "-v", "-U", user][..], &checks].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert!(text(&output).contains("it can use reserved connections"), "{}", text(&output));
    }
    // Any other membership is a deviation.
    server.superuser("postgres", "GRANT pg_use_reserved_connections TO posemo WITH SET TRUE");
    let output = server.posemo(&[&["verify"][..], &checks].concat());
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    server.superuser("postgres", "GRANT pg_use_reserved_connections TO posemo WITH SET FALSE");
    let output = server.posemo(&["uninstall", "-U", "postgres"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}
