//! The documents are correct: the lines of `pg_hba.conf`, and the counts of the suites.
//!
//! The tests of the commands run the commands in the documents.

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

/// The beginning of a line about a subject.
fn beginning(subject: &str, major: u32) -> String {
    format!("{subject} on PostgreSQL {major}: ")
}

/// Prints a count of a suite.
pub(crate) fn print_count(line: &str) {
    // The output of `println!` is printed only if the test fails.
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
    PRINTED.with_borrow_mut(|printed| printed.push(line.to_owned()));
}

/// Prints a count of a suite without a server: on every machine it is equal to the line on the page.
pub(crate) fn print_count_of_the_page(line: &str) {
    print_count(line);
    assert!(counts().contains(&line), "docs/security.md does not have this line: {line}");
}

/// Runs a suite on a server of the matrix. The lines that it prints about its subjects must be those on the page.
///
/// On other servers the counts may differ, because builds of a major version differ in their settings.
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

/// A line that no suite prints would never be compared.
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

/// With the lines of `pg_hba.conf` the monitor role can connect only to databases with checks.
#[test]
fn the_lines_of_pg_hba_restrict_the_monitor_role() {
    let lines: Vec<&str> = SECURITY
        .lines()
        .skip_while(|line| !line.starts_with("hostssl "))
        .take_while(|line| *line != "```")
        .collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    // This test has no TLS, and connects from this machine.
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
    let passwords = crate::catalog::Folder::new("passwords");
    passwords.write("pgpass", "*:*:*:*:x\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(passwords.path().join("pgpass"), mode).unwrap();
    let connect = |host: &str, database: &str| {
        let connection = format!(
            "host={host} port={} user=posemo passfile={} dbname={database}",
            server.0.port(),
            passwords.path().join("pgpass").display()
        );
        let output = crate::server::posemo(&["check", "sequence_usage", "-d", &connection]);
        String::from_utf8(output.stdout).unwrap()
    };
    for database in ["posemo", "app"] {
        let output = connect("127.0.0.1", database);
        assert!(!output.contains("pg_hba.conf"), "{output}");
    }
    for database in ["other", "postgres", "template1"] {
        let output = connect("127.0.0.1", database);
        assert!(output.contains("pg_hba.conf rejects"), "{output}");
    }
    let output = connect(&server.0.socket().display().to_string(), "posemo");
    assert!(output.contains("pg_hba.conf rejects"), "{output}");
}
