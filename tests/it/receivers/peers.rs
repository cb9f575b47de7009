//! `check_postgres`, `check_pgactivity` and `postgres_exporter` beside posemo, on one server under load: what they read right is what
//! posemo reads.
//!
//! The other tools are asked before and after posemo, and its value must lie between theirs. Values that they read wrong are not
//! compared: the age of a lag, for example, or what a role without privileges sees.

use std::collections::BTreeMap;
use std::process::Command;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use posemo::catalog::Catalog;
use posemo::catalog::check::Check;
use posemo::deliver::http::HttpClient;
use posemo::settings::receiver::HttpSettings;
use posemo::tempserver::ServerOptions;

use super::work_directory::{WorkDirectory, program};
use crate::ports::free_port;
use crate::server::{Person, Server};
use crate::waiting::{patience, until};

/// Actions of `check_postgres` whose values are compared.
const ACTIONS: [&[&str]; 15] = [
    &["autovac_freeze"],
    &["database_size", "--warning=1TB", "--critical=2TB"],
    &["dbstats"],
    &["index_size", "--warning=1TB", "--critical=2TB"],
    &["prepared_txns", "--warning=3600", "--critical=7200"],
    &["query_time", "--warning=1h", "--critical=2h"],
    &["replication_slots", "--warning=1TB", "--critical=2TB"],
    &["sequence"],
    &["timesync"],
    &["total_relation_size", "--warning=1TB", "--critical=2TB"],
    &["txn_idle", "--warning=1h", "--critical=2h"],
    &["txn_time", "--warning=1h", "--critical=2h"],
    &["txn_wraparound"],
    &["wal_files", "--warning=1000", "--critical=2000"],
    &["backends"],
];

/// Services of `check_pgactivity`.
const SERVICES: [&[&str]; 9] = [
    &["autovacuum"],
    &["backends_status"],
    &["database_size"],
    &["longest_query", "-w", "1h", "-c", "2h"],
    &["max_freeze_age"],
    &["oldest_2pc", "-w", "1h", "-c", "2h"],
    &["oldest_idlexact", "-w", "1h", "-c", "2h"],
    &["sequences_exhausted", "-w", "50%", "-c", "60%"],
    &["uptime"],
];

/// An item of another tool, posemo's metric, its object, and what the values may differ by beyond the change meanwhile.
type Pair = (&'static str, &'static str, &'static str, f64);

const PAIRS: [Pair; 57] = [
    ("check_postgres autovac_freeze shop", "wraparound_age xids_due", "shop", 1.0),
    ("check_postgres backends app", "session_states idle", "app", 0.0),
    ("check_postgres database_size app", "database_size size", "app", 262_144.0),
    ("check_postgres database_size shop", "database_size size", "shop", 262_144.0),
    ("check_postgres dbstats commits", "database_activity commits", "shop", 5.0),
    ("check_postgres dbstats rollbacks", "database_activity rollbacks", "shop", 5.0),
    ("check_postgres dbstats ins", "database_activity inserted", "shop", 5.0),
    ("check_postgres dbstats upd", "database_activity updated", "shop", 5.0),
    ("check_postgres dbstats del", "database_activity deleted", "shop", 5.0),
    ("check_postgres dbstats ret", "database_activity returned", "shop", 5.0),
    ("check_postgres dbstats fetch", "database_activity fetched", "shop", 5.0),
    ("check_postgres dbstats read", "database_activity blocks_read", "shop", 5.0),
    ("check_postgres dbstats hit", "database_activity blocks_hit", "shop", 5.0),
    ("check_postgres index_size orders_pkey", "relation_size indexes", "public.orders", 0.0),
    ("check_postgres prepared_txns shop", "prepared_transactions age", "shop", 1.0),
    ("check_postgres query_time query_time", "long_queries running", "shop.clerk", 1.0),
    ("check_postgres replication_slots one", "slot_wal kept", "one", 65_536.0),
    ("check_postgres sequence public.numbers", "sequence_usage used", "public.numbers", 0.0),
    ("check_postgres timesync diff", "clock_skew skew", "", 2.0),
    ("check_postgres total_relation_size public.lines", "relation_size total", "public.lines", 0.0),
    (
        "check_postgres total_relation_size public.orders",
        "relation_size total",
        "public.orders",
        0.0,
    ),
    ("check_postgres txn_idle transaction_time", "idle_in_transaction idle", "shop.clerk", 1.0),
    ("check_postgres txn_time transaction_time", "long_transactions open", "shop.clerk", 1.0),
    ("check_postgres txn_wraparound app", "wraparound_age xid_age", "app", 2.0),
    ("check_postgres txn_wraparound shop", "wraparound_age xid_age", "shop", 2.0),
    ("check_postgres wal_files files", "wal_directory segments", "", 1.0),
    ("check_pgactivity autovacuum max_workers", "autovacuum_workers limit", "", 0.0),
    (
        "check_pgactivity backends_status idle in transaction",
        "session_states idle_in_transaction",
        "shop",
        0.0,
    ),
    (
        "check_pgactivity backends_status oldest idle in transaction",
        "session_states oldest_idle_in_transaction",
        "shop",
        1.0,
    ),
    ("check_pgactivity database_size app", "database_size size", "app", 262_144.0),
    ("check_pgactivity database_size shop", "database_size size", "shop", 262_144.0),
    ("check_pgactivity longest_query shop max", "long_queries running", "shop.clerk", 1.0),
    ("check_pgactivity max_freeze_age shop", "wraparound_age xid_age", "shop", 2.0),
    (
        "check_pgactivity oldest_2pc shop # prep. xact",
        "prepared_transactions transactions",
        "shop",
        0.0,
    ),
    ("check_pgactivity oldest_2pc shop max", "prepared_transactions age", "shop", 1.0),
    (
        "check_pgactivity oldest_idlexact shop # idle xact",
        "idle_in_transaction sessions",
        "shop.clerk",
        0.0,
    ),
    ("check_pgactivity oldest_idlexact shop max", "idle_in_transaction idle", "shop.clerk", 1.0),
    (
        "check_pgactivity sequences_exhausted shop.public.numbers",
        "sequence_usage remaining",
        "public.numbers",
        0.0,
    ),
    ("check_pgactivity uptime configuration uptime", "uptime since_reload", "", 1.0),
    ("check_pgactivity uptime postmaster uptime", "uptime up", "", 1.0),
    ("exporter pg_database_size_bytes shop", "database_size size", "shop", 262_144.0),
    (
        "exporter pg_stat_activity_count shop idle in transaction",
        "session_states idle_in_transaction",
        "shop",
        0.0,
    ),
    ("exporter pg_stat_bgwriter_buffers_alloc", "background_writes allocated", "", 5.0),
    ("exporter pg_stat_bgwriter_buffers_backend", "background_writes backends", "", 5.0),
    ("exporter pg_stat_bgwriter_buffers_checkpoint", "background_writes checkpointer", "", 5.0),
    ("exporter pg_stat_bgwriter_buffers_clean", "background_writes cleaner", "", 5.0),
    ("exporter pg_stat_bgwriter_checkpoints_req", "checkpoint_pressure requested", "", 1.0),
    ("exporter pg_stat_bgwriter_checkpoints_timed", "checkpoint_pressure timed", "", 1.0),
    ("exporter pg_stat_bgwriter_maxwritten_clean", "background_writes cleaner_stops", "", 5.0),
    ("exporter pg_stat_database_blks_hit shop", "database_activity blocks_hit", "shop", 5.0),
    ("exporter pg_stat_database_deadlocks shop", "deadlocks deadlocks", "shop", 0.0),
    ("exporter pg_stat_database_temp_bytes shop", "temporary_files written", "database shop", 0.0),
    ("exporter pg_stat_database_temp_files shop", "temporary_files created", "database shop", 0.0),
    ("exporter pg_stat_database_tup_inserted shop", "database_activity inserted", "shop", 5.0),
    ("exporter pg_stat_database_tup_updated shop", "database_activity updated", "shop", 5.0),
    ("exporter pg_stat_database_xact_commit shop", "database_activity commits", "shop", 5.0),
    ("exporter pg_stat_database_xact_rollback shop", "database_activity rollbacks", "shop", 5.0),
];

/// Tables, a sequence and a slot, with work that sorts on disk, is deleted, and is rolled back.
const OBJECTS: &str = "
CREATE TABLE orders (id int PRIMARY KEY, note text);
INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 20000) AS n;
CREATE TABLE lines (id int PRIMARY KEY, customer int REFERENCES orders, note text);
INSERT INTO lines SELECT n, n FROM generate_series(1, 20000) AS n;
CREATE SEQUENCE numbers MAXVALUE 1000;
SELECT setval('numbers', 900);
SELECT pg_create_physical_replication_slot('one', true);
DELETE FROM lines WHERE id % 3 = 0;
GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk";

/// What a plugin printed as performance data.
fn performance(line: &str, prefix: &str, values: &mut BTreeMap<String, f64>) {
    let mut rest = line.split_once('|').map_or("", |(_, data)| data).trim_start();
    while let Some((label, after)) = match rest.strip_prefix('\'') {
        Some(quoted) => quoted.split_once("'="),
        None => rest.split_once('='),
    } {
        let (value, next) = after.split_once(' ').unwrap_or((after, ""));
        let number = value.split(';').next().unwrap_or_default();
        let number = number.trim_end_matches(|unit: char| !unit.is_ascii_digit());
        if let Ok(number) = number.parse() {
            values.insert(format!("{prefix} {}", label.trim()), number);
        }
        rest = next.trim_start();
    }
}

/// The output of a plugin, whose state does not matter.
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 3), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// All values that the plugins read.
fn plugins(server: &Server, directory: &WorkDirectory) -> BTreeMap<String, f64> {
    let mut values = BTreeMap::new();
    let connection = server.connection();
    for action in ACTIONS {
        let mut command = Command::new(program("check_postgres", "check-postgres"));
        command.arg(format!("--action={}", action[0])).args(&action[1..]).args(&connection);
        let text = output(command.args(["--dbuser=postgres", "--dbname=shop"]));
        let prefix = format!("check_postgres {}", action[0]);
        performance(&text, &prefix, &mut values);
        for (name, value) in text.split_whitespace().filter_map(|word| word.split_once(':')) {
            if let Ok(number) = value.parse() {
                values.entry(format!("{prefix} {name}")).or_insert(number);
            }
        }
    }
    for service in SERVICES {
        let mut command = Command::new("/usr/lib/nagios/plugins/check_pgactivity");
        command.args(["-h", &connection[1], "-p", &connection[3], "-U", "postgres"]);
        command.arg("--status-file").arg(directory.path().join("pga"));
        let text = output(command.arg("-s").args(service));
        performance(&text, &format!("check_pgactivity {}", service[0]), &mut values);
    }
    values
}

/// The values of the exporter. A metric with labels has those that are compared after its name.
fn exported(url: &str) -> BTreeMap<String, f64> {
    let client = HttpClient::new(&HttpSettings::default(), patience()).unwrap();
    let body = client.request("GET", url).unwrap().body;
    let mut values = BTreeMap::new();
    for line in body.lines().filter(|line| line.starts_with("pg_")) {
        let Some((series, value)) = line.rsplit_once(' ') else { continue };
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let mut key = format!("exporter {}", name.trim_end_matches("_total"));
        for label in ["datname=\"", "state=\""] {
            if let Some((_, rest)) = labels.split_once(label) {
                key.push(' ');
                key.push_str(rest.split('"').next().unwrap_or_default());
            }
        }
        values.insert(key, value.parse().unwrap());
    }
    values
}

/// posemo's metrics, by check, name and object.
fn metrics(server: &Server) -> BTreeMap<(String, String), f64> {
    let checks = PAIRS.iter().map(|(_, metric, ..)| metric.split_once(' ').unwrap().0);
    let mut checks: Vec<&str> = checks.collect();
    checks.sort_unstable();
    checks.dedup();
    let catalog = Catalog::embedded();
    let checks: Vec<Rc<Check>> =
        checks.into_iter().map(|name| Rc::new(catalog.get(name).unwrap())).collect();
    let target = server.run(&checks).targets.remove(0);
    assert_eq!(target.error, None);
    let mut values = BTreeMap::new();
    for report in target.checks {
        assert_eq!(report.error, None, "{}", report.check);
        for metric in report.metrics {
            let object = metric.object.unwrap_or_default();
            values.insert((format!("{} {}", report.check, metric.name), object), metric.value);
        }
    }
    values
}

/// Inserts rows in database app until the end of the test.
fn load(parameters: &posemo::database::parameters::Parameters, over: &AtomicBool) {
    let person = Person::connect(parameters).unwrap();
    while !over.load(Ordering::Relaxed) {
        person.ask("INSERT INTO moved SELECT generate_series(1, 100)").unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn other_tools_read_the_same_values() {
    let settings = [("max_prepared_transactions", "5"), ("wal_level", "replica")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let server = Server::start(&ServerOptions { settings, ..ServerOptions::default() });
    server.superuser("postgres", "CREATE DATABASE shop");
    server.superuser("postgres", "CREATE DATABASE app");
    server.superuser("postgres", "CREATE ROLE clerk LOGIN");
    server.superuser("shop", OBJECTS);
    server.superuser("shop", "VACUUM ANALYZE");
    server.superuser("app", "CREATE TABLE moved (n int)");
    server.install(&["--all-databases"]);
    let mut directory = WorkDirectory::new();
    let port = free_port();
    let connection = server.connection();
    let exporter = program("prometheus-postgres-exporter", "prometheus-postgres-exporter");
    directory.start(&format!(
        "env DATA_SOURCE_NAME='user=postgres host={} port={} dbname=postgres sslmode=disable' {} --web.listen-address=127.0.0.1:{port}",
        connection[1], connection[3], exporter.display()
    ));
    let url = format!("http://127.0.0.1:{port}/metrics");
    until("the exporter answers", || {
        let client = HttpClient::new(&HttpSettings::default(), patience()).unwrap();
        client.request("GET", &url).is_ok()
    });

    let clerk = server.session("clerk", "shop");
    clerk.ask("BEGIN; UPDATE orders SET note = 'p' WHERE id = 7; PREPARE TRANSACTION 'p'").unwrap();
    clerk.ask("BEGIN; UPDATE orders SET note = 'y' WHERE id = 2").unwrap();
    let over = AtomicBool::new(false);
    let (app, shop) = (server.parameters("postgres", "app"), server.parameters("clerk", "shop"));
    let (before, ours, after) = std::thread::scope(|scope| {
        let loading = scope.spawn(|| load(&app, &over));
        let waiting = scope.spawn(|| Person::connect(&shop).unwrap().ask("SELECT pg_sleep(600)"));
        let read = || {
            let mut values = plugins(&server, &directory);
            values.extend(exported(&url));
            values
        };
        let answers = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            (read(), metrics(&server), read())
        }));
        over.store(true, Ordering::Relaxed);
        let end = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND usename = 'clerk'";
        server.superuser("postgres", end);
        let _ = (loading.join(), waiting.join());
        answers.unwrap()
    });
    clerk.ask("ROLLBACK").unwrap();

    let mut wrong = Vec::new();
    let mut compared = 0;
    for (item, metric, object, slack) in PAIRS {
        let (Some(first), Some(last)) = (before.get(item), after.get(item)) else {
            // Versions of the exporter name some metrics differently.
            assert!(item.starts_with("exporter "), "{item} has no value: {before:#?}");
            continue;
        };
        let Some(value) = ours.get(&(metric.to_owned(), object.to_owned())) else {
            wrong.push(format!("{item} {first} to {last}: no {metric} {object}"));
            continue;
        };
        let (low, high) = (first.min(*last) - slack, first.max(*last) + slack);
        if *value < low || *value > high {
            wrong.push(format!("{item} {first} to {last}: {metric} {object} is {value}"));
        }
        compared += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 40, "{compared}");
    super::print_line(&format!(
        "check_postgres, check_pgactivity, exporter: {compared} values are the same"
    ));
}
