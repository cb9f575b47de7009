//! The backup of the history while posemo runs, by the statement of the page.

use std::fs;

use rusqlite::Connection;

use super::blocks;
use crate::ports::DEAD;
use crate::serve::{Serving, on_port};

#[test]
fn a_backup_of_a_history_in_use_is_complete() {
    let settings = format!("[serve]\noutage_confirm = 1\n{}", on_port("db1", DEAD));
    let serving = Serving::start(&settings);
    let changes = |serving: &Serving| serving.json("/api/1/changes")["changes"].clone();
    // The first sweep would begin within 30 s.
    assert_eq!(serving.post("/api/1/run?target=db1&check=alive").status, 200);
    serving.until("the outage is in the history", || {
        changes(&serving).as_array().is_some_and(|changes| !changes.is_empty())
    });
    let page = blocks("one-machine.md", "sh").concat();
    let line = page.lines().find(|line| line.starts_with("sqlite3 ")).unwrap();
    let (command, statement) = line.split_once('"').unwrap();
    assert_eq!(command.trim(), "sqlite3 /var/lib/posemo/history.db");
    let directory = tempfile::tempdir().unwrap();
    let backup = directory.path().join("posemo/history.db");
    fs::create_dir(backup.parent().unwrap()).unwrap();
    let statement = statement
        .trim_end_matches('"')
        .replace("/var/backups/posemo-history.db", backup.to_str().unwrap());
    // As another process: sqlite3 opens the file in the same way.
    let history = Connection::open(serving.folder.join("posemo/history.db")).unwrap();
    history.execute_batch(&statement).unwrap();
    assert!(history.execute_batch(&statement).is_err(), "a backup never replaces a file");
    let restored = Connection::open(&backup).unwrap();
    let found: String = restored.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
    drop(restored);
    let expected = changes(&serving);
    drop(serving);
    // A posemo with the restored file knows what the first one knew.
    let again = Serving::within(&directory, &settings, &[], &[]);
    let known = changes(&again);
    assert_eq!(known[0], expected[0], "{}", again.log());
    assert!(!again.log().contains("broken"), "{}", again.log());
}
