//! The runner calls no functions in a schema of an untrusted role.
//!
//! The owner of a database without an installation creates functions with posemo's names and grants CONNECT.

use std::rc::Rc;

use posemo::catalog::Catalog;
use posemo::finding::State;
use posemo::tempserver::ServerOptions;

use crate::server::Server;

/// The owner of a database creates a schema and a function that look like posemo's, with the necessary privileges.
const BAIT: &str = "CREATE SCHEMA posemo;
    CREATE FUNCTION posemo.sequence_usage(minimum bigint DEFAULT 0) RETURNS TABLE (
        sequence text, used double precision, remaining double precision, readable boolean, limited_by text)
      LANGUAGE sql AS 'SELECT ''all is well''::text, 0::float8, 0::float8, true, NULL::text';
    GRANT USAGE ON SCHEMA posemo TO posemo; GRANT CONNECT ON DATABASE theirs TO posemo";

#[test]
fn functions_in_an_untrusted_schema_are_not_called() {
    let server = Server::start(&ServerOptions::default());
    server.superuser("postgres", "CREATE ROLE mallory LOGIN");
    server.superuser("postgres", "CREATE DATABASE theirs OWNER mallory");
    server.superuser("postgres", "CREATE DATABASE app");
    server.install(&["--database", "app"]);
    server.ask("mallory", "theirs", BAIT).unwrap();
    let check = Catalog::embedded().get("sequence_usage").unwrap();
    let report = server.run(&[Rc::new(check)]);
    let results: Vec<_> = report.targets[0]
        .checks
        .iter()
        .filter(|check| check.check == "sequence_usage")
        .map(|check| (check.database.as_deref(), check.state(), check.summary.clone()))
        .collect();
    let [(Some("app"), State::Ok, _), (Some("theirs"), State::Unknown, reason)] =
        results.as_slice()
    else {
        panic!("{results:?}");
    };
    assert!(reason.contains("is owned by an untrusted role"), "{reason}");
    // An installation refuses this schema too, and updates the other databases.
    let output = server.posemo(&["install", "-U", "postgres", "--all-databases"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("not installed in database theirs:"), "{text}");
    assert!(text.contains("schema posemo exists and was not created by posemo"), "{text}");
}
