//! Queries of other monitoring programs: imported, installed, and run as the monitor.
//!
//! The files in `tests/imports` were written for these tests, in the style of each program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use posemo::catalog::Catalog;
use posemo::catalog::check::{Check, Scope};
use posemo::finding::State;
use posemo::finding::metric::{MetricKind, Unit};
use posemo::finding::report::{Report, ServerRole};
use posemo::tempserver::ServerOptions;

use crate::catalog::Folder;
use crate::server::{Server, posemo};

mod folders;
mod forms;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imports")
}

/// The queries that are refused on each server: the file, the line, the name, and a part of the reason.
const REFUSED: [(&str, usize, &str, &str); 25] = [
    ("queries.yaml", 37, "writes", "writes, and a check only reads"),
    ("queries.yaml", 39, "two", "several statements"),
    ("queries.yaml", 40, "ends_session", "ends sessions of other roles"),
    ("queries.yaml", 43, "reads_files", "No owner set may call pg_ls_dir()"),
    ("queries.yaml", 44, "secret", "would return"),
    ("queries.yaml", 47, "statements", "statement_load"),
    ("queries.yaml", 49, "missing", "does not exist"),
    ("queries.yaml", 51, "breaks_out", "several statements"),
    ("queries.yaml", 52, "nothing", "has no query"),
    ("queries.yaml", 55, "writes_within", "data-modifying"),
    ("queries.yaml", 57, "creates", "is SELECT INTO, which creates a table"),
    ("queries.yaml", 58, "locks", "FOR UPDATE"),
    ("queries.yaml", 65, "large_objects", "only superusers may read"),
    ("queries.yaml", 66, "secured", "row-level security"),
    ("queries.yaml", 82, "super_verifiers", "reads the column rolsuper of pg_authid"),
    ("queries.yaml", 84, "whole_role", "reads whole rows of pg_authid"),
    ("queries.yaml", 86, "distinct_values", "reads the column stadistinct of pg_statistic"),
    ("queries.yaml", 88, "both_views", "reads the column oid of pg_authid"),
    ("postgres.collector.yml", 24, "pg_lost", "the query \"no_such_query\" does not exist"),
    ("metrics.yaml", 21, "from_a_function", "init_sql"),
    ("metrics.yaml", 25, "of_the_future", "has no text"),
    ("telegraf.conf", 18, "postgresql_extensible", "script: names a file"),
    ("datadog.yaml", 16, "app.wrong", "returns 2 columns, and the file lists 1"),
    ("nrpe.cfg", 6, "without_result", "returns no column result"),
    ("nrpe.cfg", 5, "with_macro", "$ARG1$"),
];

/// The checks: name, owner, scope, and metrics with kind and unit.
type Expected = (&'static str, &'static str, Scope, &'static [(&'static str, MetricKind, Unit)]);

const G: MetricKind = MetricKind::Gauge;
const C: MetricKind = MetricKind::Counter;

const CHECKS: [Expected; 23] = [
    (
        "pg_archiver_state",
        "plain",
        Scope::Cluster,
        &[
            ("archived_count", C, Unit::Count),
            ("failed_count", G, Unit::Count),
            ("last_archived_time", G, Unit::Seconds),
            ("healthy", G, Unit::None),
        ],
    ),
    (
        "pg_table_rows",
        "plain",
        Scope::Database,
        &[
            ("n_live_tup", G, Unit::Count),
            ("n_dead_tup", G, Unit::Count),
            ("last_vacuum", G, Unit::Seconds),
        ],
    ),
    ("pg_sessions", "stats", Scope::Cluster, &[("sessions_open", G, Unit::None)]),
    ("alive_2", "plain", Scope::Cluster, &[("up", G, Unit::None)]),
    (
        "pg_backends",
        "stats",
        Scope::Cluster,
        &[("sessions", G, Unit::Count), ("workers", G, Unit::Count)],
    ),
    ("pg_position", "plain", Scope::Cluster, &[("position", C, Unit::Bytes)]),
    (
        "database_io",
        "plain",
        Scope::Cluster,
        &[
            ("read_time", C, Unit::Seconds),
            ("blks_read", C, Unit::Count),
            ("blks_hit", C, Unit::Count),
        ],
    ),
    ("pg_settings_count", "plain", Scope::Cluster, &[("number", G, Unit::Count)]),
    (
        "background_writes_2",
        "plain",
        Scope::Cluster,
        &[
            ("buffers_clean", C, Unit::Count),
            ("maxwritten_clean", G, Unit::None),
            ("old_column", C, Unit::Count),
        ],
    ),
    ("relation_sizes", "plain", Scope::Database, &[("size_b", G, Unit::Bytes)]),
    (
        "table_sizes",
        "plain",
        Scope::Database,
        &[("seq_scan", C, Unit::Count), ("n_live_tup", G, Unit::Count)],
    ),
    ("standby_state", "plain", Scope::Cluster, &[("replays", C, Unit::Count)]),
    ("backend_states", "stats", Scope::Cluster, &[("total", G, Unit::Count)]),
    ("postgresql_2", "plain", Scope::Cluster, &[("max_connections", G, Unit::None)]),
    (
        "app_orders",
        "orders",
        Scope::Database,
        &[("orders_open", G, Unit::None), ("amount_total", C, Unit::Count)],
    ),
    ("origins", "origins", Scope::Cluster, &[("n", G, Unit::None)]),
    ("unqualified", "orders", Scope::Database, &[("n", G, Unit::None)]),
    ("login_roles", "plain", Scope::Cluster, &[("n", G, Unit::None)]),
    ("old_verifiers", "authid", Scope::Cluster, &[("n", G, Unit::None)]),
    ("notes", "notes", Scope::Database, &[("n", G, Unit::None)]),
    // Another check had the name before.
    ("db_size_2", "plain", Scope::Cluster, &[("n", G, Unit::None)]),
    ("free_slots", "plain", Scope::Cluster, &[("slots", G, Unit::None)]),
    ("open_orders", "orders", Scope::Database, &[("result", G, Unit::None)]),
];

/// The checks by name. A server before 13 cannot analyze the newer text of one of them.
fn expected(major: u32) -> BTreeMap<&'static str, Expected> {
    let mut checks: BTreeMap<_, _> = CHECKS.into_iter().map(|check| (check.0, check)).collect();
    if major < 13 {
        checks.get_mut("pg_backends").unwrap().3 = &[("sessions", G, Unit::Count)];
    }
    checks
}

/// Every file is imported, and the checks are installed and run as the monitor role.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let server = Server::start(&ServerOptions {
        bindir: Some(bindir.to_owned()),
        ..ServerOptions::default()
    });
    server.superuser("postgres", "CREATE DATABASE app");
    server.superuser(
        "app",
        "CREATE TABLE public.orders (region text, amount bigint); INSERT INTO public.orders VALUES ('north', 70), ('north', 5), ('south', 9); CREATE TABLE public.notes (a int, b int); CREATE TABLE public.secured (a int); ALTER TABLE public.secured ENABLE ROW LEVEL SECURITY",
    );
    let folder = Folder::new("imports");
    let into = folder.path().join("checks");
    let place = into.display().to_string();
    let samples = samples().display().to_string();
    let output =
        server.posemo(&["import", "-U", "postgres", "-d", "app", "--into", &place, &samples]);
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    for (file, line, name, reason) in REFUSED {
        let start = format!("{samples}/{file}:{line}: {name}");
        let found = err.lines().find(|text| text.starts_with(&start));
        assert!(found.is_some_and(|text| text.contains(reason)), "{start} {reason}\n{err}");
    }
    for ignored in [
        "pg_ancient: ignored: is for versions",
        "pgbouncer_list: ignored: queries the console of PgBouncer",
        "change_events: ignored: has no query",
        "pgbouncer_stats: ignored: queries the console of PgBouncer or Pgpool",
    ] {
        assert!(out.contains(ignored), "{ignored}\n{out}");
    }
    let checks = checks(&into);
    assert_guesses(&checks, major, &format!("{out}{err}"));
    assert_again(&server, &place, &samples);
    let tested = posemo(&["test", "--offline", &place]);
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
    // Both checks on the table share the owner set, which has the columns that they read.
    let set = fs::read_to_string(into.join("owners/orders.toml")).unwrap();
    assert!(set.ends_with("\n[schemas.public]\norders = [\"region\", \"amount\"]\n"), "{set}");
    assert!(out.contains("orders: owner set, written to"), "{out}");
    let set = fs::read_to_string(into.join("owners/notes.toml")).unwrap();
    assert!(set.ends_with("\nnotes = \"*\"\n"), "a whole row needs the table: {set}");
    server.install(&["--checks", &place, "--database", "app"]);
    let checks: Vec<Rc<Check>> =
        checks.into_iter().map(|check| Rc::new(Check { by_default: true, ..check })).collect();
    let for_version = checks.iter().filter(|check| check.servers.contains(major)).cloned();
    assert_values(&server.run(&checks), &for_version.collect::<Vec<_>>());
    let verified = server.posemo(&["verify", "--checks", &place, "-U", "postgres", "--quiet"]);
    let text = [verified.stdout, verified.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert_eq!((verified.status.code(), &text[1][..]), (Some(0), ""), "{}", text[0]);
}

fn checks(folder: &Path) -> Vec<Check> {
    let mut catalog = Catalog::empty();
    catalog.add(folder).unwrap();
    catalog.checks().unwrap()
}

fn assert_guesses(checks: &[Check], major: u32, printed: &str) {
    let mut expected = expected(major);
    for check in checks {
        let (name, owner, scope, metrics) = expected
            .remove(check.name.as_str())
            .unwrap_or_else(|| panic!("{}\n{printed}", check.name));
        let found: Vec<(&str, MetricKind, Unit)> = check
            .metrics()
            .map(|metric| (metric.name.as_str(), metric.kind, metric.unit))
            .collect();
        assert_eq!((check.owner.as_str(), check.scope), (owner, scope), "{name}");
        assert_eq!(found, metrics, "{name}");
    }
    assert!(expected.is_empty(), "{:?}\n{printed}", expected.keys());
    let get = |name: &str| checks.iter().find(|check| check.name == name).unwrap();
    let seconds = |name: &str| get(name).interval.as_secs();
    assert_eq!(["pg_archiver_state", "pg_backends", "database_io"].map(seconds), [30, 10, 60]);
    assert_eq!(
        ["background_writes_2", "backend_states", "app_orders"].map(seconds),
        [30, 120, 120]
    );
    assert_eq!(get("pg_position").role, Some(ServerRole::Primary));
    assert_eq!(get("standby_state").role, Some(ServerRole::Standby));
    assert!(!get("pg_position").by_default && get("pg_backends").by_default);
    assert!(
        get("app_orders").databases.contains("app") && !get("app_orders").databases.contains("x")
    );
    assert!(
        get("open_orders").databases.contains("app") && !get("open_orders").databases.contains("x")
    );
    let hostile = get("pg_archiver_state").metrics().nth(2).unwrap().help.clone();
    assert!(hostile.ends_with("[columns.x] type = \"text\" # not a comment"), "{hostile}");
    // Versions of one query have the same columns.
    let backends = get("pg_backends");
    if major >= 13 {
        assert!(backends.queries[0].text_for(13).contains("NULL::bigint AS \"workers\""));
        assert!(backends.queries[0].text_for(14).contains("q.\"workers\"::bigint AS \"workers\""));
    }
    let free = get("free_slots").thresholds.levels.get("slots").unwrap();
    assert_eq!(free.warning.as_ref().unwrap().written(), "20:");
}

/// A second import changes nothing.
fn assert_again(server: &Server, into: &str, samples: &str) {
    let query = format!("{into}/pg_sessions/query.sql");
    let original = fs::read(&query).unwrap();
    fs::write(&query, b"SELECT 1").unwrap();
    let before = contents(Path::new(into));
    let output = server.posemo(&[
        "import",
        "-U",
        "postgres",
        "-d",
        "app",
        "--into",
        into,
        &format!("{samples}/queries.yaml"),
    ]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(
        err.contains(&format!("{into}/pg_sessions already exists and was not changed")),
        "{err}"
    );
    assert_eq!(contents(Path::new(into)), before);
    fs::write(&query, original).unwrap();
    // A role that may not create a temporary view cannot have a query described.
    server
        .superuser("app", "CREATE ROLE clerk LOGIN; REVOKE TEMPORARY ON DATABASE app FROM PUBLIC");
    let place = format!("{into}/of_clerk");
    let file = format!("{samples}/metrics.yaml");
    let output = server.posemo(&["import", "-U", "clerk", "-d", "app", "--into", &place, &file]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("connect as a role that may create one, such as a superuser"), "{err}");
}

/// The files of a folder and their contents.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

fn assert_values(report: &Report, checks: &[Rc<Check>]) {
    let target = &report.targets[0];
    assert_eq!(target.error, None);
    for check in checks {
        let mut reports =
            target.checks.iter().filter(|report| report.check == check.name).peekable();
        assert!(reports.peek().is_some(), "{} did not run", check.name);
        for report in reports {
            assert!(report.state() == State::Ok, "{}: {report:#?}", check.name);
        }
    }
    let value = |check: &str, metric: &str, object: Option<&str>| {
        let reports = target.checks.iter().filter(|report| report.check == check);
        let metrics = reports.flat_map(|report| &report.metrics);
        let found = metrics.filter(|one| one.name == metric && one.object.as_deref() == object);
        found.map(|one| one.value).next()
    };
    assert_eq!(value("app_orders", "amount_total", Some("north")), Some(75.0));
    assert_eq!(value("open_orders", "result", None), Some(3.0));
    assert_eq!(value("pg_table_rows", "n_dead_tup", Some("public.orders")), Some(0.0));
}

#[test]
fn every_format_is_imported_here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
