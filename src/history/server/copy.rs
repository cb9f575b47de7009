//! Copies a history from a file to a server: once, completely, or not at all.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::read::silences as stored_silences;
use super::write::silences;
use super::{ServerHistory, ServerHistoryError, check_version};
use crate::database::error::DatabaseError;
use crate::database::kept::{BoundValue, KeptConnection};
use crate::database::parameters::ParametersError;
use crate::history::act;
use crate::history::append::{has_column, head};
use crate::history::chain::{ACTS, CHANGES, ChainHash, ChainTable};
use crate::history::connection::open_to_read;
use crate::history::marks::RemovedRows;
use crate::history::values::PackedBlock;

/// The time for one statement.
const COPYING: Duration = Duration::from_secs(120);

/// The rows in one statement.
const ROWS: u32 = 5000;

/// The bytes of blocks in one statement, and the number of blocks that are read at a time.
const BYTES: usize = 4 << 20;
const BLOCKS: i64 = 500;

/// The tables, in the order in which they are reported.
const TABLES: [&str; 6] = ["latest", "change", "act", "silence", "sample", "watched"];

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum HistoryCopyError {
    /// The parameters of the connection are wrong.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// The server or its tables cannot be used.
    #[error("the history in {place}: {source}. Nothing was copied")]
    Server {
        /// The database and its server.
        place: String,
        /// The cause.
        source: Box<ServerHistoryError>,
    },
    /// The file cannot be read.
    #[error("the history {}: {cause}. Nothing was copied", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause. That of itself repeats it.
        cause: rusqlite::Error,
    },
    /// The tables are in use.
    #[error("{0}. Copy before the first node starts. Nothing was copied")]
    InUse(String),
    /// Rows are missing.
    #[error("table {table} has {found} rows instead of {expected}. Nothing was copied")]
    Count {
        /// The table.
        table: &'static str,
        /// The rows of the file.
        expected: i64,
        /// The rows on the server.
        found: i64,
    },
}

enum CopyFailure {
    File(rusqlite::Error),
    Server(Box<ServerHistoryError>),
    Other(HistoryCopyError),
}

impl From<rusqlite::Error> for CopyFailure {
    fn from(error: rusqlite::Error) -> CopyFailure {
        CopyFailure::File(error)
    }
}

impl From<ServerHistoryError> for CopyFailure {
    fn from(error: ServerHistoryError) -> CopyFailure {
        CopyFailure::Server(Box::new(error))
    }
}

impl From<DatabaseError> for CopyFailure {
    fn from(error: DatabaseError) -> CopyFailure {
        CopyFailure::Server(Box::new(error.into()))
    }
}

/// Copies the history of a file to the server with these keywords of libpq. Returns what was copied, for the user.
pub fn copy(path: &Path, keywords: &[(String, String)]) -> Result<String, HistoryCopyError> {
    let history = ServerHistory::given(keywords)?;
    let copied = copy_all(path, &history);
    let counts = copied.map_err(|failure| match failure {
        CopyFailure::File(cause) => HistoryCopyError::File { path: path.to_owned(), cause },
        CopyFailure::Server(source) => {
            HistoryCopyError::Server { place: history.to_string(), source }
        }
        CopyFailure::Other(error) => error,
    })?;
    let counts = TABLES.iter().zip(counts).map(|(table, count)| format!("  {table:8} {count}\n"));
    Ok(format!("copied to {history}:\n{}", counts.collect::<String>()))
}

fn copy_all(path: &Path, history: &ServerHistory) -> Result<[i64; 6], CopyFailure> {
    let file = open_to_read(path)?;
    // What another process writes meanwhile is left out.
    file.execute_batch("BEGIN")?;
    let mut server = history.long_connection(COPYING).map_err(ServerHistoryError::Start)?;
    check_version(&mut server)?;
    server.run("BEGIN")?;
    if number(
        &mut server,
        "SELECT count(*) FROM posemo_history.node WHERE until > pg_catalog.clock_timestamp()",
    )? > 0
    {
        let in_use = "a node uses the tables on the server".to_owned();
        return Err(CopyFailure::Other(HistoryCopyError::InUse(in_use)));
    }
    for table in TABLES {
        if number(&mut server, &format!("SELECT count(*) FROM posemo_history.{table}"))? > 0 {
            let in_use = format!("table {table} on the server is not empty");
            return Err(CopyFailure::Other(HistoryCopyError::InUse(in_use)));
        }
    }
    copy_packed(&file, &mut server, ("latest", "target, at, state"))?;
    copy_chain(&file, &mut server, &CHANGES)?;
    copy_chain(&file, &mut server, &ACTS)?;
    copy_heads(&file, &mut server)?;
    copy_silences(&file, &mut server)?;
    copy_samples(&file, &mut server)?;
    copy_packed(&file, &mut server, ("watched", "target, day, data"))?;
    let mut counts = [0; 6];
    for (count, table) in counts.iter_mut().zip(TABLES) {
        let statement = format!("SELECT count(*) FROM {table}");
        let expected = file.query_row(&statement, [], |row| row.get(0))?;
        let found = number(&mut server, &format!("SELECT count(*) FROM posemo_history.{table}"))?;
        if found != expected {
            let error = HistoryCopyError::Count { table, expected, found };
            return Err(CopyFailure::Other(error));
        }
        *count = found;
    }
    server.run("COMMIT")?;
    server.close();
    Ok(counts)
}

fn number(server: &mut KeptConnection, statement: &str) -> Result<i64, DatabaseError> {
    let rows = server.rows(statement, &[])?;
    Ok(rows.first().map(|row| row.number(0)).transpose()?.flatten().unwrap_or(0))
}

/// Copies packed rows: a target, a number and bytes.
fn copy_packed(
    file: &Connection,
    server: &mut KeptConnection,
    (table, columns): (&str, &str),
) -> Result<(), CopyFailure> {
    let mut statement = file.prepare(&format!("SELECT {columns} FROM {table}"))?;
    let insert =
        format!("INSERT INTO posemo_history.{table} ({columns}) SELECT * FROM unnest($1, $2, $3)");
    let mut rows = statement.query([])?;
    let mut is_end = false;
    while !is_end {
        let (mut names, mut numbers, mut packed) = (Vec::<String>::new(), Vec::new(), Vec::new());
        let mut bytes = 0;
        while bytes < BYTES {
            let Some(row) = rows.next()? else {
                is_end = true;
                break;
            };
            names.push(row.get(0)?);
            numbers.push(row.get(1)?);
            let data: Vec<u8> = row.get(2)?;
            bytes += data.len() + 1000;
            packed.push(data);
        }
        let values = [
            BoundValue::texts(names.iter().map(String::as_str)),
            BoundValue::numbers(numbers),
            BoundValue::Bytes(packed),
        ];
        server.rows(&insert, &values)?;
    }
    Ok(())
}

/// Copies the rows of a chain with their numbers and hashes, so that the chain goes on.
fn copy_chain(
    file: &Connection,
    server: &mut KeptConnection,
    table: &'static ChainTable,
) -> Result<(), CopyFailure> {
    let (name, columns) = (table.name, table.list());
    let hash = if has_column(file, table)? { "hash" } else { "NULL" };
    let some = format!("SELECT {columns}, {hash} FROM {name} WHERE seq > ?1 ORDER BY seq LIMIT ?2");
    let mut statement = file.prepare(&some)?;
    let places: Vec<String> = (1..=table.columns.len()).map(|place| format!("${place}")).collect();
    let insert = format!(
        "INSERT INTO posemo_history.{name} ({columns}, hash) OVERRIDING SYSTEM VALUE
         SELECT {columns}, NULLIF(hash, '\\x') FROM unnest({}, ${}) AS c({columns}, hash)",
        places.join(", "),
        places.len() + 1
    );
    let mut after = 0;
    loop {
        let mut numbers = [Vec::new(), Vec::new()];
        let mut texts = vec![Vec::new(); table.columns.len() - 2];
        let mut hashes = Vec::new();
        let mut rows = statement.query(params![after, ROWS])?;
        while let Some(row) = rows.next()? {
            for (position, column) in numbers.iter_mut().enumerate() {
                column.push(row.get::<_, i64>(position)?);
            }
            for (position, column) in texts.iter_mut().enumerate() {
                column.push(row.get::<_, Option<String>>(position + 2)?);
            }
            hashes.push(row.get::<_, Option<Vec<u8>>>(table.columns.len())?.unwrap_or_default());
        }
        let Some(last) = numbers[0].last() else { return Ok(()) };
        after = *last;
        let mut values: Vec<BoundValue> = numbers.into_iter().map(BoundValue::numbers).collect();
        values.extend(
            texts
                .iter()
                .map(|column| BoundValue::optional_texts(column.iter().map(Option::as_deref))),
        );
        values.push(BoundValue::Bytes(hashes));
        server.rows(&insert, &values)?;
    }
}

/// Continues the chains after the last rows of the file.
fn copy_heads(file: &Connection, server: &mut KeptConnection) -> Result<(), CopyFailure> {
    let mut removed = RemovedRows::read(file)?;
    let number = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
    for table in [&ACTS, &CHANGES] {
        let name = table.name;
        let last = file.query_row(number, [name], |row| row.get::<_, i64>(0)).optional()?;
        let removed = *removed.of(table);
        let newest = if has_column(file, table)? { head(file, table)? } else { None };
        let hash = newest.map(|(_, hash)| hash).or(removed.hash).unwrap_or(ChainHash::START);
        let hashes = [Some(hash), removed.hash];
        let bytes = hashes.map(|hash| hash.map_or_else(Vec::new, |hash| hash.bytes().to_vec()));
        let updated = server.rows(
            &format!(
                "UPDATE posemo_history.chain SET {name}_seq = $1, {name}_hash = ($2)[1],
                     {name}_removed = $3, {name}_removed_hash = NULLIF(($2)[2], '\\x'), sealed = 0
                 RETURNING {name}_seq"
            ),
            &[
                BoundValue::number(last.unwrap_or(0)),
                BoundValue::Bytes(bytes.to_vec()),
                BoundValue::number(removed.seq),
            ],
        )?;
        if updated.is_empty() {
            return Err(ServerHistoryError::NoHead.into());
        }
    }
    Ok(())
}

fn copy_silences(file: &Connection, server: &mut KeptConnection) -> Result<(), CopyFailure> {
    server.rows(
        "INSERT INTO posemo_history.silence SELECT * FROM
             unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        &silences(&act::silences(file)?),
    )?;
    // They are read as the nodes read them.
    stored_silences(server)?;
    Ok(())
}

fn copy_samples(file: &Connection, server: &mut KeptConnection) -> Result<(), CopyFailure> {
    let mut statement = file.prepare(
        "SELECT rowid, kind, target, start, until, data FROM sample
         WHERE rowid > ?1 ORDER BY rowid LIMIT ?2",
    )?;
    let block = |row: &Row<'_>| {
        let block = PackedBlock {
            target: row.get(2)?,
            span: (row.get(3)?, row.get(4)?),
            data: row.get(5)?,
        };
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, block))
    };
    let mut after = -1;
    loop {
        let some = statement.query_map(params![after, BLOCKS], block)?;
        let some = some.collect::<rusqlite::Result<Vec<_>>>()?;
        let Some((last, ..)) = some.last() else { return Ok(()) };
        after = *last;
        let mut rest = &some[..];
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |(_, _, block): &&(i64, i64, PackedBlock)| {
                bytes += block.data.len();
                bytes <= BYTES
            };
            let count = rest.iter().take_while(fits).count().max(1);
            let (now, later) = rest.split_at(count);
            rest = later;
            let values = [
                BoundValue::numbers(now.iter().map(|(_, kind, _)| *kind)),
                BoundValue::texts(now.iter().map(|(_, _, block)| block.target.as_str())),
                BoundValue::numbers(now.iter().map(|(_, _, block)| block.span.0)),
                BoundValue::numbers(now.iter().map(|(_, _, block)| block.span.1)),
                BoundValue::Bytes(now.iter().map(|(_, _, block)| block.data.clone()).collect()),
            ];
            server.rows(
                "INSERT INTO posemo_history.sample (kind, target, start, until, data)
                 SELECT * FROM unnest($1, $2, $3, $4, $5)",
                &values,
            )?;
        }
    }
}
