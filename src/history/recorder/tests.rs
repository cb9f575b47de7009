//! The thread that writes the history: a file that is full.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::*;
use crate::finding::State;
use crate::finding::metric::Metric;
use crate::finding::report::CheckReport;
use crate::history::store::changes_after;

fn one(number: i64) -> StateChange {
    StateChange {
        seq: 0,
        at: Timestamp::now(),
        target: "db1".to_owned(),
        check: "slots".to_owned(),
        database: None,
        finding: format!("{number:0>64}"),
        object: None,
        was: State::Ok,
        became: State::Critical,
        summary: "late ".repeat(100),
    }
}

/// Waits until the state of the history is as wanted.
fn until(recorder: &Recorder, what: &str, is_so: impl Fn(&HistoryState) -> bool) {
    let began = Instant::now();
    while !is_so(&recorder.state()) {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}: {:?}", recorder.state());
        thread::sleep(Duration::from_millis(20));
    }
}

/// A full disk is reported, nothing waits for it, and what waited is written when there is room.
#[test]
fn a_full_file_delays_nothing_and_is_written_later() {
    let path = std::env::temp_dir().join(format!("posemo-recorder-{}.db", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let store = Store::open(&path).expect("it is created");
    let other = Connection::open(&path).expect("it exists");
    let filler = "CREATE TABLE filler AS WITH RECURSIVE r (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 4000)
                  SELECT randomblob(1000) AS data FROM r";
    other.execute_batch(filler).expect("it is filled");
    store.limit_to_its_pages();
    let retention = Retention {
        changes: Duration::from_secs(86_400),
        values: Duration::from_secs(86_400),
        hours: Duration::from_secs(86_400),
        most: 1 << 30,
    };
    let mut recorder = Recorder::start(path.clone(), Ok(store), retention).expect("a thread");
    recorder.set_targets(vec!["db1".to_owned()], String::new());
    let began = Instant::now();
    recorder.record((0..2000).map(one).collect());
    for number in 0..100_u32 {
        let check = CheckReport {
            metrics: vec![Metric::count("lag", f64::from(number))],
            ..CheckReport::new("slots", None)
        };
        // Each is a block.
        let later = Duration::from_secs(400 * u64::from(number));
        let at = Timestamp::now().checked_add(later).expect("it is a time");
        recorder.measure(MeasuredValues::new("db1", at, &[check]));
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    until(&recorder, "it is full", |state| {
        state.error.as_ref().is_some_and(|error| error.contains("full")) && state.waiting == 2000
    });
    let count = |table: &str| {
        let count = format!("SELECT count(*) FROM {table}");
        other.query_row(&count, [], |row| row.get::<_, i64>(0)).expect("it is read")
    };
    assert_eq!([count("change"), count("sample")], [0, 0]);
    other.execute_batch("DROP TABLE filler").expect("there is room");
    until(&recorder, "it is written", |state| state.error.is_none() && state.waiting == 0);
    assert_eq!(changes_after(&path, 1999, None, 10).expect("it is read").len(), 1);
    assert!(recorder.stop());
    assert_eq!(count("sample"), 100);
    drop(other);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
}

#[test]
fn values_that_cannot_be_written_are_missed_at_the_end() {
    let stop = |path: &Path| {
        let retention = Retention {
            changes: Duration::from_secs(86_400),
            values: Duration::from_secs(86_400),
            hours: Duration::from_secs(86_400),
            most: 1 << 30,
        };
        let store = Store::open(path);
        let mut recorder = Recorder::start(path.to_owned(), store, retention).expect("a thread");
        let metrics = vec![Metric::count("lag", 1.0)];
        let check = CheckReport { metrics, ..CheckReport::new("slots", None) };
        recorder.measure(MeasuredValues::new("db1", Timestamp::now(), &[check]));
        recorder.stop()
    };
    let folder = std::env::temp_dir().join(format!("posemo-recorder-end-{}", std::process::id()));
    assert!(stop(&folder.join("history.db")));
    std::fs::remove_dir_all(&folder).expect("it exists");
    assert!(!stop(Path::new("/dev/null/history.db")), "it is not in a directory");
}
