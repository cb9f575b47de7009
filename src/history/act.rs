//! Acts of users and of posemo itself, with the user; and the tables of acts and silences.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Row, Transaction, params};
use serde::Serialize;

use super::act_kind::ActKind;
use super::append::Appender;
use super::chain::ACTS;
use super::silence::{COLUMNS, OwnSilence, SilenceEnd, SilenceScope};

/// How long a silence that ended is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The tables. A history of an earlier posemo gets them when it is opened.
pub(super) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS act (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        who TEXT NOT NULL,
        what TEXT NOT NULL,
        detail TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS act_at ON act (at);
    CREATE TABLE IF NOT EXISTS silence (
        id TEXT PRIMARY KEY,
        target TEXT,
        \"group\" TEXT,
        \"check\" TEXT,
        database TEXT,
        object TEXT,
        finding TEXT,
        at INTEGER NOT NULL,
        until INTEGER NOT NULL,
        who TEXT NOT NULL,
        why TEXT NOT NULL,
        ended INTEGER,
        ended_by TEXT
    ) WITHOUT ROWID;
";

impl UserAct {
    /// The kind; absent for one of a later posemo.
    pub fn kind(&self) -> Option<ActKind> {
        ActKind::of(&self.what)
    }
}

/// An act of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserAct {
    /// Its number, which rises. It is 0 until the act is written.
    pub seq: i64,
    /// When it was carried out.
    pub at: Timestamp,
    /// The user, or `posemo`; empty where the server has no logins.
    pub who: String,
    /// The name of its kind, one of [`ActKind`]; a later posemo may have written others.
    pub what: String,
    /// The target and the checks, the silence, the settings, or why a reload failed.
    pub detail: String,
}

/// Writes acts, and silences that are new or changed.
pub(super) fn write(
    transaction: &Transaction<'_>,
    acts: &[UserAct],
    silences: &[OwnSilence],
) -> rusqlite::Result<()> {
    if !acts.is_empty() {
        let mut appender = Appender::new(transaction, &ACTS)?;
        for act in acts {
            appender.append(&[&act.at.as_millisecond(), &act.who, &act.what, &act.detail])?;
        }
    }
    let mut replace = transaction.prepare(&format!(
        "INSERT INTO silence ({COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, ended_by = excluded.ended_by"
    ))?;
    for one in silences {
        let SilenceScope { target, group, check, database, object, finding } = &one.scope;
        replace.execute(params![
            one.id,
            target,
            group,
            check,
            database,
            object,
            finding,
            one.at.as_millisecond(),
            one.until.as_millisecond(),
            one.by,
            one.why,
            one.ended.as_ref().map(|ended| ended.at.as_millisecond()),
            one.ended.as_ref().map(|ended| &ended.by),
        ])?;
    }
    Ok(())
}

/// Removes silences that ended long ago.
pub(super) fn limit(connection: &Connection) -> rusqlite::Result<()> {
    let ended = Timestamp::now().checked_sub(KEPT).unwrap_or(Timestamp::MIN).as_millisecond();
    connection.execute("DELETE FROM silence WHERE until < ?1 OR ended < ?1", [ended])?;
    Ok(())
}

/// All silences, in the order in which they were added.
pub(super) fn silences(connection: &Connection) -> rusqlite::Result<Vec<OwnSilence>> {
    let mut statement =
        connection.prepare(&format!("SELECT {COLUMNS} FROM silence ORDER BY at, id"))?;
    statement.query_map([], silence)?.collect()
}

fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

fn silence(row: &Row<'_>) -> rusqlite::Result<OwnSilence> {
    let ended: Option<i64> = row.get(11)?;
    let by: Option<String> = row.get(12)?;
    Ok(OwnSilence {
        id: row.get(0)?,
        scope: SilenceScope {
            target: row.get(1)?,
            group: row.get(2)?,
            check: row.get(3)?,
            database: row.get(4)?,
            object: row.get(5)?,
            finding: row.get(6)?,
        },
        at: time(row.get(7)?),
        until: time(row.get(8)?),
        by: row.get(9)?,
        why: row.get(10)?,
        ended: ended.map(|at| SilenceEnd { at: time(at), by: by.unwrap_or_default() }),
    })
}

/// The acts after a number, the oldest first.
pub(super) fn after(
    connection: &Connection,
    after: i64,
    most: u32,
) -> rusqlite::Result<Vec<UserAct>> {
    let columns = ACTS.list();
    let mut statement = connection
        .prepare(&format!("SELECT {columns} FROM act WHERE seq > ?1 ORDER BY seq LIMIT ?2"))?;
    statement.query_map(params![after, most], act)?.collect()
}

pub(super) fn act(row: &Row<'_>) -> rusqlite::Result<UserAct> {
    Ok(UserAct {
        seq: row.get(0)?,
        at: time(row.get(1)?),
        who: row.get(2)?,
        what: row.get(3)?,
        detail: row.get(4)?,
    })
}
