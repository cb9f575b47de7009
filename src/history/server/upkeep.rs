//! Keeps the tables small: blocks are joined, and what is too old is removed.
//!
//! A node joins the blocks of the targets that it holds. One node at a time removes what is old.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::write::{BatchKind, fenced};
use super::{ServerHistoryError, oldest};
use crate::database::error::DatabaseError;
use crate::database::kept::{BoundValue, KeptConnection};
use crate::history::act::KEPT;
use crate::history::chain::{ACTS, CHANGES};
use crate::history::limit::Kept;
use crate::history::rollup::HOUR;
use crate::history::runs::day_of;
use crate::history::values::{Joining, LATE};
use crate::history::wanted::{DAY, DAYS, LARGEST, PARTS, ROLLUPS, WHOLE};

/// The time after which a call ends.
const STEP: Duration = Duration::from_millis(200);

/// The rows that one statement removes.
const ROWS: i64 = 5000;

/// The blocks that one statement removes.
const BLOCKS: i64 = 500;

/// The bytes of the blocks that are joined to one.
const BYTES: i64 = 64 << 20;

/// The targets whose blocks are joined in one step.
const TARGETS: i64 = 10;

/// The lock of the node that removes what is old, until the end of its statement.
const ALONE: &str =
    "alone AS MATERIALIZED (SELECT pg_catalog.pg_try_advisory_xact_lock(7309464786) AS got)";

/// Joins blocks. `batch` numbers the statements that write. Returns whether more may remain.
pub(super) fn join(
    connection: &mut KeptConnection,
    node: i64,
    batch: &mut i64,
    now: i64,
) -> Result<bool, ServerHistoryError> {
    let end = Instant::now() + STEP;
    for (kinds, period) in [([PARTS, WHOLE], HOUR), ([ROLLUPS, DAYS], DAY)] {
        loop {
            let before = (now - LATE).div_euclid(period) * period;
            let values = [
                BoundValue::number(kinds[0]),
                BoundValue::number(before),
                BoundValue::number(period),
                BoundValue::number(node),
                BoundValue::number(TARGETS),
                BoundValue::number(LARGEST),
            ];
            let found = connection.rows(
                "SELECT DISTINCT s.target, s.start / $3 FROM posemo_history.sample AS s
                 JOIN posemo_history.target AS t ON t.name = s.target
                 WHERE s.kind = $1 AND s.start >= 0 AND s.start < $2 AND t.node = $4
                     AND pg_catalog.octet_length(s.data) <= $6 LIMIT $5",
                &values,
            )?;
            for row in &found {
                let target = row.text(0)?.unwrap_or_default();
                let start = row.number(1)?.unwrap_or(0) * period;
                *batch += 1;
                join_target(connection, (node, *batch), kinds, &target, (start, start + period))?;
            }
            if found.is_empty() {
                break;
            }
            if Instant::now() >= end {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn join_target(
    connection: &mut KeptConnection,
    (node, batch): (i64, i64),
    [from, to]: [i64; 2],
    target: &str,
    (start, end): (i64, i64),
) -> Result<(), ServerHistoryError> {
    let values = [
        BoundValue::number(from),
        BoundValue::text(target),
        BoundValue::number(start),
        BoundValue::number(end),
        BoundValue::number(LARGEST),
        BoundValue::number(BYTES),
    ];
    // What has no room becomes another block of the same time with the next call.
    let rows = connection.rows(
        "SELECT id, data FROM (
             SELECT s.id, s.data, sum(pg_catalog.octet_length(s.data)) OVER (ORDER BY s.id) AS bytes
             FROM posemo_history.sample AS s
             WHERE s.kind = $1 AND s.target = $2 AND s.start >= $3 AND s.start < $4
                 AND pg_catalog.octet_length(s.data) <= $5
         ) AS b WHERE bytes <= $6 ORDER BY id LIMIT 5000",
        &values,
    )?;
    let mut joining = Joining::default();
    let mut ids = Vec::new();
    for row in &rows {
        ids.push(row.number(0)?);
        joining.take_in(target, &row.bytes(1)?.unwrap_or_default());
    }
    let blocks = joining.finish(target, to);
    let values = [
        BoundValue::number(node),
        BoundValue::number(batch),
        BoundValue::Numbers(ids),
        BoundValue::text(target),
        BoundValue::numbers(blocks.iter().map(|(kind, _)| *kind)),
        BoundValue::numbers(blocks.iter().map(|(_, block)| block.span.0)),
        BoundValue::numbers(blocks.iter().map(|(_, block)| block.span.1)),
        BoundValue::Bytes(blocks.iter().map(|(_, block)| block.data.clone()).collect()),
    ];
    // A call whose answer was lost may have joined them meanwhile.
    let parts = "
        removed AS (
            DELETE FROM posemo_history.sample AS s USING batch WHERE s.id = ANY ($3) RETURNING s.id
        ), joined AS (
            INSERT INTO posemo_history.sample (kind, target, start, until, data)
            SELECT b.kind, $4, b.start, b.until, b.data
            FROM batch, unnest($5, $6, $7, $8) AS b(kind, start, until, data)
            WHERE EXISTS (SELECT FROM removed)
        )";
    fenced(connection, BatchKind::Values, parts, &values)
}

/// Removes what is too old, and values if there are too many. Returns whether more may remain.
pub(super) fn remove_old(
    connection: &mut KeptConnection,
    kept: &Kept,
) -> Result<bool, DatabaseError> {
    let ended = kept.now.checked_sub(KEPT).unwrap_or(Timestamp::MIN).as_millisecond();
    let before = |time: Timestamp| BoundValue::number(time.as_millisecond());
    let rows = BoundValue::number(ROWS);
    connection.rows(
        &format!("WITH {ALONE} DELETE FROM posemo_history.silence USING alone WHERE got AND (until < $1 OR ended < $1)"),
        &[BoundValue::number(ended)],
    )?;
    // A target that no node has in its settings is forgotten after a day.
    connection.run(&format!(
        "WITH {ALONE}, gone AS (
             DELETE FROM posemo_history.target AS t USING alone
             WHERE got AND t.node IS NULL AND t.seen < pg_catalog.clock_timestamp() - interval '1 day'
             RETURNING t.name
         ) DELETE FROM posemo_history.latest AS l USING gone WHERE l.target = gone.name"
    ))?;
    let mut is_more = oldest::remove_old(connection, &CHANGES, kept, ALONE)?;
    is_more |= oldest::remove_old(connection, &ACTS, kept, ALONE)?;
    is_more |= oldest::remove_surplus(connection, kept, ALONE)?;
    connection.rows(
        &format!(
            "WITH {ALONE} DELETE FROM posemo_history.watched USING alone WHERE got AND day < $1"
        ),
        &[BoundValue::number(day_of(kept.changes))],
    )?;
    let mut removed = 0;
    // Parts are joined, unless no node has their target any more.
    let kinds =
        [(PARTS, kept.hours), (WHOLE, kept.values), (ROLLUPS, kept.hours), (DAYS, kept.hours)];
    for (kind, time) in kinds {
        let statement = format!(
            "WITH {ALONE} DELETE FROM posemo_history.sample AS o USING alone WHERE got AND o.id IN
                 (SELECT id FROM posemo_history.sample WHERE kind = $3 AND (start < $1 AND until < $1 OR start < 0) LIMIT $2)
             RETURNING 1::int8"
        );
        let values = [before(time), rows.clone(), BoundValue::number(kind)];
        removed += connection.rows(&statement, &values)?.len();
    }
    removed += shrink(connection, kept.most)?;
    Ok(is_more || i64::try_from(removed).unwrap_or(ROWS) >= BLOCKS)
}

/// Removes the oldest blocks if all are larger than the limit: values first, then rollups.
fn shrink(connection: &mut KeptConnection, most: u64) -> Result<usize, DatabaseError> {
    let bytes = connection.rows(
        "SELECT CAST(COALESCE(pg_catalog.sum(pg_catalog.octet_length(data)), 0) AS pg_catalog.int8) FROM posemo_history.sample",
        &[],
    )?;
    let bytes = bytes.first().map(|row| row.number(0)).transpose()?.flatten().unwrap_or(0);
    if u64::try_from(bytes).unwrap_or(0) <= most {
        return Ok(0);
    }
    for kind in [WHOLE, PARTS, DAYS, ROLLUPS] {
        let statement = format!(
            "WITH {ALONE} DELETE FROM posemo_history.sample AS o USING alone WHERE got AND o.id IN
                 (SELECT id FROM posemo_history.sample WHERE kind = $1 ORDER BY start LIMIT $2)
             RETURNING 1::int8"
        );
        let values = [BoundValue::number(kind), BoundValue::number(BLOCKS)];
        let removed = connection.rows(&statement, &values)?.len();
        if removed > 0 {
            return Ok(removed);
        }
    }
    Ok(0)
}
