//! The statements of a node: it joins, renews its lease, and holds targets. Only the clock of the server is used.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::database::error::DatabaseError;
use crate::database::kept::{BoundValue, KeptConnection, StoredRow};

/// A node, as the others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedNode {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether its lease lasts.
    pub is_alive: bool,
    /// The version of posemo.
    pub version: String,
    /// The hash of its targets and checks.
    pub settings_hash: String,
    /// The number of targets that it holds.
    pub targets: i64,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFacts {
    /// Its name.
    pub name: String,
    /// The hash of its targets and checks.
    pub settings_hash: String,
    /// How long its lease lasts without a sign of life.
    pub lease: Duration,
}

fn milliseconds(time: Duration) -> BoundValue {
    BoundValue::number(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}

const UNTIL: &str = "pg_catalog.clock_timestamp() + $1 * interval '1 millisecond'";

/// Joins, and returns the number of the node. At the start of a process, a node with the same name is that of an earlier one, and
/// loses its lease.
pub(super) fn join(
    connection: &mut KeptConnection,
    facts: &NodeFacts,
    is_start: bool,
) -> Result<i64, DatabaseError> {
    if is_start {
        let name = [BoundValue::text(&facts.name)];
        connection.rows("DELETE FROM posemo_history.node WHERE name = $1", &name)?;
    }
    let statement = format!(
        "INSERT INTO posemo_history.node (name, until, version, settings_hash)
         VALUES ($2, {UNTIL}, $3, $4) RETURNING id"
    );
    let values = [
        milliseconds(facts.lease),
        BoundValue::text(&facts.name),
        BoundValue::text(env!("CARGO_PKG_VERSION")),
        BoundValue::text(&facts.settings_hash),
    ];
    let rows = connection.rows(&statement, &values)?;
    Ok(rows.first().map(|row| row.number(0)).transpose()?.flatten().unwrap_or(0))
}

/// Renews the lease, also one that has ended while no other node removed it. Returns whether the node still exists.
pub(super) fn beat(
    connection: &mut KeptConnection,
    node: i64,
    facts: &NodeFacts,
) -> Result<bool, DatabaseError> {
    let statement = format!(
        "UPDATE posemo_history.node SET until = {UNTIL}, settings_hash = $3 WHERE id = $2 RETURNING id"
    );
    let values = [
        milliseconds(facts.lease),
        BoundValue::number(node),
        BoundValue::text(&facts.settings_hash),
    ];
    Ok(!connection.repeatable(&statement, &values)?.is_empty())
}

/// Removes the nodes whose lease has ended, so that their targets are free. Returns their names.
pub(super) fn remove_dead(
    connection: &mut KeptConnection,
    node: i64,
) -> Result<Vec<String>, DatabaseError> {
    let rows = connection.rows(
        "DELETE FROM posemo_history.node AS n WHERE n.id IN (
             SELECT d.id FROM posemo_history.node AS d
             WHERE d.until < pg_catalog.clock_timestamp() AND d.id <> $1 FOR UPDATE SKIP LOCKED
         ) RETURNING pg_catalog.substr(n.name, 1, 300)",
        &[BoundValue::number(node)],
    )?;
    rows.iter().map(|row| Ok(row.text(0)?.unwrap_or_default())).collect()
}

/// Leaves: the targets of the node are free.
pub(super) fn leave(connection: &mut KeptConnection, node: i64) -> Result<(), DatabaseError> {
    let statement = "DELETE FROM posemo_history.node WHERE id = $1";
    connection.rows(statement, &[BoundValue::number(node)]).map(|_| ())
}

/// All nodes.
pub(super) fn nodes(connection: &mut KeptConnection) -> Result<Vec<ListedNode>, DatabaseError> {
    let [name, version, hash] = ["n.name", "n.version", "n.settings_hash"].map(short);
    let statement = format!(
        "SELECT n.id, {name}, CASE WHEN n.until > pg_catalog.clock_timestamp() THEN 1::int8 END,
             {version}, {hash}, (SELECT count(*) FROM posemo_history.target AS t WHERE t.node = n.id)
         FROM posemo_history.node AS n ORDER BY n.name, n.id LIMIT 1000"
    );
    let rows = connection.rows(&statement, &[])?;
    let node = |row: &StoredRow| {
        Ok(ListedNode {
            id: row.number(0)?.unwrap_or(0),
            name: row.text(1)?.unwrap_or_default(),
            is_alive: row.number(2)?.is_some(),
            version: row.text(3)?.unwrap_or_default(),
            settings_hash: row.text(4)?.unwrap_or_default(),
            targets: row.number(5)?.unwrap_or(0),
        })
    };
    rows.iter().map(node).collect()
}

/// Registers the targets of the settings.
pub(super) fn register(
    connection: &mut KeptConnection,
    targets: &BTreeSet<String>,
) -> Result<(), DatabaseError> {
    let values = [BoundValue::texts(targets.iter().map(String::as_str))];
    connection.rows(
        "INSERT INTO posemo_history.target (name, seen)
         SELECT n.name, pg_catalog.clock_timestamp() FROM unnest($1) AS n(name)
         WHERE NOT EXISTS (
             SELECT FROM posemo_history.target AS k
             WHERE k.name = n.name AND k.seen > pg_catalog.clock_timestamp() - interval '1 hour'
         ) ORDER BY n.name
         ON CONFLICT (name) DO UPDATE SET seen = excluded.seen",
        &values,
    )?;
    Ok(())
}

/// Takes at most a number of free targets, and returns all targets that the node holds.
pub(super) fn claim(
    connection: &mut KeptConnection,
    node: i64,
    targets: &BTreeSet<String>,
    most: usize,
) -> Result<BTreeSet<String>, DatabaseError> {
    let names = BoundValue::texts(targets.iter().map(String::as_str));
    let most = BoundValue::number(i64::try_from(most).unwrap_or(0));
    connection.rows(
        "WITH me AS (
             SELECT n.id FROM posemo_history.node AS n
             WHERE n.id = $1 AND n.until > pg_catalog.clock_timestamp() FOR KEY SHARE
         ), free AS (
             SELECT f.name FROM posemo_history.target AS f
             WHERE f.node IS NULL AND f.name = ANY ($2) LIMIT $3 FOR UPDATE SKIP LOCKED
         )
         UPDATE posemo_history.target AS t SET node = me.id FROM me, free WHERE t.name = free.name",
        &[BoundValue::number(node), names.clone(), most],
    )?;
    // A target that was removed from the settings is for a node that still has it.
    connection.rows(
        "UPDATE posemo_history.target SET node = NULL WHERE node = $1 AND name <> ALL ($2)",
        &[BoundValue::number(node), names],
    )?;
    let rows = connection.rows(
        "SELECT name FROM posemo_history.target WHERE node = $1",
        &[BoundValue::number(node)],
    )?;
    rows.iter().map(|row| Ok(row.text(0)?.unwrap_or_default())).collect()
}

/// The names of the nodes that hold these targets; empty for one that is free. With the time of its latest results.
pub(super) fn holders(
    connection: &mut KeptConnection,
    targets: &BTreeSet<String>,
) -> Result<BTreeMap<String, (String, i64)>, DatabaseError> {
    let statement = format!(
        "SELECT t.name, {}, l.at FROM posemo_history.target AS t
         LEFT JOIN posemo_history.node AS n ON n.id = t.node
         LEFT JOIN posemo_history.latest AS l ON l.target = t.name WHERE t.name = ANY ($1)",
        short("n.name")
    );
    let names = BoundValue::texts(targets.iter().map(String::as_str));
    let rows = connection.rows(&statement, &[names])?;
    let holder = |row: &StoredRow| {
        let (name, node) = (row.text(0)?.unwrap_or_default(), row.text(1)?.unwrap_or_default());
        Ok((name, (node, row.number(2)?.unwrap_or(0))))
    };
    rows.iter().map(holder).collect()
}

/// A text that another program may have written, as long as one of posemo.
fn short(column: &str) -> String {
    format!("pg_catalog.substr({column}, 1, 300)")
}
