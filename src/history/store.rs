//! Reads and writes the history.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, Row, params};

use super::act::{self, UserAct};
use super::append::{Appender, seal};
use super::chain::{CHANGES, ChainHash};
use super::change::StateChange;
use super::connection::{open, open_to_read};
use super::limit::{self, Kept};
use super::runs::{DayRuns, RangeRuns};
use super::saved::{RestoredTarget, SavedTarget};
use super::server::ServerHistoryError;
use super::silence::OwnSilence;
use super::values::{self, PackedBlock, ValuesFound, ValuesWanted};
use super::watched_days;
use crate::finding::State;
use crate::packing::{deflate, inflate};

/// The size of one saved target.
const MOST_SAVED: u64 = 64 << 20;

/// Why the history cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// `SQLite` reports an error.
    #[error("the history {}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
    /// The directory cannot be created, or the file cannot be moved.
    #[error("the history {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The server of the history cannot be used.
    #[error("the history in {place}: {source}")]
    Server {
        /// The database and its server.
        place: String,
        /// The cause.
        source: Box<ServerHistoryError>,
    },
}

impl HistoryError {
    /// Whether the file is not a history, or is damaged, so that it cannot be used later either.
    pub fn is_broken(&self) -> bool {
        let HistoryError::Sqlite { source, .. } = self else { return false };
        let codes = [ErrorCode::NotADatabase, ErrorCode::DatabaseCorrupt];
        matches!(source, rusqlite::Error::InvalidQuery)
            || source.sqlite_error_code().is_some_and(|code| codes.contains(&code))
    }
}

/// What waits until it is written.
#[derive(Debug, Clone, Default)]
pub struct Unwritten {
    /// Changes of states, in their order.
    pub changes: Vec<StateChange>,
    /// Acts of users, in their order.
    pub acts: Vec<UserAct>,
    /// Silences that are new or changed.
    pub silences: Vec<OwnSilence>,
    /// The runs of targets by their names and days.
    pub runs: BTreeMap<(String, i64), DayRuns>,
}

/// The history, open for writing.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Connection,
}

impl Store {
    /// Opens the history, and creates it if it does not exist.
    pub fn open(path: &Path) -> Result<Store, HistoryError> {
        let file = |source| HistoryError::File { path: path.to_owned(), source };
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(file)?;
        }
        let sqlite = |source| HistoryError::Sqlite { path: path.to_owned(), source };
        Ok(Store { path: path.to_owned(), connection: open(path).map_err(sqlite)? })
    }

    /// Opens the history. A file that is broken is moved aside, and its new name is returned.
    pub fn open_or_replace(path: &Path) -> Result<(Store, Option<PathBuf>), HistoryError> {
        match Store::open(path) {
            Err(error) if error.is_broken() => {
                let aside = move_aside(path)
                    .map_err(|source| HistoryError::File { path: path.to_owned(), source })?;
                Ok((Store::open(path)?, Some(aside)))
            }
            other => other.map(|store| (store, None)),
        }
    }

    /// The saved targets by name. One that cannot be read is left out.
    pub fn saved(&self) -> Result<BTreeMap<String, RestoredTarget>, HistoryError> {
        let read = || {
            let mut statement = self.connection.prepare("SELECT target, state FROM latest")?;
            let rows = statement
                .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let rows = read().map_err(|source| self.error(source))?;
        let readable = rows.into_iter().filter_map(|(name, state)| Some((name, restored(&state)?)));
        Ok(readable.collect())
    }

    /// The silences, in the order in which they were added.
    pub fn silences(&self) -> Result<Vec<OwnSilence>, HistoryError> {
        act::silences(&self.connection).map_err(|source| self.error(source))
    }

    /// The latest day on which each target was watched, not after a day.
    pub fn runs(&self, day: i64) -> Result<BTreeMap<String, DayRuns>, HistoryError> {
        watched_days::latest(&self.connection, day).map_err(|source| self.error(source))
    }

    /// Writes what waits and the latest results of targets, all or nothing.
    pub fn write(
        &mut self,
        waiting: &Unwritten,
        latest: &BTreeMap<String, (Timestamp, Vec<u8>)>,
    ) -> Result<(), HistoryError> {
        let written = write(&mut self.connection, waiting, latest);
        written.map_err(|source| self.error(source))
    }

    /// Writes the values of metrics, all or nothing.
    pub fn write_values(&mut self, blocks: &[PackedBlock]) -> Result<(), HistoryError> {
        values::write(&mut self.connection, blocks).map_err(|source| self.error(source))
    }

    /// Confirms the changes that no act confirms yet. Returns the newest act and its hash.
    pub fn seal(&mut self) -> Result<Option<(i64, ChainHash)>, HistoryError> {
        seal(&mut self.connection).map_err(|source| self.error(source))
    }

    /// Joins blocks of values, removes what is too old, and then the oldest while the file is larger than the limit. It
    /// takes a bounded part of the work, and returns whether more remains. Targets that are not in use are forgotten.
    pub fn keep_up(&mut self, kept: &Kept, targets: &[String]) -> Result<bool, HistoryError> {
        limit::keep_up(&mut self.connection, kept, targets).map_err(|source| self.error(source))
    }

    /// Lets the file not grow, as a full disk does.
    #[cfg(test)]
    pub(super) fn limit_to_its_pages(&self) {
        let pages = self.connection.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0));
        self.connection
            .pragma_update(None, "max_page_count", pages.expect("it is read"))
            .expect("it is set");
    }

    fn error(&self, source: rusqlite::Error) -> HistoryError {
        HistoryError::Sqlite { path: self.path.clone(), source }
    }
}

/// The saved form of a target.
pub fn compress(target: &RestoredTarget) -> Vec<u8> {
    deflate(&serde_json::to_vec(&SavedTarget::from(target)).unwrap_or_default())
}

/// The target of its saved form; absent if it cannot be read.
fn restored(state: &[u8]) -> Option<RestoredTarget> {
    restored_within(state, MOST_SAVED).map(|(target, _)| target)
}

/// The target of its saved form, and the bytes of its text; absent if it cannot be read or has more bytes than `room`.
pub(super) fn restored_within(state: &[u8], room: u64) -> Option<(RestoredTarget, u64)> {
    let text = inflate(state, room.min(MOST_SAVED)).ok()?;
    let saved: SavedTarget = serde_json::from_slice(&text).ok()?;
    Some((saved.try_into().ok()?, u64::try_from(text.len()).unwrap_or(u64::MAX)))
}

/// The acts after a number, the oldest first.
pub fn acts_after(path: &Path, after: i64, most: u32) -> Result<Vec<UserAct>, HistoryError> {
    let read = || act::after(&open_to_read(path)?, after, most);
    read().map_err(|source| HistoryError::Sqlite { path: path.to_owned(), source })
}

/// How often each check ran on each target, from one day to another, with both.
pub fn runs_between(path: &Path, days: (i64, i64)) -> Result<Vec<RangeRuns>, HistoryError> {
    let read = || watched_days::between(&open_to_read(path)?, days);
    read().map_err(|source| HistoryError::Sqlite { path: path.to_owned(), source })
}

/// The changes after a number, of all targets or one, the oldest first.
pub fn changes_after(
    path: &Path,
    after: i64,
    target: Option<&str>,
    most: u32,
) -> Result<Vec<StateChange>, HistoryError> {
    let read = || {
        let connection = open_to_read(path)?;
        let columns = CHANGES.list();
        let mut statement = connection.prepare(&format!(
            "SELECT {columns} FROM change
             WHERE seq > ?1 AND (?2 IS NULL OR target = ?2) ORDER BY seq LIMIT ?3"
        ))?;
        let rows = statement.query_map(params![after, target, most], change)?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|source| HistoryError::Sqlite { path: path.to_owned(), source })
}

/// The values that a request is for.
pub fn values_of(path: &Path, wanted: &ValuesWanted) -> Result<ValuesFound, HistoryError> {
    let read = || values::read(&open_to_read(path)?, wanted);
    read().map_err(|source| HistoryError::Sqlite { path: path.to_owned(), source })
}

pub(super) fn change(row: &Row<'_>) -> rusqlite::Result<StateChange> {
    let state = |name: String| State::of_problem(&name).unwrap_or(State::Ok);
    Ok(StateChange {
        seq: row.get(0)?,
        at: Timestamp::from_millisecond(row.get(1)?).unwrap_or_default(),
        target: row.get(2)?,
        check: row.get(3)?,
        database: row.get(4)?,
        finding: row.get(5)?,
        object: row.get(6)?,
        was: state(row.get(7)?),
        became: state(row.get(8)?),
        summary: row.get(9)?,
    })
}

fn write(
    connection: &mut Connection,
    waiting: &Unwritten,
    latest: &BTreeMap<String, (Timestamp, Vec<u8>)>,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        if !waiting.changes.is_empty() {
            let mut appender = Appender::new(&transaction, &CHANGES)?;
            for one in &waiting.changes {
                appender.append(&[
                    &one.at.as_millisecond(),
                    &one.target,
                    &one.check,
                    &one.database,
                    &one.finding,
                    &one.object,
                    &one.was.name(),
                    &one.became.name(),
                    &one.summary,
                ])?;
            }
        }
        let mut replace = transaction.prepare(
            "INSERT INTO latest (target, at, state) VALUES (?1, ?2, ?3)
             ON CONFLICT (target) DO UPDATE SET at = excluded.at, state = excluded.state",
        )?;
        for (target, (at, state)) in latest {
            replace.execute(params![target, at.as_millisecond(), state])?;
        }
        watched_days::write(&transaction, &waiting.runs)?;
        act::write(&transaction, &waiting.acts, &waiting.silences)?;
    }
    transaction.commit()
}

/// Renames a broken file, with the files that `SQLite` keeps beside it.
fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let with = |path: &Path, end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let aside = with(path, &format!(".broken-{time}"));
    fs::rename(path, &aside)?;
    for end in ["-wal", "-shm"] {
        // They may not exist, and do not belong to the new file.
        let _ = fs::rename(with(path, end), with(&aside, end));
    }
    Ok(aside)
}

#[cfg(test)]
mod tests;
