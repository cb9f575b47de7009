//! Removes the oldest rows of the chains, and notes the hash of the last one: what remains can be verified from there.

use jiff::Timestamp;

use super::chained::{HEAD, append, heads};
use crate::database::error::DatabaseError;
use crate::database::kept::{BoundValue, KeptConnection};
use crate::history::act_kind::ActKind;
use crate::history::chain::{ACTS, ChainTable};
use crate::history::limit::Kept;
use crate::history::marks::POSEMO;
use crate::history::removal::{MARGIN, MOST_ACTS};

/// The rows that one statement removes.
const ROWS: i64 = 5000;

/// Removes rows from before a time. Returns whether it removed one.
pub(super) fn remove_old(
    connection: &mut KeptConnection,
    table: &'static ChainTable,
    kept: &Kept,
    alone: &str,
) -> Result<bool, DatabaseError> {
    // A chain loses only its beginning.
    let oldest = format!(
        "SELECT max(seq) FROM (
             SELECT seq, bool_and(at < $1) OVER (ORDER BY seq) AS is_old
             FROM (SELECT seq, at FROM posemo_history.{} ORDER BY seq LIMIT $2) AS o
         ) AS s WHERE is_old",
        table.name
    );
    let values = [BoundValue::number(kept.changes.as_millisecond()), BoundValue::number(ROWS)];
    let rows = connection.rows(&oldest, &values)?;
    match rows.first().map(|row| row.number(0)).transpose()?.flatten() {
        Some(until) => remove(connection, table, until, (kept.now, "too old"), alone),
        None => Ok(false),
    }
}

/// Removes acts if there are too many. Returns whether it removed one.
pub(super) fn remove_surplus(
    connection: &mut KeptConnection,
    kept: &Kept,
    alone: &str,
) -> Result<bool, DatabaseError> {
    let ends = "SELECT min(seq), max(seq) FROM posemo_history.act";
    let rows = connection.rows(ends, &[])?;
    let Some(row) = rows.first() else { return Ok(false) };
    let (Some(first), Some(last)) = (row.number(0)?, row.number(1)?) else { return Ok(false) };
    if last.saturating_sub(first) < MOST_ACTS {
        return Ok(false);
    }
    let until = first.saturating_add(ROWS - 1).min(last - MOST_ACTS + MARGIN);
    remove(connection, &ACTS, until, (kept.now, "too many"), alone)
}

/// Removes the rows up to a number, unless another node has done it meanwhile.
fn remove(
    connection: &mut KeptConnection,
    table: &'static ChainTable,
    until: i64,
    (now, why): (Timestamp, &str),
    alone: &str,
) -> Result<bool, DatabaseError> {
    let name = table.name;
    let up_to = |of: &str| {
        let (seq, hash) = if of == name {
            ("d.seq".to_owned(), "d.hash".to_owned())
        } else {
            (format!("s.{of}_removed"), format!("s.{of}_removed_hash"))
        };
        format!("{seq} || ' (' || COALESCE(pg_catalog.encode({hash}, 'hex'), 'no hash') || ')'")
    };
    let source = format!(
        "SELECT $2 AS at, '{POSEMO}'::text AS who, '{}'::text AS what,
             'acts up to ' || {} || ', changes up to ' || {} || '; ' || $3 AS detail, 1 AS place
         FROM head AS s, last AS d",
        ActKind::Remove.name(),
        up_to("act"),
        up_to("change")
    );
    let act = append(&ACTS, &source);
    let noted = format!(
        ", {name}_removed = (SELECT seq FROM last), {name}_removed_hash = (SELECT hash FROM last)"
    );
    let heads = heads(&[&ACTS], &noted);
    let statement = format!(
        "WITH RECURSIVE {alone}, go AS MATERIALIZED (SELECT 1 AS id FROM alone WHERE got),{HEAD},
         last AS MATERIALIZED (
             SELECT o.seq, o.hash FROM head AS h, LATERAL (
                 SELECT seq, hash FROM posemo_history.{name} WHERE seq <= $1 ORDER BY seq DESC LIMIT 1
             ) AS o WHERE o.seq > h.{name}_removed
         ), gone AS (
             DELETE FROM posemo_history.{name} AS o USING last WHERE o.seq <= last.seq
         ),{act},{heads}
         SELECT seq FROM last"
    );
    let values = [
        BoundValue::number(until),
        BoundValue::number(now.as_millisecond()),
        BoundValue::text(why),
    ];
    Ok(!connection.rows(&statement, &values)?.is_empty())
}
