//! Acts of posemo about the chain: what was removed, and up to which change the acts confirm the changes.

use std::fmt;

use rusqlite::{Connection, OptionalExtension};

use super::act_kind::ActKind;
use super::chain::{ACTS, ChainHash, ChainTable};

/// The user of acts of posemo itself.
pub const POSEMO: &str = "posemo";

/// The last row that was removed, and its hash; absent if it had none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LastRemoved {
    pub(super) seq: i64,
    pub(super) hash: Option<ChainHash>,
}

/// The last rows that were removed of both tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct RemovedRows {
    pub(super) acts: LastRemoved,
    pub(super) changes: LastRemoved,
}

impl RemovedRows {
    /// The last row of a table.
    pub(super) fn of(&mut self, table: &ChainTable) -> &mut LastRemoved {
        if *table == ACTS { &mut self.acts } else { &mut self.changes }
    }

    /// Those that the newest act about it names.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<RemovedRows> {
        let newest = "SELECT detail FROM act WHERE what = ?1 ORDER BY seq DESC LIMIT 1";
        let detail =
            connection.query_row(newest, [ActKind::Remove.name()], |row| row.get::<_, String>(0));
        Ok(detail.optional()?.as_deref().and_then(RemovedRows::parse).unwrap_or_default())
    }

    /// Reads the text of an act.
    pub(super) fn parse(detail: &str) -> Option<RemovedRows> {
        let (rows, _why) = detail.split_once(';')?;
        let (acts, changes) = rows.strip_prefix("acts up to ")?.split_once(", changes up to ")?;
        let last = |text: &str| {
            let (seq, hash) = text.split_once(' ')?;
            let hash = hash.strip_prefix('(')?.strip_suffix(')')?;
            Some(LastRemoved { seq: seq.parse().ok()?, hash: hash.parse().ok() })
        };
        Some(RemovedRows { acts: last(acts)?, changes: last(changes)? })
    }
}

/// The text of an act, without the reason.
impl fmt::Display for RemovedRows {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = |last: &LastRemoved| {
            let hash = last.hash.map_or_else(|| "no hash".to_owned(), |hash| hash.to_string());
            format!("{} ({hash})", last.seq)
        };
        write!(out, "acts up to {}, changes up to {};", last(&self.acts), last(&self.changes))
    }
}

/// The last change that an act confirms, and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seal {
    pub(super) change: i64,
    pub(super) hash: ChainHash,
}

impl Seal {
    /// Reads the text of an act.
    pub(super) fn parse(detail: &str) -> Option<Seal> {
        let (change, hash) = detail.strip_prefix("changes up to ")?.split_once(" (")?;
        let hash = hash.strip_suffix(')')?.parse().ok()?;
        Some(Seal { change: change.parse().ok()?, hash })
    }
}

/// The text of an act.
impl fmt::Display for Seal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "changes up to {} ({})", self.change, self.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_they_were_written() {
        let hash = "ab".repeat(32).parse().expect("it is a hash");
        let removed = RemovedRows {
            acts: LastRemoved { seq: 7, hash: Some(hash) },
            changes: LastRemoved { seq: 300, hash: None },
        };
        assert_eq!(RemovedRows::parse(&format!("{removed} too old")), Some(removed));
        let seal = Seal { change: 12, hash };
        assert_eq!(Seal::parse(&seal.to_string()), Some(seal));
        for wrong in ["", "acts up to 7;", "acts up to x (y), changes up to z (w);"] {
            assert_eq!(RemovedRows::parse(wrong), None, "{wrong}");
            assert_eq!(Seal::parse(wrong), None, "{wrong}");
        }
    }
}
