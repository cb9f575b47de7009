//! The password of the monitor role is read from a file or a pipe, and its clear text is nowhere on the server.
//!
//! The server logs all statements, and stores them in `pg_stat_statements`.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use posemo::tempserver::ServerOptions;

use crate::catalog::Folder;
use crate::server::{POSEMO, Server};

/// No other text of the installation contains a part of it.
const PASSWORD: &str = "korrekt-Pferd Batterie's \\ Ä$1";

fn server_that_logs_everything() -> Server {
    let settings = [
        ("log_statement", "all"),
        ("log_min_duration_statement", "0"),
        ("log_min_messages", "debug2"),
        ("log_connections", "on"),
        ("shared_preload_libraries", "pg_stat_statements"),
        ("pg_stat_statements.track", "all"),
        ("logging_collector", "on"),
        ("log_directory", "log"),
        ("password_encryption", "md5"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let hba = "local all postgres trust\nlocal all all scram-sha-256\n".to_owned();
    let server =
        Server::start(&ServerOptions { settings, hba: Some(hba), ..ServerOptions::default() });
    server.superuser("postgres", "CREATE EXTENSION pg_stat_statements");
    server
}

/// Runs posemo with a text on standard input, and returns its exit code and output.
fn run_with_input(server: &Server, arguments: &[&str], input: &str) -> (i32, String) {
    let mut child = Command::new(POSEMO)
        .args(arguments)
        .args(server.connection())
        .env("HOME", "/nonexistent")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // posemo does not read it if it refuses the arguments.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&text).into_owned())
}

/// Whether the monitor role can log in with a password.
fn can_log_in(server: &Server, password: &str) -> bool {
    let output = Command::new(POSEMO)
        .args(["check", "alive"])
        .args(server.connection())
        .env("HOME", "/nonexistent")
        .env("PGPASSWORD", password)
        .output()
        .unwrap();
    output.status.code() == Some(0)
}

/// Everything that the server logged or stored.
fn recorded(server: &Server) -> String {
    let data = server.superuser("postgres", "SHOW data_directory").remove(0);
    let logs = fs::read_dir(format!("{data}/log")).unwrap();
    let mut text: String = logs
        .map(|file| String::from_utf8_lossy(&fs::read(file.unwrap().path()).unwrap()).into_owned())
        .collect();
    text.push_str(&server.superuser("postgres", "SELECT query FROM pg_stat_statements").join("\n"));
    text
}

#[test]
fn the_server_never_gets_the_clear_text() {
    let server = server_that_logs_everything();
    let folder = Folder::new("password");
    folder.write("secret", &format!("{PASSWORD}\r\nanother line\n"));
    let file = folder.path().join("secret").display().to_string();
    let mut printed = String::new();
    for (source, input) in [(file.as_str(), ""), ("-", PASSWORD)] {
        let dry = ["install", "-U", "postgres", "--dry-run", "-vvv", "--password-file", source];
        let (code, text) = run_with_input(&server, &dry, input);
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("would set the password of role posemo"), "{text}");
        printed.push_str(&text);
        assert!(!can_log_in(&server, PASSWORD), "a dry run changes nothing");
        let (code, text) = run_with_input(
            &server,
            &["install", "-U", "postgres", "-vvv", "--password-file", source],
            input,
        );
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("set the password of role posemo"), "{text}");
        printed.push_str(&text);
        assert!(can_log_in(&server, PASSWORD) && !can_log_in(&server, "another line"), "{source}");
        server.superuser("postgres", "ALTER ROLE posemo PASSWORD NULL");
    }
    let verifier =
        "SELECT count(*) FROM pg_authid WHERE rolname = 'posemo' AND rolpassword IS NULL";
    assert_eq!(server.superuser("postgres", verifier), ["1"]);
    let log = recorded(&server);
    assert!(
        log.contains("ALTER ROLE \"posemo\" PASSWORD E'SCRAM-SHA-256"),
        "the log does not contain the verifier"
    );
    for (place, text) in [("posemo's output", &printed), ("the server's log or statistics", &log)] {
        for part in ["korrekt", "Pferd", "Batterie"] {
            assert!(!text.contains(part), "{part} is in {place}");
        }
    }
    for verifier in ["SCRAM-SHA-256$4", "U000000244096"] {
        assert!(!printed.contains(verifier), "posemo prints no verifier");
    }
}

#[test]
fn a_text_that_is_not_a_password_is_refused() {
    let server = Server::start(&ServerOptions::default());
    let folder = Folder::new("no-password");
    folder.write("empty", "\nsecond line\n");
    folder.write("long", &"x".repeat(5000));
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (source, expected) in [
        (path("missing"), "cannot read the password file"),
        (path("empty"), "the first line is empty"),
        (path("long"), "is not a password"),
        ("-".to_owned(), "the first line is empty"),
    ] {
        let (code, text) =
            run_with_input(&server, &["install", "-U", "postgres", "--password-file", &source], "");
        assert!(code == 1 && text.contains(expected), "{source}: {code} {text}");
    }
    assert_eq!(
        server.superuser("postgres", "SELECT count(*) FROM pg_roles WHERE rolname ~ '^posemo'"),
        ["0"]
    );
    folder.write("open", "some words\n");
    let (code, text) = run_with_input(
        &server,
        &["install", "-U", "postgres", "--password-file", &path("open")],
        "",
    );
    assert!(code == 0 && text.contains("other users can read this password file"), "{text}");
    assert!(!text.contains("some words"));
}
