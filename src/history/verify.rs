//! Verifies the chains of acts and changes: recomputes each hash.
//!
//! It reads one state of the file, also while `posemo serve` writes it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Transaction};

use super::act_kind::ActKind;
use super::append::has_column;
use super::chain::{ACTS, CHANGES, ChainHash, ChainTable, link};
use super::connection::open_to_read;
use super::marks::{LastRemoved, RemovedRows, Seal};
use super::store::HistoryError;

/// The number of differences that are listed.
const MOST: usize = 100;

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifiedChain {
    /// The acts and the changes whose hashes are right.
    pub rows: [u64; 2],
    /// The acts and the changes from before the chain, which have no hash.
    pub older: [u64; 2],
    /// The numbers of the last act and the last change that were removed; 0 if none was.
    pub removed: [i64; 2],
    /// The newest act and its hash.
    pub head: Option<(i64, ChainHash)>,
    /// The last change that an act confirms, if later ones exist.
    pub sealed: Option<i64>,
    /// What differs: at most 100 of them.
    pub differences: Vec<String>,
    /// The number of differences.
    pub count: usize,
}

/// The rows of both chains.
pub(super) trait ChainSource {
    type Error;

    /// Whether the rows have hashes.
    fn has_hashes(&mut self) -> Result<bool, Self::Error>;

    /// The last rows that were removed, as the newest act about it names them.
    fn removed(&mut self) -> Result<RemovedRows, Self::Error>;

    /// Calls a function for each row of a table, with its columns and its hash, in the order of the numbers.
    fn rows(
        &mut self,
        table: &'static ChainTable,
        each: &mut dyn FnMut(&[ValueRef<'_>], ValueRef<'_>),
    ) -> Result<(), Self::Error>;

    /// The number that was given to a row of a table last, also if it is gone.
    fn last_number(&mut self, table: &'static ChainTable) -> Result<Option<i64>, Self::Error>;
}

/// Recomputes the chains of a file. `noted` is a hash that was noted earlier: the chain must contain it.
pub fn verify(path: &Path, noted: Option<ChainHash>) -> Result<VerifiedChain, HistoryError> {
    let read = || {
        let mut connection = open_to_read(path)?;
        // All reads see one state.
        all(&mut connection.transaction()?, noted)
    };
    read().map_err(|source| HistoryError::Sqlite { path: path.to_owned(), source })
}

/// The same for a page, which must not take long; absent if there are more changes than `most`.
pub fn verify_few(path: &Path, most: i64) -> Result<Option<VerifiedChain>, HistoryError> {
    let count = || {
        let ends = "SELECT coalesce(max(seq) - min(seq), 0) FROM change";
        open_to_read(path)?.query_row(ends, [], |row| row.get::<_, i64>(0))
    };
    let count = count().map_err(|source| HistoryError::Sqlite { path: path.to_owned(), source })?;
    if count >= most { Ok(None) } else { verify(path, None).map(Some) }
}

/// Recomputes both chains.
pub(super) fn all<S: ChainSource>(
    source: &mut S,
    noted: Option<ChainHash>,
) -> Result<VerifiedChain, S::Error> {
    let mut found = VerifiedChain::default();
    if !source.has_hashes()? {
        found
            .differ("the history has no chain: a posemo serve of this version has not used it yet");
        return Ok(found);
    }
    let removed = source.removed()?;
    found.removed = [removed.acts.seq, removed.changes.seq];
    let mut acts = ChainReader::new(&ACTS, removed.acts);
    acts.noted = noted.filter(|noted| removed.acts.hash != Some(*noted));
    acts.read(source, &mut found)?;
    if let Some(noted) = acts.noted {
        found.differ(format!("no act has the hash {noted}, which was noted"));
    }
    found.head = acts.last.filter(|(_, hash)| *hash != ChainHash::START);
    let mut changes = ChainReader::new(&CHANGES, removed.changes);
    changes.seals = std::mem::take(&mut acts.seals);
    changes.read(source, &mut found)?;
    let sealed = changes.sealed.max(removed.changes.seq);
    for (change, (_, act)) in changes.seals {
        if change > removed.changes.seq {
            found.differ(format!("change {change} is missing, which act {act} confirms"));
        }
    }
    found.sealed = changes.last.and_then(|(last, _)| (last > sealed).then_some(sealed));
    if found.rows == [0, 0] && found.count == 0 && found.older != [0, 0] {
        found.differ("no act or change has a hash");
    }
    Ok(found)
}

/// Reads the rows of one chain.
struct ChainReader {
    table: &'static ChainTable,
    removed: LastRemoved,
    /// The number and the hash of the last row.
    last: Option<(i64, ChainHash)>,
    /// The hash that was noted, until a row has it.
    noted: Option<ChainHash>,
    /// Hashes of changes that acts confirm, with the act. Those that were compared are removed.
    seals: BTreeMap<i64, (ChainHash, i64)>,
    /// The last change that was confirmed.
    sealed: i64,
}

impl ChainReader {
    fn new(table: &'static ChainTable, removed: LastRemoved) -> ChainReader {
        let (last, seals) = (None, BTreeMap::new());
        ChainReader { table, removed, last, noted: None, seals, sealed: 0 }
    }

    fn read<S: ChainSource>(
        &mut self,
        source: &mut S,
        found: &mut VerifiedChain,
    ) -> Result<(), S::Error> {
        let table = self.table;
        source.rows(table, &mut |columns, hash| self.row(columns, hash, found))?;
        let number = source.last_number(table)?;
        let last = self.last.map_or(self.removed.seq, |(seq, _)| seq);
        match number {
            Some(number) if number > last => {
                found.differ(format!("{} at the end", missing(table.name, last + 1, number)));
            }
            Some(number) if number < last => found.differ(format!(
                "the last {0} should have number {number}, and {0} {last} exists: rows were added, or the number is of an earlier state",
                table.name
            )),
            _ => {}
        }
        Ok(())
    }

    fn row(&mut self, columns: &[ValueRef<'_>], hash: ValueRef<'_>, found: &mut VerifiedChain) {
        let name = self.table.name;
        let position = usize::from(*self.table == CHANGES);
        // It is the key of the table, which contains only integers.
        let seq = columns.first().and_then(|seq| seq.as_i64().ok()).unwrap_or_default();
        let at = columns.get(1).and_then(|at| at.as_i64().ok());
        let at = at.and_then(|at| Timestamp::from_millisecond(at).ok());
        let at = at.map_or_else(
            || "without a time".to_owned(),
            |at| at.strftime("of %Y-%m-%d %H:%M:%S UTC").to_string(),
        );
        let is_first = self.last.is_none();
        let Some(hash) = ChainHash::of_column(hash) else {
            if is_first && self.removed.hash.is_none() {
                found.older[position] += 1;
            } else {
                found.differ(format!("{name} {seq} {at} has no hash: posemo did not write it, or the hash was removed"));
            }
            return;
        };
        let removed = self.removed;
        let start = removed.hash.unwrap_or(ChainHash::START);
        let (last, before) = self.last.unwrap_or((removed.seq, start));
        let is_next = last.checked_add(1) == Some(seq);
        if link(self.table, before, columns) == hash {
            found.rows[position] += 1;
        } else if is_next {
            found.differ(format!(
                "{name} {seq} {at} differs from its hash: it or the hash before it was altered"
            ));
        } else if is_first && removed.seq == 0 {
            found.differ(format!(
                "{name} {seq} {at} is not the first of its chain: those before it are missing"
            ));
        } else {
            found.differ(format!("{} before {name} {seq} {at}", missing(name, last + 1, seq - 1)));
        }
        if self.noted == Some(hash) {
            self.noted = None;
        }
        if *self.table == ACTS {
            let text = |at: usize| columns.get(at).and_then(|column| column.as_str().ok());
            let seal =
                text(4).filter(|_| text(3) == Some(ActKind::Seal.name())).and_then(Seal::parse);
            self.seals.extend(seal.map(|seal| (seal.change, (seal.hash, seq))));
        } else if let Some((sealed, act)) = self.seals.remove(&seq) {
            self.sealed = seq;
            if sealed != hash {
                found.differ(format!("{name} {seq} {at} is not the one that act {act} confirms: it or one before it was altered"));
            }
        }
        self.last = Some((seq, hash));
    }
}

impl ChainSource for Transaction<'_> {
    type Error = rusqlite::Error;

    fn has_hashes(&mut self) -> rusqlite::Result<bool> {
        Ok(has_column(self, &ACTS)? && has_column(self, &CHANGES)?)
    }

    fn removed(&mut self) -> rusqlite::Result<RemovedRows> {
        RemovedRows::read(self)
    }

    fn rows(
        &mut self,
        table: &'static ChainTable,
        each: &mut dyn FnMut(&[ValueRef<'_>], ValueRef<'_>),
    ) -> rusqlite::Result<()> {
        let (name, count) = (table.name, table.columns.len());
        let all = format!("SELECT {}, hash FROM {name} ORDER BY seq", table.list());
        let mut all = self.prepare(&all)?;
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            let mut columns = Vec::with_capacity(count);
            for position in 0..count {
                columns.push(row.get_ref(position)?);
            }
            each(&columns, row.get_ref(count)?);
        }
        Ok(())
    }

    fn last_number(&mut self, table: &'static ChainTable) -> rusqlite::Result<Option<i64>> {
        let number = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
        self.query_row(number, [table.name], |row| row.get(0)).optional()
    }
}

/// That rows are missing.
fn missing(name: &str, first: i64, last: i64) -> String {
    if first >= last {
        return format!("{name} {first} is missing");
    }
    format!("{name}s {first} to {last} are missing")
}

impl VerifiedChain {
    /// Whether nothing differs.
    pub fn is_right(&self) -> bool {
        self.count == 0
    }

    fn differ(&mut self, text: impl Into<String>) {
        self.count += 1;
        if self.differences.len() < MOST {
            self.differences.push(text.into());
        }
    }

    /// Writes one line for each difference, or the result.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for difference in &self.differences {
            writeln!(out, "{difference}")?;
        }
        let hidden = self.count - self.differences.len();
        if hidden > 0 {
            writeln!(out, "and {hidden} more")?;
        }
        if self.is_right() {
            writeln!(out, "{self}")?;
        } else {
            writeln!(out, "not verified: {self}")?;
        }
        Ok(())
    }
}

/// The result in one line.
impl fmt::Display for VerifiedChain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [acts, changes] = self.rows;
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        let (of_acts, of_changes) = (plural(acts), plural(changes));
        write!(out, "{acts} act{of_acts} and {changes} change{of_changes} verified")?;
        if let Some((seq, hash)) = &self.head {
            write!(out, ", head {hash} (act {seq})")?;
        }
        if self.removed != [0, 0] {
            let [acts, changes] = self.removed;
            write!(
                out,
                "; they begin after act {acts} and change {changes}, up to which posemo removed them"
            )?;
        }
        if self.older != [0, 0] {
            let [acts, changes] = self.older;
            let (of_acts, of_changes) = (plural(acts), plural(changes));
            write!(
                out,
                "; {acts} act{of_acts} and {changes} change{of_changes} from before the chain are not protected"
            )?;
        }
        match self.sealed {
            None => {}
            Some(0) => write!(out, "; no act confirms the changes yet")?,
            Some(sealed) => write!(out, "; no act confirms the changes after {sealed} yet")?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
