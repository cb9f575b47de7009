//! The monitor's password: taken from a file or a pipe, and in clear nowhere on the server.
//!
//! The server logs whatever it is sent, and keeps statements in `pg_stat_statements`.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use posemo::tempserver::ServerOptions;

use crate::catalog::Folder;
use crate::server::{POSEMO, Server};

/// No other text of the installation has a part of it.
const PASSWORD: &str = "korrekt-Pferd Batterie's \\ Ä$1";

fn chatty() -> Server {
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

/// Runs posemo with something on standard input, and gives all that it says.
fn told(server: &Server, arguments: &[&str], input: &str) -> (i32, String) {
    let mut child = Command::new(POSEMO)
        .args(arguments)
        .args(server.connection())
        .env("HOME", "/nonexistent")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Where the arguments are refused, nobody reads it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
}

/// May the monitor log in with this password?
fn lets_in(server: &Server, password: &str) -> bool {
    let output = Command::new(POSEMO)
        .args(["check", "alive"])
        .args(server.connection())
        .env("HOME", "/nonexistent")
        .env("PGPASSWORD", password)
        .output()
        .unwrap();
    output.status.code() == Some(0)
}

/// All that the server wrote down.
fn written(server: &Server) -> String {
    let data = server.superuser("postgres", "SHOW data_directory").remove(0);
    let logs = fs::read_dir(format!("{data}/log")).unwrap();
    let mut text: String = logs
        .map(|file| String::from_utf8_lossy(&fs::read(file.unwrap().path()).unwrap()).into_owned())
        .collect();
    text.push_str(&server.superuser("postgres", "SELECT query FROM pg_stat_statements").join("\n"));
    text
}

#[test]
fn clear_text_is_nowhere() {
    let server = chatty();
    let folder = Folder::new("password");
    folder.write("secret", &format!("{PASSWORD}\r\nanother line\n"));
    let file = folder.path().join("secret").display().to_string();
    let mut said = String::new();
    for (source, input) in [(file.as_str(), ""), ("-", PASSWORD)] {
        let dry = ["install", "-U", "postgres", "--dry-run", "-vvv", "--password-file", source];
        let (code, words) = told(&server, &dry, input);
        assert_eq!(code, 0, "{words}");
        assert!(words.contains("would set the password of role posemo"), "{words}");
        said.push_str(&words);
        assert!(!lets_in(&server, PASSWORD), "a dry run has set it");
        let (code, words) =
            told(&server, &["install", "-U", "postgres", "-vvv", "--password-file", source], input);
        assert_eq!(code, 0, "{words}");
        assert!(words.contains("set the password of role posemo"), "{words}");
        said.push_str(&words);
        assert!(lets_in(&server, PASSWORD) && !lets_in(&server, "another line"), "{source}");
        server.superuser("postgres", "ALTER ROLE posemo PASSWORD NULL");
        // A posemo that was only asked for other things leaves the password alone.
    }
    let verifier =
        "SELECT count(*) FROM pg_authid WHERE rolname = 'posemo' AND rolpassword IS NULL";
    assert_eq!(server.superuser("postgres", verifier), ["1"]);
    let log = written(&server);
    assert!(
        log.contains("ALTER ROLE \"posemo\" PASSWORD E'SCRAM-SHA-256"),
        "the log is not what it should be"
    );
    for (place, text) in [("posemo's output", &said), ("the server's log or statistics", &log)] {
        for part in ["korrekt", "Pferd", "Batterie"] {
            assert!(!text.contains(part), "{part} is in {place}");
        }
    }
    for verifier in ["SCRAM-SHA-256$4", "U000000244096"] {
        assert!(!said.contains(verifier), "not even the verifier is for showing");
    }
}

#[test]
fn what_is_no_password_is_refused() {
    let server = Server::start(&ServerOptions::default());
    let folder = Folder::new("no-password");
    folder.write("empty", "\nsecond line\n");
    folder.write("long", &"x".repeat(5000));
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (source, words) in [
        (path("missing"), "cannot read the password file"),
        (path("empty"), "the first line is empty"),
        (path("long"), "is no password"),
        ("-".to_owned(), "the first line is empty"),
    ] {
        let (code, said) =
            told(&server, &["install", "-U", "postgres", "--password-file", &source], "");
        assert!(code == 1 && said.contains(words), "{source}: {code} {said}");
    }
    assert_eq!(
        server.superuser("postgres", "SELECT count(*) FROM pg_roles WHERE rolname ~ '^posemo'"),
        ["0"]
    );
    folder.write("open", "some words\n");
    let (code, said) =
        told(&server, &["install", "-U", "postgres", "--password-file", &path("open")], "");
    assert!(code == 0 && said.contains("others may read this password file"), "{said}");
    assert!(!said.contains("some words"));
}
