//! Parts of statements that append rows to the chains of hashes.
//!
//! There is one chain of acts and one of changes for all nodes, so that an auditor keeps one hash, and so that the rows of a node
//! cannot be removed together with their chain. The node that writes locks the row with both heads until its transaction ends; the
//! others wait, and then see the new heads. The server computes the hashes within the one statement of a batch: a node that is
//! killed or stopped has written all of it or nothing, and never holds the lock while it computes.

use crate::history::chain::ChainTable;

/// The heads of both chains, locked. `go` has one row if the statement may write.
pub(super) const HEAD: &str = "
head AS MATERIALIZED (SELECT c.* FROM posemo_history.chain AS c, go FOR UPDATE OF c)";

/// The hash before the first row, in SQL.
pub(super) const START: &str = "pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex')";

/// Appends rows to a chain. `source` selects the columns after the number, and `place`, by which the rows are numbered.
///
/// The bytes of a row are those that `chain::link` hashes.
pub(super) fn append(table: &ChainTable, source: &str) -> String {
    let name = table.name;
    let columns = &table.columns[1..];
    let list = |of: &str| {
        let quoted = columns.iter().map(|column| format!("{of}\"{column}\""));
        quoted.collect::<Vec<_>>().join(", ")
    };
    let parts = table.columns.iter().enumerate().map(|(position, column)| {
        let value = format!("r.\"{column}\"");
        // The first two columns are the number and the time.
        if position < 2 { number(&value) } else { text(&value) }
    });
    let body = parts.collect::<Vec<_>>().join(" || ");
    let (own, given) = (list(""), list("r."));
    let prefix = format!("{} || '\\x040000000000000020'::bytea", text(&format!("'{name}'::text")));
    format!(
        "
{name}_row AS MATERIALIZED (
    SELECT r.*, h.{name}_seq + row_number() OVER (ORDER BY r.place) AS seq FROM head AS h, ({source}) AS r
), {name}_body AS MATERIALIZED (
    SELECT pg_catalog.array_agg({body} ORDER BY r.seq) AS parts FROM {name}_row AS r
), {name}_link (place, hash) AS (
    SELECT 0::int8, h.{name}_hash FROM head AS h
    UNION ALL
    SELECT l.place + 1, pg_catalog.sha256({prefix} || l.hash || b.parts[CAST(l.place + 1 AS int4)])
    FROM {name}_link AS l, {name}_body AS b WHERE l.place < pg_catalog.cardinality(b.parts)
), new_{name} AS (
    INSERT INTO posemo_history.{name} (seq, {own}, hash) OVERRIDING SYSTEM VALUE
    SELECT r.seq, {given}, l.hash FROM head AS h, {name}_row AS r, {name}_link AS l
    WHERE l.place = r.seq - h.{name}_seq
)"
    )
}

/// Notes the new heads of chains. `more` sets other columns if a row was appended.
pub(super) fn heads(tables: &[&ChainTable], more: &str) -> String {
    let each = |part: fn(&str) -> String, by: &str| {
        tables.iter().map(|table| part(table.name)).collect::<Vec<_>>().join(by)
    };
    let sets = each(
        |name| {
            format!(
                "{name}_seq = h.{name}_seq + (SELECT max(place) FROM {name}_link),
                 {name}_hash = (SELECT hash FROM {name}_link ORDER BY place DESC LIMIT 1)"
            )
        },
        ", ",
    );
    let appended = each(|name| format!("(SELECT max(place) FROM {name}_link) > 0"), " OR ");
    format!(
        "
new_head AS (UPDATE posemo_history.chain AS c SET {sets}{more} FROM head AS h WHERE {appended})"
    )
}

/// A text as it is hashed.
fn text(value: &str) -> String {
    let bytes = format!("pg_catalog.convert_to({value}, 'UTF8')");
    format!(
        "COALESCE('\\x03'::bytea || pg_catalog.int8send(CAST(pg_catalog.octet_length({bytes}) AS int8)) || {bytes}, \
         '\\x000000000000000000'::bytea)"
    )
}

/// A number as it is hashed.
fn number(value: &str) -> String {
    format!("'\\x010000000000000008'::bytea || pg_catalog.int8send({value})")
}
