//! Folders with files of several programs, and with files that are not imports.

use std::fmt::Write as _;
use std::fs;

use posemo::finding::metric::MetricKind;

use super::checks;
use crate::catalog::Folder;
use crate::server::posemo;

/// A file that is not an import does not stop the import of a folder. The user learns of it if it was named.
#[test]
fn a_folder_with_other_files_is_imported_on_a_server() {
    let folder = Folder::new("imports-other");
    let place = |name: &str| folder.path().join(name).display().to_string();
    let metric = "select 1::int8 as epoch_ns, 'a'::text as tag_a, 2 as n";
    for (name, text) in [
        ("in/docker-compose.yml", "services:\n  db:\n    image: postgres\n"),
        ("in/telegraf.conf", "[agent]\n  interval = \"10s\"\n"),
        ("in/broken.yml", "a: [1\nb: 2\n"),
        ("in/agent.yaml", "init_config:\ninstances:\n  - host: localhost\n"),
        ("in/m/one/12/metric.sql", metric),
        ("in/m/one/12/metric_su.sql", "select 3 as n"),
        ("in/o/one/12/metric.sql", "select 4 as other"),
        ("in/o/one/12.0/metric.sql", "select 5 as again"),
        ("in/o/one/column_attrs.yaml", "prometheus_gauge_columns: [other\n"),
        ("in/a/b/c/d/e/metric.sql", "select 6 as n"),
        ("in/comment.conf", "# replaces check_postgres --action=custom_query\nx = 1\n"),
        (
            "in/q.yaml",
            "# check_postgres --action=custom_query\nscaled:\n  query: SELECT 1500 AS wait_ms, NULL::int AS none\n  metrics:\n    - wait_ms: { usage: GAUGE, rename: wait_seconds, scale: 1e-3, bucket: x }\n    - none: { usage: GAUGE, default: 7 }\n",
        ),
        (
            "in/s.yml",
            "collector_name: c\nmetrics:\n  - { metric_name: pg_time_ms, type: gauge, values: [v], query_ref: q }\n  - { metric_name: pg_a_bytes, type: gauge, values: [v], query: 'SELECT 1 AS v' }\n  - { metric_name: pg_a_bytes, type: gauge, values: [w], query: 'SELECT 2 AS w' }\nqueries:\n  - { query_name: q, query: 'SELECT 3 AS v' }\n",
        ),
        (
            "in/d.yaml",
            "custom_queries:\n  - metric_prefix: dog\n    query: SELECT 'a', 5\n    columns: [{ name: who, type: tag_not_null }, { name: events, type: count }]\n",
        ),
        (
            "in/jobs.yml",
            "jobs:\n- name: g\n  interval: 5m\n  startup_sql: ['SET x = 1']\n  connections: ['postgres://u:geheim@h/mydb?x']\n  queries:\n  - { name: running, labels: [datname], values: [count], query: 'SELECT datname::text, count(*)::float AS count, 1 AS other FROM pg_stat_activity GROUP BY 1', odd: 1 }\n  - { name: named, values: [n], query_ref: named }\n- connections: ['snowflake://u:geheim@h/s']\n  queries: [{ name: cold, query: 'select 1' }]\nqueries:\n  named: SELECT 8 AS n\n",
        ),
        ("in/sql_exporter.yml", "collector_files: ['*.collector.yml']\n"),
        ("in/big.cfg", &" ".repeat(posemo::percona::LONGEST_FILE + 1)),
    ] {
        folder.write(name, text);
    }
    let output = posemo(&["import", "--into", &place("checks"), &place("in")]);
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    let unknown = "contains no queries in a known format";
    for (name, reason) in [
        ("docker-compose.yml", unknown),
        ("telegraf.conf", unknown),
        ("broken.yml", unknown),
        ("comment.conf", unknown),
        ("agent.yaml", "contains no query that can be imported"),
        ("metric_su.sql", "is for a superuser"),
        ("cold", "asks another kind of database"),
        ("collector_files", "name the files of the collectors"),
        ("e", "is more than 4 folders deep"),
    ] {
        assert!(out.contains(&format!("\n{name}: ignored: {reason}")), "{name}\n{out}{err}");
    }
    for (start, part) in [
        ("big.cfg: ", "has at most 4194304 bytes"),
        ("o/one/column_attrs.yaml:", ""),
        ("o/one/12.0/metric.sql:1: one: ", "two texts for PostgreSQL 12"),
    ] {
        let start = format!("{}/{start}", place("in"));
        let found = err.lines().find(|line| line.starts_with(&start));
        assert!(found.is_some_and(|line| line.contains(part)), "{start}\n{out}{err}");
    }
    assert_eq!(err.lines().count(), 3, "{err}");
    let found = checks(&folder.path().join("checks"));
    let names: Vec<&str> = found.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(
        names,
        ["dog", "named", "one", "one_2", "pg_a_bytes", "pg_a_bytes_2", "q", "running", "scaled"]
    );
    let get = |name: &str| found.iter().find(|check| check.name == name).unwrap();
    assert!(get("one").readme.contains("m/one/12/metric.sql`"), "{}", get("one").readme);
    let readme = &get("one_2").readme;
    assert!(readme.contains("was not read, so every number"), "{readme}");
    let metric = get("dog").metrics().next().unwrap();
    assert_eq!((metric.name.as_str(), metric.kind), ("events", MetricKind::Gauge));
    let manifest = |name: &str| {
        fs::read_to_string(folder.path().join(format!("checks/{name}/check.toml"))).unwrap()
    };
    assert!(
        manifest("dog").contains("[columns.who]\ntype = \"text\"\nrole = \"object\""),
        "{}",
        manifest("dog")
    );
    for (name, part) in [
        ("q", "# guess: unit: none, as it seems to be in milliseconds"),
        ("pg_a_bytes", "# guess: unit: from its name, pg_a_bytes\nunit = \"bytes\""),
    ] {
        assert!(manifest(name).contains(part), "{}", manifest(name));
    }
    let running = get("running");
    assert_eq!((running.owner.as_str(), running.interval.as_secs()), ("stats", 300));
    let columns: Vec<&str> = running.metrics().map(|metric| metric.name.as_str()).collect();
    assert_eq!(columns, ["count"]);
    for part in ["the job asks `mydb`", "`startup_sql`", "not read: `odd`"] {
        assert!(running.readme.contains(part), "{part}\n{}", running.readme);
    }
    assert!(!running.readme.contains("geheim") && !out.contains("geheim"));
    let text = get("scaled").queries[0].text_for(15);
    for part in
        ["* '1e-3'::double precision) AS \"wait_seconds\"", "'7e0'::double precision) AS \"none\""]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let readme = &get("scaled").readme;
    assert!(readme.contains("these keys were not read: `bucket`"), "{readme}");
    // The user named them.
    for (name, reason) in [
        ("docker-compose.yml", ": is in no known format; --format sets it: percona, postgres_exp"),
        ("telegraf.conf", ": is in no known format"),
        ("broken.yml", ":2: "),
        ("agent.yaml", ": contains no query that can be imported"),
    ] {
        let file = place(&format!("in/{name}"));
        let output = posemo(&["import", "--into", &place("other"), &file]);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{err}");
        assert!(err.starts_with(&format!("{file}{reason}")), "{err}");
    }
    assert!(!folder.path().join("other").exists());
}

/// A file with too many queries, or a deep list of them, ends in one message.
#[test]
fn an_import_has_limits() {
    let folder = Folder::new("imports-limits");
    let mut text = String::new();
    for number in 0..=2_000 {
        writeln!(text, "q{number}:\n  query: SELECT 1").unwrap();
    }
    folder.write("many.yaml", &text);
    let calls = "check_postgres --action=custom_query\n".repeat(2_001);
    folder.write("calls.cfg", &calls);
    for name in ["many.yaml", "calls.cfg"] {
        let into = folder.path().join("checks").display().to_string();
        let output =
            posemo(&["import", "--into", &into, &folder.path().join(name).display().to_string()]);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(err.contains("more than 2000 queries; import the files one by one"), "{err}");
        assert!(output.stdout.is_empty() && err.lines().count() == 1, "{err}");
    }
}
