//! A history on a server in which another program wrote rows, and whose answers are lost: the node goes on, and writes nothing twice.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use posemo::database::kept::{KeptConnection, StoredRow};
use posemo::finding::State;
use posemo::finding::metric::Metric;
use posemo::finding::report::CheckReport;
use posemo::history::act::UserAct;
use posemo::history::act_kind::ActKind;
use posemo::history::change::StateChange;
use posemo::history::collector::MeasuredValues;
use posemo::history::place::HistoryPlace;
use posemo::history::recorder::{Recorder, Retention};
use posemo::history::runs::{DayRuns, RunCounts, day_of};
use posemo::history::server::ServerHistory;

use super::shared_history::{install_history, stored_on};
use super::{EVERY_SECOND, Serving, request, server, target};
use crate::server::Server;
use crate::waiting::until;

pub(super) const DATABASE: &str = "posemo_history";

/// A result that is larger than any of posemo, silences, and blocks that cannot be joined, of the time 0 and of before it.
const HOSTILE: &str = "
    INSERT INTO posemo_history.latest VALUES ('db1', 1, pg_catalog.decode(pg_catalog.repeat('00', 82000000), 'hex'));
    INSERT INTO posemo_history.silence (id, target, at, until, who, why)
        SELECT 's' || n, 'db1', n, 250000000000000, 'eve', 'hostile' FROM pg_catalog.generate_series(1, 1500) AS n;
    INSERT INTO posemo_history.silence (id, target, at, until, who, why)
        VALUES ('long', 'db1', 1, 250000000000000, 'eve', pg_catalog.repeat('hostile ', 10000)), ('old', 'db1', 1, 2, 'eve', 'old');
    INSERT INTO posemo_history.sample (kind, target, start, until, data)
        SELECT 1, 'db1', 1000, 2000, '\\x00' FROM pg_catalog.generate_series(1, 6000);
    INSERT INTO posemo_history.sample (kind, target, start, until, data)
        SELECT 0, 'db1', 5000, 9000000000000000, pg_catalog.decode(pg_catalog.repeat('00', 41000000), 'hex')
        FROM pg_catalog.generate_series(1, 2);
    INSERT INTO posemo_history.sample (kind, target, start, until, data)
        VALUES (0, 'db1', -5, 9000000000000000, '\\x00')";

#[test]
fn rows_of_another_program_do_not_stop_a_node_on_a_server() {
    let server = server();
    install_history(&server);
    let ask = |sql: &str| server.superuser(DATABASE, sql);
    ask(HOSTILE);
    let settings = format!("{EVERY_SECOND}{}{}", stored_on(&server, "3s"), target("db1", &server));
    let mut serving = Serving::start(&settings);
    serving.ready();
    serving.until("what is left out is reported", || {
        let log = serving.log();
        log.contains("target \"db1\", which this node takes over, are too large")
            && log.contains("501 more silences are in force than posemo reads")
    });
    serving.until("it is shown", || serving.sample("posemo_history_up") == Some(0.0));
    serving.until("the latest silences are in force", || {
        serving.json("/api/1/silences").as_array().map(Vec::len) == Some(1000)
    });
    let values = serving.get("/api/1/values?target=db1&check=alive&from=1970-01-01T00:00:00Z");
    assert_eq!(values.status, 200, "{}", values.body);
    ask("DELETE FROM posemo_history.silence WHERE why LIKE 'hostile%'");
    serving.until("it recovers", || serving.sample("posemo_history_up") == Some(1.0));
    // Other pages do not wait for what an auditor asks.
    let locker = server.session("postgres", DATABASE);
    locker.ask("BEGIN; LOCK TABLE posemo_history.watched").unwrap();
    let address = serving.address;
    let evidence = std::thread::spawn(move || request(address, "GET", "/evidence", &[]).status);
    let sql = "SELECT pid::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%watched%'";
    until("the evidence waits", || !ask(sql).is_empty());
    assert_eq!(serving.get("/history").status, 200);
    assert!(!evidence.is_finished());
    drop(locker);
    assert_eq!(evidence.join().unwrap(), 200);
    // Its upkeep runs once more before the end.
    serving.signal("-TERM");
    assert_eq!(serving.ended(), Some(0), "{}", serving.log());
    assert_eq!(ask("SELECT id FROM posemo_history.silence WHERE id = 'old'"), [""; 0]);
    assert_eq!(ask("SELECT id::text FROM posemo_history.sample WHERE start < 0"), [""; 0]);

    // Without the results of before, and without those of others, it watches what it holds.
    ask("REVOKE SELECT ON posemo_history.latest, posemo_history.silence FROM posemo_history");
    let serving = Serving::start(&settings);
    serving.ready();
    serving.until("the reason is shown", || {
        let log = serving.log();
        log.contains("its checks begin anew") || log.contains("their checks begin anew")
    });
    serving.until("the table is named", || {
        serving.log().contains("permission denied for table silence")
    });
    ask("GRANT SELECT ON posemo_history.latest, posemo_history.silence TO posemo_history");
    serving.until("it recovers", || serving.sample("posemo_history_up") == Some(1.0));
}

fn days_ago(days: i64) -> Timestamp {
    Timestamp::now() - jiff::SignedDuration::from_hours(24 * days)
}

fn change(days: i64, object: Option<&str>) -> StateChange {
    StateChange {
        seq: 0,
        at: days_ago(days),
        target: "db1".to_owned(),
        check: "tables".to_owned(),
        database: None,
        finding: "f".to_owned(),
        object: object.map(str::to_owned),
        was: State::Ok,
        became: State::Warning,
        summary: "it's \"large\"\n".to_owned(),
    }
}

pub(super) fn act(days: i64) -> UserAct {
    let (who, detail) = ("anna".to_owned(), "db1: all".to_owned());
    UserAct { seq: 0, at: days_ago(days), who, what: ActKind::Run.name().to_owned(), detail }
}

pub(super) fn runs() -> DayRuns {
    let counts = RunCounts { runs: 3, ..RunCounts::default() };
    let checks = [("tables".to_owned(), counts)].into();
    DayRuns { day: day_of(Timestamp::now()), checks }
}

/// The values of a sweep: enough for a block.
fn measured(second: i64) -> MeasuredValues {
    let object = |number: i32| Metric {
        object: Some(number.to_string()),
        ..Metric::count("size", f64::from(number))
    };
    let metrics = (0..1000).map(object).chain([Metric::count("total", 1.0)]).collect();
    let check = CheckReport { metrics, ..CheckReport::new("tables", None) };
    let now = Timestamp::now().as_second() / 60 * 60;
    let at = Timestamp::from_second(now + second).unwrap();
    MeasuredValues::new("db1", at, &[check])
}

#[test]
fn a_lost_answer_or_a_slow_statement_is_not_repeated_on_a_server() {
    let server = server();
    install_history(&server);
    slow_statement(&server);

    let history = history(&server);
    let place = HistoryPlace::Server(Arc::clone(&history));
    let mut recorder = start(&history, "node");
    recorder.set_targets(vec!["db1".to_owned()], "hash".to_owned());
    until("the target is held", || recorder.holds("db1"));
    // Old ones, which are removed at the end, and new ones, with and without an object.
    recorder
        .record([10, 9, 0].map(|days| change(days, (days == 9).then_some("t\u{e4}b"))).to_vec());
    for days in [10, 0] {
        recorder.record_act(act(days));
    }
    recorder.save_runs("db1", runs());

    let sealed = "SELECT seq::text FROM posemo_history.act WHERE what = 'seal'";
    until("an act confirms the changes", || server.superuser(DATABASE, sealed) != [""; 0]);

    // The transaction is committed, and its answer waits for a standby that does not exist.
    let away = "ALTER SYSTEM SET synchronous_standby_names = 'missing'";
    server.superuser(DATABASE, away);
    server.superuser(DATABASE, "SELECT pg_catalog.pg_reload_conf()::text");
    recorder.measure(measured(0));
    recorder.measure(measured(1));
    let waits = "SELECT pid::text FROM pg_catalog.pg_stat_activity
        WHERE wait_event = 'SyncRep' AND query LIKE '%posemo_history.sample%'";
    until("the answer waits", || !server.superuser(DATABASE, waits).is_empty());
    server.superuser(DATABASE, "ALTER ROLE posemo_history NOLOGIN");
    let end = "SELECT pg_catalog.pg_terminate_backend(pid)::text FROM pg_catalog.pg_stat_activity
        WHERE usename = 'posemo_history'";
    server.superuser(DATABASE, end);
    until("the failure is known", || recorder.state().error.is_some());
    let count = "SELECT pg_catalog.count(*)::text FROM posemo_history.sample";
    until("it is committed", || server.superuser(DATABASE, count) == ["1"]);
    server.superuser(DATABASE, "ALTER SYSTEM RESET synchronous_standby_names");
    server.superuser(DATABASE, "SELECT pg_catalog.pg_reload_conf()::text");
    server.superuser(DATABASE, "ALTER ROLE posemo_history LOGIN");
    until("it is written again", || recorder.state().error.is_none());
    assert!(recorder.stop(), "all is written");
    assert_eq!(server.superuser(DATABASE, count), ["2"], "the block, and the one of the end");

    let found = place.verify(None).unwrap();
    // The newest acts: the seal, and the two that note what was removed.
    let expected = ([4, 1], [1, 2], None, Vec::<String>::new());
    assert_eq!((found.rows, found.removed, found.sealed, found.differences), expected);
    let head = found.head.unwrap().1;
    assert!(place.verify(Some(head)).unwrap().is_right());
    let counted = place.runs_between((day_of(Timestamp::now()) - 1, day_of(Timestamp::now())));
    let counted = counted.unwrap().into_iter().map(|one| (one.target, one.check, one.counts.runs));
    assert_eq!(counted.collect::<Vec<_>>(), [("db1".to_owned(), "tables".to_owned(), 3)]);
    for (alteration, expected) in [
        ("UPDATE posemo_history.change SET object = 'x' WHERE seq = 3", "change 3 of "),
        ("DELETE FROM posemo_history.act WHERE seq = 3", "act 3 is missing before act 4 of "),
        ("DELETE FROM posemo_history.act WHERE seq > 4", "is missing at the end"),
    ] {
        server.superuser(DATABASE, alteration);
        let found = place.verify(None).unwrap();
        let is_found = found.differences.iter().any(|text| text.contains(expected));
        assert!(is_found, "{alteration}: {found:?}");
    }
}

pub(super) fn history(server: &Server) -> Arc<ServerHistory> {
    let host = ("host".to_owned(), server.0.socket().display().to_string());
    let port = ("port".to_owned(), server.0.port().to_string());
    Arc::new(ServerHistory::given(&[host, port]).unwrap())
}

pub(super) fn start(history: &Arc<ServerHistory>, name: &str) -> Recorder {
    let day = Duration::from_secs(86_400);
    let retention = Retention { changes: day * 5, values: day, hours: day, most: 1 << 30 };
    let node = (name.to_owned(), Duration::from_secs(6));
    Recorder::start_node(history, node, retention, Box::new(|| {})).unwrap()
}

/// Several nodes write batches of acts, one after the other without a pause: the chain is one, and has each act.
pub(super) fn nodes_write_at_the_same_time(server: &Server) {
    let history = history(server);
    let mut nodes = ["a", "b", "c"].map(|name| start(&history, name));
    for node in &nodes {
        node.set_targets(vec!["db1".to_owned()], "hash".to_owned());
    }
    let count = |table: &str| {
        let sql = format!("SELECT pg_catalog.count(*)::text FROM posemo_history.{table}");
        server.superuser(DATABASE, &sql).concat()
    };
    until("all have joined", || count("node") == "3");
    for node in &nodes {
        for _ in 0..10_000 {
            node.record_act(act(0));
        }
    }
    for node in &mut nodes {
        assert!(node.stop(), "all is written");
    }
    let found = HistoryPlace::Server(history).verify(None).unwrap();
    assert_eq!((found.rows, found.differences), ([30_000, 0], vec![]));
    heads_that_are_lost_lose_no_act(server);
}

/// Without the row with the heads, acts wait. The installer takes those of the newest rows; other heads are found.
fn heads_that_are_lost_lose_no_act(server: &Server) {
    let history = history(server);
    let verify = || HistoryPlace::Server(Arc::clone(&history)).verify(None).unwrap();
    let chain = |sql: &str| server.superuser(DATABASE, sql);
    let mut node = start(&history, "d");
    node.set_targets(vec!["db1".to_owned()], "hash".to_owned());
    node.record_act(act(0));
    until("the first act is written", || verify().rows == [30_001, 0]);
    chain("DELETE FROM posemo_history.chain");
    assert!(verify().differences[0].contains("the last act should have number 0"));
    node.record_act(act(0));
    let waits = |node: &Recorder| {
        node.state().error.is_some_and(|error| error.contains("run posemo history install"))
    };
    until("the second act waits", || waits(&node));
    install_history(server);
    assert!(node.stop(), "all is written");
    let found = verify();
    assert_eq!((found.rows, found.differences), ([30_002, 0], vec![]));
    chain("UPDATE posemo_history.chain SET act_seq = act_seq - 1");
    assert!(verify().differences[0].contains("and act 30002 exists"));
}

/// A statement that takes too long ends, and not its connection. One that ended is opened again.
fn slow_statement(server: &Server) {
    let parameters = server.parameters("posemo_history", DATABASE);
    let mut connection = KeptConnection::new(parameters, Duration::from_millis(500)).unwrap();
    let pid = |rows: Vec<StoredRow>| rows[0].number(0).unwrap().unwrap();
    let own = "SELECT pg_catalog.pg_backend_pid()::int8";
    let first = pid(connection.rows(own, &[]).unwrap());
    let slow = "SELECT 1::int8 FROM pg_catalog.pg_sleep(30)";
    let error = connection.repeatable(slow, &[]).unwrap_err();
    assert_eq!(error.sqlstate(), Some("57014"), "{error}");
    assert!(connection.is_open());
    assert_eq!(pid(connection.rows(own, &[]).unwrap()), first);
    server.superuser(DATABASE, &format!("SELECT pg_catalog.pg_terminate_backend({first})::text"));
    assert_ne!(pid(connection.repeatable(own, &[]).unwrap()), first);
}
