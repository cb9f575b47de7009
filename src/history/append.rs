//! Appends rows to the chains.

use jiff::Timestamp;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Statement, ToSql, params_from_iter};

use super::act_kind::ActKind;
use super::chain::{ACTS, CHANGES, ChainHash, ChainTable, link};
use super::marks::{POSEMO, RemovedRows, Seal};

/// Adds the column with the hash to a table of an earlier posemo.
pub(super) fn add_column(connection: &Connection, table: &ChainTable) -> rusqlite::Result<()> {
    if has_column(connection, table)? {
        return Ok(());
    }
    connection.execute_batch(&format!("ALTER TABLE {} ADD COLUMN hash BLOB", table.name))
}

/// Whether a table has the column with the hash.
pub(super) fn has_column(connection: &Connection, table: &ChainTable) -> rusqlite::Result<bool> {
    let column = "SELECT count(*) FROM pragma_table_info(?1) WHERE name = 'hash'";
    connection.query_row(column, [table.name], |row| Ok(row.get::<_, i64>(0)? > 0))
}

/// The newest row of a table that has a hash.
pub(super) fn head(
    connection: &Connection,
    table: &ChainTable,
) -> rusqlite::Result<Option<(i64, ChainHash)>> {
    let name = table.name;
    let newest =
        format!("SELECT seq, hash FROM {name} WHERE hash IS NOT NULL ORDER BY seq DESC LIMIT 1");
    let row = connection.query_row(&newest, [], |row| {
        let hash = ChainHash::of_column(row.get_ref(1)?);
        Ok((row.get(0)?, hash.unwrap_or(ChainHash::START)))
    });
    row.optional()
}

/// Appends rows to one table.
pub(super) struct Appender<'t> {
    table: &'static ChainTable,
    insert: Statement<'t>,
    /// The number and the hash of the last row.
    last: (i64, ChainHash),
}

impl<'t> Appender<'t> {
    /// Continues after the last row of a table, also after one that was removed.
    pub(super) fn new(
        connection: &'t Connection,
        table: &'static ChainTable,
    ) -> rusqlite::Result<Appender<'t>> {
        let number = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
        let number = connection.query_row(number, [table.name], |row| row.get(0)).optional()?;
        let hash = match head(connection, table)? {
            Some((_, hash)) => hash,
            None => RemovedRows::read(connection)?.of(table).hash.unwrap_or(ChainHash::START),
        };
        let places: Vec<String> =
            (1..=table.columns.len() + 1).map(|place| format!("?{place}")).collect();
        let (name, columns, places) = (table.name, table.list(), places.join(", "));
        let insert = format!("INSERT INTO {name} ({columns}, hash) VALUES ({places})");
        let insert = connection.prepare(&insert)?;
        Ok(Appender { table, insert, last: (number.unwrap_or(0), hash) })
    }

    /// Appends a row, given by its columns after the number.
    pub(super) fn append(&mut self, columns: &[&dyn ToSql]) -> rusqlite::Result<()> {
        let seq = self.last.0.saturating_add(1);
        let mut row = vec![ToSqlOutput::from(seq)];
        for column in columns {
            row.push(column.to_sql()?);
        }
        let values: Vec<ValueRef<'_>> = row.iter().map(value).collect();
        let hash = link(self.table, self.last.1, &values);
        row.push(ToSqlOutput::Owned(Value::Blob(hash.bytes().to_vec())));
        self.insert.execute(params_from_iter(row))?;
        self.last = (seq, hash);
        Ok(())
    }

    /// Appends an act of posemo itself.
    pub(super) fn note(
        &mut self,
        now: Timestamp,
        what: ActKind,
        detail: &str,
    ) -> rusqlite::Result<()> {
        self.append(&[&now.as_millisecond(), &POSEMO, &what.name(), &detail])
    }
}

fn value<'v>(output: &'v ToSqlOutput<'_>) -> ValueRef<'v> {
    match output {
        ToSqlOutput::Borrowed(value) => *value,
        ToSqlOutput::Owned(value) => value.into(),
        // Texts, numbers and blobs have no other form.
        _ => ValueRef::Null,
    }
}

/// Notes in a history of an earlier posemo that its rows are not protected.
pub(super) fn begin(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let is_begun =
            head(&transaction, &ACTS)?.is_some() || head(&transaction, &CHANGES)?.is_some();
        let count = |table: &ChainTable| {
            let count = format!("SELECT count(*) FROM {}", table.name);
            transaction.query_row(&count, [], |row| row.get::<_, i64>(0))
        };
        let older = if is_begun { [0, 0] } else { [count(&ACTS)?, count(&CHANGES)?] };
        if older != [0, 0] {
            let [acts, changes] = older;
            let detail = format!("{acts} acts and {changes} changes before it have no hash");
            Appender::new(&transaction, &ACTS)?.note(Timestamp::now(), ActKind::Chain, &detail)?;
        }
    }
    transaction.commit()
}

/// Confirms the changes that no act confirms yet. Returns the newest act.
pub(super) fn seal(connection: &mut Connection) -> rusqlite::Result<Option<(i64, ChainHash)>> {
    let transaction = connection.transaction()?;
    {
        let last = "SELECT detail FROM act WHERE what = ?1 ORDER BY seq DESC LIMIT 1";
        let last = transaction
            .query_row(last, [ActKind::Seal.name()], |row| row.get::<_, String>(0))
            .optional()?;
        let last = last.as_deref().and_then(Seal::parse);
        let newest = head(&transaction, &CHANGES)?;
        let newest = newest.map(|(change, hash)| Seal { change, hash });
        if let Some(seal) = newest.filter(|newest| Some(*newest) != last) {
            Appender::new(&transaction, &ACTS)?.note(
                Timestamp::now(),
                ActKind::Seal,
                &seal.to_string(),
            )?;
        }
    }
    let newest = head(&transaction, &ACTS)?;
    transaction.commit()?;
    Ok(newest)
}
