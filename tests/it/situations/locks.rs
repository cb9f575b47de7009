//! Locks that other sessions hold: what they lock is left out, and the other answers are the same.

use std::path::Path;
use std::rc::Rc;

use posemo::catalog::Catalog;
use posemo::finding::report::CheckReport;

use super::server;
use crate::server::Server;

/// A table of each kind that a check looks at more closely.
const OBJECTS: &str = "
CREATE TABLE customers (id int PRIMARY KEY, name text COLLATE \"C\", CHECK (id > 0));
CREATE TABLE orders (id serial PRIMARY KEY, customer int REFERENCES customers, note text DEFAULT 'none');
CREATE INDEX ON orders (customer) WHERE note IS NOT NULL;
CREATE INDEX ON orders (customer) WHERE note IS NOT NULL;
CREATE INDEX ON orders (lower(note));
CREATE UNLOGGED TABLE unlogged AS SELECT generate_series(1, 1000) AS n;
CREATE TABLE days (day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE days_old PARTITION OF days FOR VALUES FROM ('2000-01-01') TO ('2001-01-01');
CREATE TABLE days_other PARTITION OF days DEFAULT;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM orders;
CREATE VIEW names AS SELECT name FROM customers;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON customers USING (true);
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touched();
CREATE PUBLICATION everything FOR TABLE orders, customers;
ANALYZE";

/// All checks but the one that writes.
fn checks() -> Vec<Rc<posemo::catalog::check::Check>> {
    let checks = Catalog::embedded().checks().unwrap().into_iter();
    checks.filter(|check| !check.writes).map(Rc::new).collect()
}

/// The checks that failed while another session holds the locks of a statement.
fn failed(server: &Server, database: &str, locks: &str) -> Vec<CheckReport> {
    let person = server.session("postgres", database);
    person.ask(&format!("BEGIN; {locks}")).unwrap();
    let target = server.run(&checks()).targets.remove(0);
    person.ask("ROLLBACK").unwrap();
    assert_eq!(target.error, None);
    assert!(target.checks.len() > 100, "{}", target.checks.len());
    target.checks.into_iter().filter(|report| report.error.is_some()).collect()
}

/// A migration locks each table of a database. No check waits for it.
pub(super) fn locked_tables(bindir: &Path) {
    let server = server(bindir, &[]);
    server.superuser("postgres", "CREATE DATABASE app");
    server.superuser("app", OBJECTS);
    server.install(&["--database", "app"]);
    let lock = "LOCK TABLE customers, orders, unlogged, days, days_old, days_other IN ACCESS EXCLUSIVE MODE;
        ALTER TABLE totals SET (autovacuum_enabled = on); REFRESH MATERIALIZED VIEW totals;
        ALTER SEQUENCE orders_id_seq CYCLE; CREATE OR REPLACE VIEW names AS SELECT name FROM customers";
    let failed = failed(&server, "app", lock);
    assert!(failed.is_empty(), "{failed:#?}");
}

/// A lock on a system catalog costs the checks that read it, and not the time of the others: their calls wait one after
/// another. The role of each owner set that is a member of another role reads `pg_auth_members`, once in a session.
pub(super) fn locked_catalog(bindir: &Path) {
    let server = server(bindir, &[]);
    server.install(&["--database", "postgres"]);
    // The first login after a change of the catalogs reads all about them, also pg_auth_members, and would wait.
    for database in ["posemo", "postgres"] {
        server.ask("posemo", database, "SELECT 1").unwrap();
    }
    let lock = "LOCK TABLE pg_catalog.pg_auth_members IN ACCESS EXCLUSIVE MODE";
    let failed = failed(&server, "postgres", lock);
    for report in &failed {
        let error = report.error.as_deref().unwrap_or_default();
        assert!(error.contains("waited for a lock"), "{report:#?}");
        assert_ne!(report.check, "alive");
    }
    assert!(failed.len() > 10 && failed.len() < 120, "{failed:#?}");
}
