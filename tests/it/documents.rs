//! What the documents show is true: lines of `pg_hba.conf`, and counts of what was tried.
//!
//! Commands in them are run by the tests of those commands.

use std::cell::RefCell;
use std::io::Write;

use posemo::tempserver::ServerOptions;

use crate::matrix;
use crate::server::Server;

/// The page on security.
pub(crate) const SECURITY: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/security.md"));

thread_local! {
    /// The lines that the suite on this thread has printed.
    static PRINTED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The counts on the page: its last block, one line for each suite, or for each suite and major.
fn counts() -> Vec<&'static str> {
    let block = SECURITY.rsplit("```").nth(1).unwrap_or_default();
    block.lines().filter(|line| !line.is_empty()).collect()
}

/// How a line about a subject begins.
fn beginning(subject: &str, major: u32) -> String {
    format!("{subject} on PostgreSQL {major}: ")
}

/// Prints what a suite has counted.
pub(crate) fn print_count(line: &str) {
    // The macros would print it only where the test fails.
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
    PRINTED.with_borrow_mut(|printed| printed.push(line.to_owned()));
}

/// Prints what a suite has counted that needs no server: it is what the page has, everywhere.
pub(crate) fn print_count_of_the_page(line: &str) {
    print_count(line);
    assert!(counts().contains(&line), "docs/security.md does not have this line: {line}");
}

/// Runs a suite on a server of the matrix. What it prints about its subjects is what the page has, line by line.
///
/// Elsewhere the counts may differ, as other builds of a major have other settings.
pub(crate) fn compared(subjects: &[&str], major: u32, suite: impl FnOnce()) {
    PRINTED.take();
    suite();
    let is_about =
        |line: &str| subjects.iter().any(|subject| line.starts_with(&beginning(subject, major)));
    let mut printed = PRINTED.take();
    let mut expected: Vec<&str> = counts().into_iter().filter(|line| is_about(line)).collect();
    printed.sort();
    expected.sort_unstable();
    assert_eq!(printed, expected, "printed (left), and on docs/security.md (right)");
}

/// A line that no suite prints any more could not become wrong.
#[test]
fn every_count_on_the_page_belongs_to_a_suite() {
    let lines = counts();
    let mut expected: Vec<String> = Vec::new();
    for subject in matrix::SUBJECTS.iter().copied().flatten() {
        expected.extend(matrix::MAJORS.iter().map(|major| beginning(subject, *major)));
    }
    assert!(expected.len() > 50, "{expected:?}");
    for beginning in &expected {
        let count = lines.iter().filter(|line| line.starts_with(beginning)).count();
        assert_eq!(count, 1, "lines of docs/security.md that begin with {beginning:?}");
    }
    let tests = crate::tidy::texts("tests/it/sandbox").concat();
    for line in lines {
        let kind = line.strip_prefix("sandbox, ").and_then(|line| line.split(':').next());
        let is_known = match kind {
            Some(kind) => tests.contains(&format!("\"psm-{kind}\"")),
            None => expected.iter().any(|beginning| line.starts_with(beginning)),
        };
        assert!(is_known, "docs/security.md: no suite prints this line: {line}");
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
    let server = Server::start(&ServerOptions {
        hba: Some(format!("local all postgres trust\n{lines}\n")),
        tcp: true,
        ..ServerOptions::default()
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
