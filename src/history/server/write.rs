//! Writes what waits, in one statement: all of it or nothing, and only as long as the lease of the node lasts.
//!
//! A statement whose answer is lost is sent again with its number, and is carried out once. If another node removed this one
//! meanwhile, those of its acts that are missing are written again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::ServerHistoryError;
use super::chained::{HEAD, START, append, heads};
use crate::database::error::DatabaseError;
use crate::database::kept::{BoundValue, KeptConnection};
use crate::history::act::UserAct;
use crate::history::act_kind::ActKind;
use crate::history::chain::{ACTS, CHANGES, ChainHash};
use crate::history::change::StateChange;
use crate::history::marks::POSEMO;
use crate::history::runs::DayRuns;
use crate::history::silence::{COLUMNS as SILENCE, OwnSilence};
use crate::history::store::Unwritten;
use crate::history::values::PackedBlock;

/// What a batch contains. Each kind has its own numbers: one that waits for its answer does not hold up the other.
#[derive(Debug, Clone, Copy)]
pub(super) enum BatchKind {
    /// Changes, acts, silences and latest results.
    Changes,
    /// The values of metrics.
    Values,
}

/// The node $1 holds its lease, and has not written batch $2 of its kind yet. Without the heads of the chains, no batch is written.
fn fence(kind: BatchKind) -> String {
    let column = match kind {
        BatchKind::Changes => "batch",
        BatchKind::Values => "values_batch",
    };
    format!(
        "me AS (
             SELECT n.id FROM posemo_history.node AS n
             WHERE n.id = $1 AND n.until > pg_catalog.clock_timestamp() FOR KEY SHARE
         ), batch AS (
             INSERT INTO posemo_history.written AS w (node, {column}) SELECT me.id, $2 FROM me
             WHERE EXISTS (SELECT FROM posemo_history.chain)
             ON CONFLICT (node) DO UPDATE SET {column} = excluded.{column} WHERE w.{column} < excluded.{column}
             RETURNING w.node
         )"
    )
}

/// One row if the batch may be written.
const GO: &str = "go AS MATERIALIZED (SELECT batch.node AS id FROM batch)";

/// Whether the lease of the node lasts: 1, it has ended and can be renewed: 2, or another node has ended it: 3. Without the heads of
/// the chains: 4.
const FATE: &str = "
SELECT CASE WHEN NOT EXISTS (SELECT FROM posemo_history.chain) THEN 4::int8
    WHEN EXISTS (SELECT FROM me) THEN 1::int8
    WHEN EXISTS (SELECT FROM posemo_history.node WHERE id = $1) THEN 2::int8 ELSE 3::int8 END";

const CHANGED: &str = "
    SELECT c.* FROM go, unnest($3, $4, $5, $6, $7, $8, $9, $10, $11) WITH ORDINALITY
        AS c(at, target, \"check\", database, finding, object, was, became, summary, place)
    JOIN posemo_history.target AS t ON t.name = c.target
    WHERE t.node = go.id";

const ACTED: &str = "
    SELECT a.* FROM go, unnest($12, $13, $14, $15) WITH ORDINALITY AS a(at, who, what, detail, place)";

/// What a batch writes. Nodes write one after the other, as each locks the heads of the chains before it writes anything: the numbers
/// of changes rise in the order in which they can be read.
fn written() -> String {
    let (changes, acts) = (append(&CHANGES, CHANGED), append(&ACTS, ACTED));
    let heads = heads(&[&CHANGES, &ACTS], "");
    format!(
        "
{GO},{HEAD},{changes},{acts},{heads},
locked AS MATERIALIZED (SELECT go.id FROM go, head
), new_silence AS (
    INSERT INTO posemo_history.silence AS s ({SILENCE})
    SELECT n.* FROM locked, unnest($16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28) AS n({SILENCE})
    ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, ended_by = excluded.ended_by
    WHERE s.ended IS NULL AND excluded.ended IS NOT NULL
), new_latest AS (
    INSERT INTO posemo_history.latest (target, at, state)
    SELECT l.target, l.at, l.state FROM locked, unnest($29, $30, $31) AS l(target, at, state)
    JOIN posemo_history.target AS t ON t.name = l.target
    WHERE t.node = locked.id
    ON CONFLICT (target) DO UPDATE SET at = excluded.at, state = excluded.state
), given_back AS (
    UPDATE posemo_history.target AS t SET node = NULL FROM locked
    WHERE t.node = locked.id AND t.name = ANY ($32)
), new_watched AS (
    INSERT INTO posemo_history.watched (target, day, data)
    SELECT w.target, w.day, w.data FROM locked, unnest($33, $34, $35) AS w(target, day, data)
    JOIN posemo_history.target AS t ON t.name = w.target
    WHERE t.node = locked.id
    ON CONFLICT (target, day) DO UPDATE SET data = excluded.data
)"
    )
}

/// An act that confirms the changes that no act confirms yet.
fn sealed() -> String {
    let source = format!(
        "SELECT $3 AS at, '{POSEMO}'::text AS who, '{}'::text AS what,
             'changes up to ' || s.change_seq || ' (' || pg_catalog.encode(s.change_hash, 'hex') || ')' AS detail, 1 AS place
         FROM head AS s WHERE s.change_seq > s.sealed AND s.change_hash <> {START}",
        ActKind::Seal.name()
    );
    let (act, heads) = (append(&ACTS, &source), heads(&[&ACTS], ", sealed = h.change_seq"));
    format!("{GO},{HEAD},{act},{heads}")
}

const SAMPLES: &str = "
new_sample AS (
    INSERT INTO posemo_history.sample (kind, target, start, until, data)
    SELECT 0, s.target, s.start, s.until, s.data
    FROM batch, unnest($3, $4, $5, $6) AS s(target, start, until, data)
    JOIN posemo_history.target AS t ON t.name = s.target
    WHERE t.node = batch.node
)";

/// The latest results of targets, compressed.
pub(in crate::history) type SavedTargets = BTreeMap<String, (Timestamp, Vec<u8>)>;

/// Writes what waits, and gives targets back.
pub(super) fn write(
    connection: &mut KeptConnection,
    (node, batch): (i64, i64),
    waiting: &Unwritten,
    latest: &SavedTargets,
    given_back: &[String],
) -> Result<(), ServerHistoryError> {
    let mut values = vec![BoundValue::number(node), BoundValue::number(batch)];
    values.extend(changes(&waiting.changes));
    values.extend(acts(&waiting.acts));
    values.extend(silences(&waiting.silences));
    values.push(BoundValue::texts(latest.keys().map(String::as_str)));
    values.push(BoundValue::numbers(latest.values().map(|(at, _)| at.as_millisecond())));
    values.push(BoundValue::Bytes(latest.values().map(|(_, state)| state.clone()).collect()));
    values.push(BoundValue::texts(given_back.iter().map(String::as_str)));
    let (names, days): (Vec<&str>, Vec<i64>) =
        waiting.runs.keys().map(|(target, day)| (target.as_str(), *day)).unzip();
    values.push(BoundValue::texts(names));
    values.push(BoundValue::numbers(days));
    values.push(BoundValue::Bytes(waiting.runs.values().map(DayRuns::pack).collect()));
    fenced(connection, BatchKind::Changes, &written(), &values)
}

/// Confirms the changes with an act. Returns the newest act and its hash.
pub(super) fn seal(
    connection: &mut KeptConnection,
    (node, batch): (i64, i64),
    now: Timestamp,
) -> Result<Option<(i64, ChainHash)>, ServerHistoryError> {
    let values = [node, batch, now.as_millisecond()].map(BoundValue::number);
    fenced(connection, BatchKind::Changes, &sealed(), &values)?;
    let rows = connection.rows("SELECT act_seq, act_hash FROM posemo_history.chain", &[])?;
    let Some(row) = rows.first() else { return Ok(None) };
    let hash = row.bytes(1)?.and_then(|hash| ChainHash::of_bytes(&hash));
    Ok(row.number(0)?.zip(hash.filter(|hash| *hash != ChainHash::START)))
}

/// Writes the values of metrics.
pub(super) fn write_values(
    connection: &mut KeptConnection,
    (node, batch): (i64, i64),
    blocks: &[PackedBlock],
) -> Result<(), ServerHistoryError> {
    let values = [
        BoundValue::number(node),
        BoundValue::number(batch),
        BoundValue::texts(blocks.iter().map(|block| block.target.as_str())),
        BoundValue::numbers(blocks.iter().map(|block| block.span.0)),
        BoundValue::numbers(blocks.iter().map(|block| block.span.1)),
        BoundValue::Bytes(blocks.iter().map(|block| block.data.clone()).collect()),
    ];
    fenced(connection, BatchKind::Values, SAMPLES, &values)
}

/// Runs parts of a statement, which write what they write for `batch`. $1 is the node, $2 the number of the batch.
pub(super) fn fenced(
    connection: &mut KeptConnection,
    kind: BatchKind,
    parts: &str,
    values: &[BoundValue],
) -> Result<(), ServerHistoryError> {
    let fence = fence(kind);
    let fate = connection.repeatable(&format!("WITH RECURSIVE {fence},{parts}{FATE}"), values)?;
    match fate.first().map(|row| row.number(0)).transpose()?.flatten() {
        Some(1) => Ok(()),
        Some(2) => Err(ServerHistoryError::LeaseExpired),
        Some(4) => Err(ServerHistoryError::NoHead),
        _ => Err(ServerHistoryError::LeaseEnded),
    }
}

/// The positions of the acts that are not in the table. An act of the same millisecond, user, kind and text is the same one.
pub(super) fn missing_acts(
    connection: &mut KeptConnection,
    all: &[UserAct],
) -> Result<BTreeSet<usize>, DatabaseError> {
    let missing = "
SELECT a.place - 1 FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS a(at, who, what, detail, place)
WHERE NOT EXISTS (
    SELECT FROM posemo_history.act AS known
    WHERE known.at = a.at AND known.who = a.who AND known.what = a.what AND known.detail = a.detail
)";
    let rows = connection.repeatable(missing, &acts(all))?;
    let places = rows.iter().filter_map(|row| row.number(0).transpose());
    places.map(|place| Ok(usize::try_from(place?).unwrap_or(usize::MAX))).collect()
}

/// The columns of changes.
pub(super) fn changes(all: &[StateChange]) -> [BoundValue; 9] {
    [
        BoundValue::numbers(all.iter().map(|one| one.at.as_millisecond())),
        BoundValue::texts(all.iter().map(|one| one.target.as_str())),
        BoundValue::texts(all.iter().map(|one| one.check.as_str())),
        BoundValue::optional_texts(all.iter().map(|one| one.database.as_deref())),
        BoundValue::texts(all.iter().map(|one| one.finding.as_str())),
        BoundValue::optional_texts(all.iter().map(|one| one.object.as_deref())),
        BoundValue::texts(all.iter().map(|one| one.was.name())),
        BoundValue::texts(all.iter().map(|one| one.became.name())),
        BoundValue::texts(all.iter().map(|one| one.summary.as_str())),
    ]
}

/// The columns of acts.
pub(super) fn acts(all: &[UserAct]) -> [BoundValue; 4] {
    [
        BoundValue::numbers(all.iter().map(|act| act.at.as_millisecond())),
        BoundValue::texts(all.iter().map(|act| act.who.as_str())),
        BoundValue::texts(all.iter().map(|act| act.what.as_str())),
        BoundValue::texts(all.iter().map(|act| act.detail.as_str())),
    ]
}

/// The columns of silences.
pub(super) fn silences(all: &[OwnSilence]) -> Vec<BoundValue> {
    let scope = |part: usize| {
        BoundValue::optional_texts(all.iter().map(move |one| one.scope.parts()[part].1))
    };
    let ended = all.iter().map(|one| one.ended.as_ref().map(|end| end.at.as_millisecond()));
    let by = all.iter().map(|one| one.ended.as_ref().map(|end| end.by.as_str()));
    vec![
        BoundValue::texts(all.iter().map(|one| one.id.as_str())),
        scope(0),
        scope(1),
        scope(2),
        scope(3),
        scope(4),
        scope(5),
        BoundValue::numbers(all.iter().map(|one| one.at.as_millisecond())),
        BoundValue::numbers(all.iter().map(|one| one.until.as_millisecond())),
        BoundValue::texts(all.iter().map(|one| one.by.as_str())),
        BoundValue::texts(all.iter().map(|one| one.why.as_str())),
        BoundValue::Numbers(ended.collect()),
        BoundValue::optional_texts(by),
    ]
}
