//! Forms of files that other programs accept: what is imported of each, and with which numbers and labels.

use std::fs;
use std::path::Path;

use posemo::tempserver::ServerOptions;

use super::checks;
use crate::catalog::Folder;
use crate::server::Server;

const FILES: [(&str, &str); 9] = [
    (
        "a.yaml",
        "base: &base\n  cache_seconds: 120\n  query: SELECT 1 AS one\ntwice:\n  query: SELECT 1 AS first\nmerged:\n  <<: *base\n  query: SELECT 2 AS two\ntwice:\n  query: SELECT 3 AS last\n",
    ),
    (
        "b.yaml",
        "labelled:\n  query: \"SELECT a, b, c, d, v FROM (VALUES ('x', NULL, 'y', 'z', '7'), (NULL, 'x', 'y', 'z', ' 1.5e3 '), ('x', 'y', 'z', NULL, '1e999'), ('w', 'y', 'z', NULL, 'off')) AS t(a, b, c, d, v)\"\n  metrics:\n    - {a: {usage: LABEL}, b: {usage: LABEL}, c: {usage: LABEL}, d: {usage: LABEL}, v: {usage: GAUGE}}\nmapping:\n  query: SELECT 1 AS a, 2 AS b, '5ms' AS c\n  metrics:\n    a: {usage: COUNTER}\n    b: {usage: GUAGE}\n    c: {usage: DURATION}\nguarded:\n  query: SELECT CASE WHEN pg_is_in_recovery() THEN 0 ELSE pg_current_wal_lsn() - '0/0' END AS position\nothers:\n  query: SELECT datname, relname, 1 AS n FROM pg_database, pg_class WHERE relname IN ('pg_class', 'pg_type')\nown:\n  query: SELECT current_database() AS datname, relname, 1 AS n FROM pg_class WHERE relname IN ('pg_class', 'pg_type')\nsettings:\n  query: SELECT name, setting FROM pg_settings\n  metrics: [{name: {usage: LABEL}, setting: {usage: GAUGE}}]\nold:\n  query: SELECT pg_last_xlog_receive_location()\ntemplate:\n  query: SELECT 1 WHERE '{{ env }}' = 'x'\nvariable:\n  query: SELECT ${X}\nswitch:\n  query: SELECT pg_switch_wal()\n",
    ),
    (
        "map.yaml",
        "kind: ConfigMap\ndata:\n  other: |\n    no: query\n    here: 1\n  queries: |\n    in_map:\n      query: SELECT 1 AS a\n    lost:\n      query: SELECT nope\n",
    ),
    (
        "t.conf",
        "[[inputs.postgresql_extensible]]\n  databases = [\"postgres\", \"o'x\"]\n  [[inputs.postgresql_extensible.query]]\n    sqlquery=\"SELECT datname, numbackends, stats_reset FROM pg_stat_database WHERE datname\"\n    withdbname=true\n    min_version=1300\n    maxVersion=9900\n    measurement=\"of_databases\"\n    odd=1\n[[inputs.sql]]\n  driver = \"pgx\"\n  interval = \"2m\"\n  [[inputs.sql.query]]\n    query = \"SELECT 'x' AS k, '8' AS v, 9 AS w\"\n    measurement = \"of_sql\"\n    tag_columns_include = [\"k\"]\n    field_columns_int = [\"v\"]\n    field_columns_exclude = [\"w\"]\n[[inputs.sql]]\n  driver = \"mysql\"\n  [[inputs.sql.query]]\n    query = \"SELECT 1\"\n    measurement = \"elsewhere\"\n",
    ),
    (
        "d.yaml",
        "instances:\n  - dbname: postgres\n    custom_metrics:\n      - descriptors: [[relname, table]]\n        metrics: {relpages: [postgresql.pages, GAUGE], reltuples: [postgresql.tuples, RATE]}\n        query: \"SELECT relname, %s FROM pg_class WHERE relname LIKE 'pg_clas%%'\"\n      - descriptors: []\n        metrics: {x: [postgresql.x, GAUGE]}\n        relation: true\n        query: SELECT %s FROM t\n    custom_queries:\n      - {metric_prefix: typed, query: 'SELECT 1, 2', columns: [{name: a, type: gauge}, {name: b, type: guage}], extras: []}\n  - custom_queries:\n      query: SELECT 1\n",
    ),
    (
        "s.yml",
        "global: {min_interval: 90s}\ncollectors:\n  - collector_name: c\n    metrics:\n      - {metric_name: up_down, type: countr, values: [v], query_ref: q, odd: 1}\n    queries:\n      - {query_name: q, query: SELECT 4 AS v}\n      - {query_name: unused, query: SELECT 5}\n",
    ),
    (
        "e.yaml",
        "of_sequence:\n  query: SELECT last_value AS last FROM ids\nof_names:\n  query: SELECT pg_relation_size(relname::regclass) AS n FROM pg_class WHERE current_user = 'x'\nconstrained:\n  query: SELECT count(*) AS n FROM information_schema.table_constraints\nvisible:\n  query: SELECT count(*) AS n FROM pg_class WHERE pg_table_is_visible(oid)\nlisted:\n  query: [{sql: SELECT 1}]\n",
    ),
    ("m/pgbouncer_clients/0/metric.sql", "show clients"),
    (
        "twice.yml",
        "collector_name: c\nmetrics:\n  - {metric_name: m, metric_name: n, query: SELECT 1}\n",
    ),
];

#[test]
fn forms_of_other_programs_are_imported_here() {
    let (bindir, major) = Server::here();
    let options = ServerOptions { bindir: Some(bindir), ..ServerOptions::default() };
    let server = Server::start(&options);
    server.superuser("postgres", "CREATE SEQUENCE public.ids START 7");
    let folder = Folder::new("imports-forms");
    for (name, text) in FILES {
        folder.write(&format!("in/{name}"), text);
    }
    let place = |name: &str| folder.path().join(name).display().to_string();
    let output =
        server.posemo(&["import", "-v", "-U", "postgres", "--into", &place("c"), &place("in")]);
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    for (start, reason) in [
        ("b.yaml:21: old: ", "PostgreSQL 10 renamed such functions: write wal for xlog"),
        ("b.yaml:23: template: ", "contains {{ env }}, which another program replaces"),
        ("b.yaml:25: variable: ", "contains ${X}, which"),
        ("b.yaml:27: switch: ", "calls pg_switch_wal(), which only superusers may call"),
        ("map.yaml:10: lost: ", "does not exist"),
        ("d.yaml:7: custom_metrics: ", "relation: the agent appends a condition"),
        ("d.yaml:14: custom_queries: ", "must be a list: write - before"),
        (
            "e.yaml:6: constrained: ",
            "owns or may change, and no owner set may change any: read pg_con",
        ),
        ("e.yaml:2: of_sequence: ", "reads the sequence public.ids, which no owner set may read"),
        ("e.yaml:8: visible: ", "pg_table_is_visible(), which depends on search_path"),
        ("e.yaml:9: listed: ", "query must be a text, and is a list"),
        ("twice.yml:3: metric_name: ", "is in its mapping twice"),
    ] {
        let start = format!("{}/{start}", place("in"));
        let found = err.lines().find(|line| line.starts_with(&start));
        assert!(found.is_some_and(|line| line.contains(reason)), "{start}\n{out}{err}");
    }
    assert_eq!(err.lines().count(), 12, "{err}");
    for part in [
        "\ntwice: ignored: the query with the same name in line 9 replaces it",
        "\nelsewhere: ignored: asks another kind of database",
        "\nunused: ignored: is a query that no metric of the collector names",
        "\npgbouncer_clients: ignored: queries the console of PgBouncer",
        "It converts names to relations.",
        "It reads current_user: a function of posemo runs as the role",
        "Column `b`: `usage: GUAGE` is not known",
        "Column `c`: `usage: DURATION` makes other numbers",
        "It reads all settings. posemo sets these",
        "These keys of the file were not read: `odd`.",
        "These keys of the file were not read: `extras`.",
        "Column `b`: the type `guage` was not read",
        "`type`: the type `countr` of the metric up_down is not known",
    ] {
        assert!(out.contains(part), "{part}\n{out}{err}");
    }
    assert_manifests(&folder.path().join("c"));
    server.install(&["--checks", &place("c"), "--database", "postgres"]);
    let output = server.posemo(&["run", "--checks", &place("c"), "-o", "prometheus"]);
    let text = String::from_utf8_lossy(&output.stdout);
    let value = |metric: &str, object: &str| {
        let start = format!("posemo_{metric}{{");
        let object = format!("object=\"{object}\"}}");
        let line = text.lines().find(|line| line.starts_with(&start) && line.contains(&object));
        line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
    };
    for (metric, object, expected) in [
        ("labelled_v", "x.-.y.z", Some(7.0)),
        ("labelled_v", "-.x.y.z", Some(1500.0)),
        ("labelled_v", "x.y.z.-", None),
        ("labelled_v", "w.y.z.-", None),
        ("others_n", "template1.pg_class", Some(1.0)),
        ("own_n", "pg_type", Some(1.0)),
        ("of_sql_v", "x", Some(8.0)),
    ] {
        assert_eq!(value(metric, object), expected, "{metric} {object}\n{text}");
    }
    if major >= 13 {
        assert!(value("of_databases_numbackends", "postgres").is_some(), "{text}");
        assert!(value("of_databases_numbackends", "template1").is_none(), "{text}");
    }
    let pages = |name: &str| {
        text.lines().any(|line| line.starts_with(name) && line.contains("object=\"pg_class\""))
    };
    assert!(pages("posemo_pages_pages{") && pages("posemo_pages_tuples_total{"), "{text}");
}

/// Keys of manifests that no metric shows.
fn assert_manifests(into: &Path) {
    let found = checks(into);
    let get = |name: &str| found.iter().find(|check| check.name == name).unwrap();
    let seconds = |name: &str| get(name).interval.as_secs();
    assert_eq!(["merged", "of_sql", "q"].map(seconds), [120, 120, 90]);
    let metrics = |name: &str| -> Vec<String> {
        get(name).metrics().map(|metric| metric.name.clone()).collect()
    };
    assert_eq!(metrics("merged"), ["two"]);
    assert_eq!(metrics("twice"), ["last"]);
    assert_eq!(metrics("in_map"), ["a"]);
    assert_eq!(get("guarded").role, None);
    assert!(get("of_databases").servers.contains(13) && !get("of_databases").servers.contains(12));
    let manifest = fs::read_to_string(into.join("mapping/check.toml")).unwrap();
    assert!(
        manifest.contains("[columns.a]\ntype = \"bigint\"\n")
            && manifest.contains("kind = \"counter\"")
    );
}
