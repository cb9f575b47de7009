//! The chain on real files: whatever is altered is found.

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;

use super::*;
use crate::finding::State;
use crate::history::act::UserAct;
use crate::history::change::StateChange;
use crate::history::limit::Kept;
use crate::history::store::{Store, Unwritten};

/// A folder that is removed at the end of the test.
struct ChainFolder(PathBuf);

impl Drop for ChainFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl ChainFolder {
    fn new(name: &str) -> ChainFolder {
        let name = format!("posemo-chain-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder");
        ChainFolder(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("history.db")
    }

    /// Runs SQL, as a person with the file could.
    fn alter(&self, sql: &str) {
        let connection = Connection::open(self.file()).expect("it exists");
        connection.execute_batch(sql).expect("it is altered");
    }

    fn found(&self) -> VerifiedChain {
        verify(&self.file(), None).expect("it is read")
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("it is a time")
}

fn act(second: i64) -> UserAct {
    let text = |text: &str| text.to_owned();
    UserAct {
        seq: 0,
        at: at(second),
        who: text("anna"),
        what: text("run"),
        detail: text("db1: all"),
    }
}

fn change(second: i64) -> StateChange {
    StateChange {
        seq: 0,
        at: at(second),
        target: "db1".to_owned(),
        check: "slots".to_owned(),
        database: Some("shop".to_owned()),
        finding: "0123".to_owned(),
        object: None,
        was: State::Ok,
        became: State::Critical,
        summary: "slot is late".to_owned(),
    }
}

/// Five acts and six changes, the last of which is not sealed.
fn filled(name: &str) -> ChainFolder {
    let folder = ChainFolder::new(name);
    let mut store = Store::open(&folder.file()).expect("it is created");
    for second in 0..5 {
        let waiting = Unwritten {
            acts: if second < 4 { vec![act(second)] } else { Vec::new() },
            changes: vec![change(second)],
            ..Unwritten::default()
        };
        store.write(&waiting, &BTreeMap::new()).expect("it is written");
    }
    store.seal().expect("it is sealed");
    store.seal().expect("nothing is new");
    let waiting = Unwritten { changes: vec![change(9)], ..Unwritten::default() };
    store.write(&waiting, &BTreeMap::new()).expect("it is written");
    folder
}

#[test]
fn an_untouched_history_is_verified() {
    let folder = filled("right");
    let found = folder.found();
    let (seq, head) = found.head.expect("it has acts");
    assert_eq!((found.rows, found.sealed, seq, found.count), ([5, 6], Some(5), 5, 0));
    let text = found.to_string();
    let expected = format!("5 acts and 6 changes verified, head {head} (act 5)");
    assert_eq!(text, expected + "; no act confirms the changes after 5 yet");
    assert!(verify(&folder.file(), Some(head)).expect("it is read").is_right());
    let other = verify(&folder.file(), Some(ChainHash::START)).expect("it is read");
    assert!(other.differences[0].contains("which was noted"), "{other:?}");
}

/// Whatever is changed, and however, one line names the row.
#[test]
fn each_alteration_is_found() {
    let mut alterations: Vec<(String, String)> = Vec::new();
    for table in [&ACTS, &CHANGES] {
        for column in &table.columns[1..] {
            let name = table.name;
            for value in ["'other'", "NULL", "17", "x'61'"] {
                let sql = format!("UPDATE {name} SET \"{column}\" = {value} WHERE seq = 3");
                alterations.push((sql, format!("{name} 3 ")));
            }
        }
    }
    let whole = "seq, at, target, \"check\", database, finding, object, was, became, summary, hash";
    for (sql, expected) in [
        (
            "DELETE FROM act WHERE seq = 2",
            "act 2 is missing before act 3 of 2027-01-15 08:00:02 UTC",
        ),
        ("DELETE FROM act WHERE seq IN (2, 3)", "acts 2 to 3 are missing before act 4"),
        (
            "DELETE FROM act WHERE seq = 1",
            "act 2 of 2027-01-15 08:00:01 UTC is not the first of its chain",
        ),
        (
            "DELETE FROM change WHERE seq = 1",
            "change 2 of 2027-01-15 08:00:01 UTC is not the first of its chain",
        ),
        ("DELETE FROM change WHERE seq IN (2, 3, 4)", "changes 2 to 4 are missing"),
        ("DELETE FROM change WHERE seq > 4", "change 5 is missing, which act 5 confirms"),
        ("DELETE FROM change WHERE seq = 6", "change 6 is missing at the end"),
        (
            "DELETE FROM change; UPDATE sqlite_sequence SET seq = 0 WHERE name = 'change'",
            "change 5 is missing, which act 5 confirms",
        ),
        ("DELETE FROM act WHERE seq = 5", "act 5 is missing at the end"),
        (
            "INSERT INTO act (at, who, what, detail) VALUES (1, 'bob', 'run', '')",
            "act 6 of 1970-01-01 00:00:00 UTC has no hash",
        ),
        (
            "INSERT INTO act (at, who, what, detail, hash) SELECT at, who, what, detail, hash FROM act WHERE seq = 5",
            "act 6",
        ),
        ("UPDATE act SET hash = NULL WHERE seq <= 2", "act 3"),
        ("UPDATE act SET hash = zeroblob(32) WHERE seq = 2", "act 2"),
        ("UPDATE act SET hash = 'text' WHERE seq = 2", "act 2"),
        ("UPDATE act SET seq = 20 WHERE seq = 2", "act 2 is missing"),
    ] {
        alterations.push((sql.to_owned(), expected.to_owned()));
    }
    // The columns of two rows are exchanged, with their hashes.
    let swap = format!(
        "CREATE TEMP TABLE copy AS SELECT * FROM change WHERE seq IN (2, 3);
         DELETE FROM change WHERE seq IN (2, 3); UPDATE copy SET seq = 5 - seq;
         INSERT INTO change ({whole}) SELECT {whole} FROM copy"
    );
    alterations.push((swap, "change 2".to_owned()));
    let folder = filled("altered");
    let original = fs::read(folder.file()).expect("it is read");
    for (sql, expected) in alterations {
        for end in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", folder.file().display()));
        }
        fs::write(folder.file(), &original).expect("it is restored");
        assert!(folder.found().is_right());
        // A column may refuse NULL.
        let connection = Connection::open(folder.file()).expect("it exists");
        if connection.execute_batch(&sql).is_err() {
            assert!(sql.contains("= NULL"), "{sql}");
            continue;
        }
        drop(connection);
        let found = folder.found();
        let unchanged = sql.contains("object\" = NULL");
        let is_found = found.differences.iter().any(|line| line.contains(&expected));
        assert_eq!(is_found, !unchanged, "{sql}: {:#?}", found.differences);
    }
}

/// Without a noted hash, a tail that was removed with its traces is not found; with it, it is.
#[test]
fn a_removed_tail_is_found_by_a_noted_hash() {
    let folder = filled("tail");
    let (_, head) = folder.found().head.expect("it has acts");
    folder.alter(
        "DELETE FROM act WHERE seq > 3; UPDATE sqlite_sequence SET seq = 3 WHERE name = 'act'",
    );
    let found = folder.found();
    assert!(found.is_right() && found.head.is_some_and(|(seq, now)| seq == 3 && now != head));
    let found = verify(&folder.file(), Some(head)).expect("it is read");
    let mut text = Vec::new();
    found.write(&mut text).expect("it is written");
    let text = String::from_utf8(text).expect("it is text");
    let first = format!("no act has the hash {head}, which was noted\nnot verified: 3 acts");
    assert!(text.starts_with(&first), "{text}");
}

#[test]
fn what_posemo_removes_leaves_the_rest_verifiable() {
    let folder = filled("removed");
    let mut store = Store::open(&folder.file()).expect("it exists");
    let kept = |second| Kept {
        now: at(20),
        changes: at(second),
        values: at(0),
        hours: at(0),
        most: 1 << 30,
    };
    while store.keep_up(&kept(3), &[]).expect("it is limited") {}
    let found = folder.found();
    assert_eq!((found.removed, found.rows, found.count), ([3, 3], [4, 3], 0), "{found:?}");
    assert!(found.to_string().contains("they begin after act 3 and change 3"), "{found}");
    // All changes go, and later ones continue the chain.
    while store.keep_up(&kept(15), &[]).expect("it is limited") {}
    store
        .write(&Unwritten { changes: vec![change(16)], ..Unwritten::default() }, &BTreeMap::new())
        .expect("it is written");
    store.seal().expect("it is sealed");
    drop(store);
    let found = folder.found();
    assert_eq!((found.removed[1], found.rows[1], found.count), (6, 1, 0), "{found:?}");
    // What posemo did not remove is missed.
    folder.alter("DELETE FROM act WHERE seq = (SELECT min(seq) FROM act)");
    let found = folder.found();
    assert!(found.differences[0].contains("is missing before act"), "{found:?}");
}

#[test]
fn an_older_history_is_protected_from_now_on() {
    let folder = filled("older");
    folder.alter("ALTER TABLE act DROP COLUMN hash; ALTER TABLE change DROP COLUMN hash");
    let found = folder.found();
    assert!(found.differences[0].contains("has no chain"), "{found:?}");
    let mut store = Store::open(&folder.file()).expect("it exists");
    let waiting =
        Unwritten { acts: vec![act(20)], changes: vec![change(20)], ..Unwritten::default() };
    store.write(&waiting, &BTreeMap::new()).expect("it is written");
    drop(Store::open(&folder.file()).expect("it exists"));
    let found = folder.found();
    assert_eq!((found.rows, found.older, found.count), ([2, 1], [5, 6], 0), "{found:?}");
    assert!(found.to_string().ends_with("no act confirms the changes yet"), "{found}");
    folder.alter("UPDATE act SET hash = NULL WHERE seq = 6");
    let found = folder.found();
    assert!(found.differences[0].starts_with("act 7 "), "{found:?}");
}
