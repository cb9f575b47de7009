//! The history on real files.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use super::*;
use crate::finding::Finding;
use crate::finding::report::{CheckReport, ServerRole, TargetReport};
use crate::history::removal::MOST_ACTS;
use crate::history::silence::{SilenceEnd, SilenceScope};
use crate::schedule::confirm::{ConfirmRule, FindingMemory};
use crate::schedule::rates::RateMemory;

/// A folder that is removed at the end of the test.
struct TestFolder(PathBuf);

impl TestFolder {
    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn folder(name: &str) -> TestFolder {
    let name = format!("posemo-history-{}-{name}", std::process::id());
    let path = std::env::temp_dir().join(name);
    fs::create_dir_all(&path).expect("a folder");
    TestFolder(path)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("it is a time")
}

fn one(target: &str, seconds: i64) -> StateChange {
    StateChange {
        seq: 0,
        at: at(seconds),
        target: target.to_owned(),
        check: "slots".to_owned(),
        database: Some("app\u{1f600}'\"".to_owned()),
        finding: "0123456789abcdef".to_owned(),
        object: None,
        was: State::Ok,
        became: State::Critical,
        summary: "slot is late".to_owned(),
    }
}

fn changed(changes: Vec<StateChange>) -> Unwritten {
    Unwritten { changes, ..Unwritten::default() }
}

fn target() -> RestoredTarget {
    let mut memory = FindingMemory::default();
    let check = CheckReport {
        findings: vec![Finding::new(State::Critical, "late")],
        at: Some(at(0)),
        interval: Some(Duration::from_secs(60)),
        ..CheckReport::new("slots", None)
    };
    memory.count("db1", std::slice::from_ref(&check), &ConfirmRule::AT_ONCE, None, at(0));
    let report = TargetReport {
        target: "db1".to_owned(),
        role: Some(ServerRole::Primary),
        checks: vec![check.clone()].into(),
        ..TargetReport::default()
    };
    RestoredTarget {
        memory,
        outage: Some("refused".to_owned()),
        report,
        known: vec![check].into(),
        rates: RateMemory::default(),
    }
}

#[test]
fn what_was_written_is_read_after_a_restart() {
    let folder = folder("restart");
    let path = folder.path().join("new/history.db");
    let mut store = Store::open(&path).expect("it is created");
    let latest = BTreeMap::from([("db1".to_owned(), (at(1), compress(&target())))]);
    store.write(&changed(vec![one("db1", 1), one("db2", 2)]), &latest).expect("it is written");
    store.write(&changed(vec![one("db1", 3)]), &latest).expect("it is written");
    drop(store);
    let mode = fs::metadata(&path).expect("it exists").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let store = Store::open(&path).expect("it exists");
    assert_eq!(store.saved().expect("it is read"), BTreeMap::from([("db1".to_owned(), target())]));
    let all = changes_after(&path, 0, None, 10).expect("it is read");
    assert_eq!(all.iter().map(|change| change.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(StateChange { seq: 0, ..all[0].clone() }, one("db1", 1));
    let of_one = changes_after(&path, 1, Some("db1"), 10).expect("it is read");
    assert_eq!(of_one.iter().map(|change| change.seq).collect::<Vec<_>>(), [3]);
    assert_eq!(changes_after(&path, 0, None, 1).expect("it is read").len(), 1);
}

#[test]
fn silences_and_acts_are_kept() {
    let folder = folder("silences");
    let path = folder.path().join("history.db");
    let mut store = Store::open(&path).expect("it is created");
    let silence = |id: &str, until| OwnSilence {
        id: id.to_owned(),
        scope: SilenceScope { object: Some("'\"\u{1f600}".to_owned()), ..SilenceScope::default() },
        at: at(0),
        until,
        by: "anna".to_owned(),
        why: "it is known".to_owned(),
        ended: None,
    };
    let long_ago = Timestamp::from_second(1).expect("it is a time");
    let act = UserAct {
        seq: 0,
        at: at(1),
        who: "anna".to_owned(),
        what: "run".to_owned(),
        detail: "db1".to_owned(),
    };
    let silences = vec![silence("1", at(9)), silence("2", at(9)), silence("3", long_ago)];
    let waiting = Unwritten { silences, acts: vec![act.clone()], ..Unwritten::default() };
    store.write(&waiting, &BTreeMap::new()).expect("it is written");
    let ended = SilenceEnd { at: at(5), by: "bob".to_owned() };
    let silences = vec![OwnSilence { ended: Some(ended), ..silence("2", at(9)) }];
    let waiting = Unwritten { silences: silences.clone(), ..Unwritten::default() };
    store.write(&waiting, &BTreeMap::new()).expect("it is written");
    let kept = Kept { now: at(9), changes: at(0), values: at(0), hours: at(0), most: 1 << 30 };
    while store.keep_up(&kept, &[]).expect("it is limited") {}
    drop(store);
    let store = Store::open(&path).expect("it exists");
    assert_eq!(store.silences().expect("read"), [silence("1", at(9)), silences[0].clone()]);
    assert_eq!(acts_after(&path, 0, 9).expect("read"), [UserAct { seq: 1, ..act }]);
    assert_eq!(acts_after(&path, 1, 9).expect("read"), []);
}

#[test]
fn a_broken_file_is_moved_aside() {
    let folder = folder("broken");
    let path = folder.path().join("history.db");
    fs::write(&path, "this is not a database, and longer than a header of SQLite would be")
        .expect("written");
    assert!(Store::open(&path).expect_err("it is broken").is_broken());
    let (mut store, aside) = Store::open_or_replace(&path).expect("a new one");
    let aside = aside.expect("the broken one");
    assert!(fs::read_to_string(aside).expect("it remains").starts_with("this is not"));
    store.write(&changed(vec![one("db1", 1)]), &BTreeMap::new()).expect("it is written");
    drop(store);
    let later = Connection::open(&path).expect("it exists");
    later.pragma_update(None, "user_version", 99).expect("it is set");
    drop(later);
    assert!(Store::open(&path).expect_err("it is of a later posemo").is_broken());
}

#[test]
fn a_locked_file_is_an_error_that_passes() {
    let folder = folder("locked");
    let path = folder.path().join("history.db");
    let mut store = Store::open(&path).expect("it is created");
    let other = Connection::open(&path).expect("it exists");
    other.execute_batch("BEGIN EXCLUSIVE").expect("it is locked");
    let error =
        store.write(&changed(vec![one("db1", 1)]), &BTreeMap::new()).expect_err("it is locked");
    assert!(!error.is_broken(), "{error}");
    other.execute_batch("COMMIT").expect("it is unlocked");
    store.write(&changed(vec![one("db1", 1)]), &BTreeMap::new()).expect("it is written");
    assert_eq!(changes_after(&path, 0, None, 10).expect("it is read").len(), 1);
}

#[test]
fn old_changes_and_unknown_targets_are_removed_and_the_size_has_a_limit() {
    let folder = folder("old");
    let path = folder.path().join("history.db");
    let mut store = Store::open(&path).expect("it is created");
    let many: Vec<StateChange> = (0..20_000).map(|second| one("db1", second)).collect();
    let saved = compress(&target());
    let latest = ["db1", "gone"].map(|name| (name.to_owned(), (at(1), saved.clone())));
    store.write(&changed(many), &BTreeMap::from(latest)).expect("it is written");
    let kept = |changes, most| Kept {
        now: at(20_000),
        changes: at(changes),
        values: at(0),
        hours: at(0),
        most,
    };
    let mut limit = |kept: Kept| {
        while store.keep_up(&kept, &["db1".to_owned()]).expect("it is limited") {}
        store.saved().expect("it is read").into_keys().collect::<Vec<_>>()
    };
    assert_eq!(limit(kept(5000, 1 << 30)), ["db1"]);
    let first = changes_after(&path, 0, None, 1).expect("it is read");
    assert_eq!(first[0].at, at(5000));
    assert_eq!(limit(kept(0, 1 << 20)), ["db1"]);
    let size = fs::metadata(&path).expect("it exists").len();
    assert!(size <= 1 << 20, "{size}");
    let first = changes_after(&path, 0, None, 1).expect("it is read");
    assert!(first[0].at > at(5000), "the oldest were removed");
}

/// Acts have a limit by their number, and go before changes if the file is too large.
#[test]
fn acts_have_a_limit() {
    let folder = folder("acts");
    let path = folder.path().join("history.db");
    let mut store = Store::open(&path).expect("it is created");
    let act = |number: i64| UserAct {
        seq: 0,
        at: at(number),
        who: "anna".to_owned(),
        what: "run".to_owned(),
        detail: format!("{number:0>50}"),
    };
    let acts = (0..MOST_ACTS + 6000).map(act).collect();
    let changes = (0..100).map(|second| one("db1", second)).collect();
    let waiting = Unwritten { changes, acts, ..Unwritten::default() };
    store.write(&waiting, &BTreeMap::new()).expect("it is written");
    let kept = |changes, most| Kept {
        now: at(110_000),
        changes: at(changes),
        values: at(0),
        hours: at(0),
        most,
    };
    let first = |store: &mut Store, kept: &Kept| {
        while store.keep_up(kept, &[]).expect("it is limited") {}
        acts_after(&path, 0, 1).expect("it is read").first().map(|act| act.seq)
    };
    assert_eq!(first(&mut store, &kept(0, 1 << 30)), Some(7002), "there are too many");
    assert_eq!(first(&mut store, &kept(50_000, 1 << 30)), Some(50_001), "they are too old");
    let changes = vec![one("db1", 60_000)];
    store.write(&changed(changes), &BTreeMap::new()).expect("it is written");
    let oldest = first(&mut store, &kept(0, 1 << 20)).expect("the newest remain");
    assert!(oldest > 60_000, "{oldest}");
    assert_eq!(changes_after(&path, 0, None, 10).expect("it is read").len(), 1);
}

/// A file of version 1 has no values yet.
#[test]
fn an_older_file_gets_the_new_table() {
    let folder = folder("older");
    let path = folder.path().join("history.db");
    let mut store = Store::open(&path).expect("it is created");
    store.write(&changed(vec![one("db1", 1)]), &BTreeMap::new()).expect("it is written");
    let older = "DROP TABLE sample; PRAGMA user_version = 1";
    store.connection.execute_batch(older).expect("it is older");
    drop(store);
    let mut store = Store::open(&path).expect("it exists");
    store.write_values(&[]).expect("it is written");
    assert_eq!(changes_after(&path, 0, None, 10).expect("it is read").len(), 1);
    assert!(Store::open(&path).is_ok(), "it is of this version");
}
