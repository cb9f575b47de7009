//! What the documents show is true: lines of `pg_hba.conf`, and counts of what was tried.
//!
//! Commands in them are run by the tests of those commands.

use std::io::Write;

use posemo::tempserver::Options;

use crate::server::Server;

/// The page on security.
pub(crate) const SECURITY: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/security.md"));

/// Says what a suite has counted. In the matrix, whose servers are the same everywhere, it is what the page says.
pub(crate) fn say(line: &str) {
    say_where(std::env::var_os("POSEMO_PG_MATRIX").is_some(), line);
}

/// Says what a suite has counted that needs no server: it is what the page says, everywhere.
pub(crate) fn say_anywhere(line: &str) {
    say_where(true, line);
}

fn say_where(compared: bool, line: &str) {
    // The macros would say it only where the test fails.
    let mut out = std::io::stdout();
    writeln!(out, "{line}").unwrap();
    if compared && std::env::var_os("BLESS").is_none() {
        let is_said = SECURITY.lines().any(|said| said == line);
        assert!(is_said, "docs/security.md does not say: {line}");
    }
}

/// The lines of `pg_hba.conf` let the monitor in where it belongs, and nowhere else.
#[test]
fn the_lines_of_pg_hba_close_the_door() {
    let lines: Vec<&str> = SECURITY
        .lines()
        .skip_while(|line| !line.starts_with("hostssl "))
        .take_while(|line| *line != "```")
        .collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    // Here without TLS, and from this machine.
    let lines =
        lines.join("\n").replace("hostssl ", "host ").replace("192.0.2.10/32", "127.0.0.1/32");
    let server = Server::start(&Options {
        hba: Some(format!("local all postgres trust\n{lines}\n")),
        tcp: true,
        ..Options::default()
    });
    server.superuser("postgres", "CREATE DATABASE app");
    server.superuser("postgres", "CREATE DATABASE other");
    server.install(&["--database", "app"]);
    server.superuser("postgres", "ALTER ROLE posemo PASSWORD 'x'");
    let errors = "SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL";
    assert_eq!(server.superuser("postgres", errors), ["0"]);
    let enter = |host: &str, database: &str| {
        let connection = format!(
            "host={host} port={} user=posemo password=x dbname={database}",
            server.0.port()
        );
        let output = crate::server::posemo(&["check", "sequence_usage", "-d", &connection]);
        String::from_utf8(output.stdout).unwrap()
    };
    for database in ["posemo", "app"] {
        let said = enter("127.0.0.1", database);
        assert!(!said.contains("pg_hba.conf"), "{said}");
    }
    for database in ["other", "postgres", "template1"] {
        let said = enter("127.0.0.1", database);
        assert!(said.contains("pg_hba.conf rejects"), "{said}");
    }
    let said = enter(&server.0.socket().display().to_string(), "posemo");
    assert!(said.contains("pg_hba.conf rejects"), "{said}");
}
