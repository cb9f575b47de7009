//! The file: its tables, and how it is opened.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::chain::{ACTS, CHANGES};
use super::{act, append, watched_days};

/// The version of the tables.
const VERSION: i64 = 2;

/// How long a statement waits for another program that uses the file.
const BUSY: Duration = Duration::from_secs(2);

const TABLES: &str = "
    CREATE TABLE latest (
        target TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        state BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE change (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        target TEXT NOT NULL,
        \"check\" TEXT NOT NULL,
        database TEXT,
        finding TEXT NOT NULL,
        object TEXT,
        was TEXT NOT NULL,
        became TEXT NOT NULL,
        summary TEXT NOT NULL
    );
    CREATE INDEX change_target ON change (target, seq);
    CREATE INDEX change_at ON change (at);
";

/// The tables that version 1 did not have.
const NEW: &str = "
    CREATE TABLE sample (
        kind INTEGER NOT NULL,
        target TEXT NOT NULL,
        start INTEGER NOT NULL,
        until INTEGER NOT NULL,
        data BLOB NOT NULL
    );
    CREATE INDEX sample_target ON sample (kind, target, start);
    CREATE INDEX sample_start ON sample (kind, start);
    PRAGMA user_version = 2;
";

/// How long a state lasted is read by this index. A history of an earlier posemo gets it when it is opened.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS change_finding ON change (finding, target, seq)";

/// Opens the file for writing, and creates it and its tables.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    // Texts of servers are not for every user of the machine. SQLite gives its other files the same mode. If the file
    // cannot be created, SQLite reports why.
    let _ = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    // It takes effect only before the first table exists.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    match connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))? {
        0 => connection.execute_batch(&format!("BEGIN; {TABLES} {NEW} COMMIT;"))?,
        1 => connection.execute_batch(&format!("BEGIN; {NEW} COMMIT;"))?,
        VERSION => {}
        // A later posemo may have other tables. It is treated like a file that cannot be used.
        _ => return Err(rusqlite::Error::InvalidQuery),
    }
    connection.execute_batch(act::TABLES)?;
    connection.execute_batch(watched_days::TABLE)?;
    connection.execute_batch(INDEX)?;
    append::add_column(&connection, &ACTS)?;
    append::add_column(&connection, &CHANGES)?;
    append::begin(&mut connection)?;
    Ok(connection)
}

/// Opens the file for reading.
pub(super) fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}
