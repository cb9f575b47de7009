//! Validates the columns of queries.

use indexmap::IndexMap;

use crate::catalog::function::{Column, ColumnRole, ColumnType};
use crate::catalog::manifest::{ColumnEntry, Manifest};
use crate::catalog::names::is_name;
use crate::finding::metric::{MetricKind, Unit};
use crate::text::mistake::Mistake;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

/// The columns of each query.
pub(super) fn of_queries(
    document: TomlDocument<'_>,
    manifest: &Manifest,
    queries: usize,
) -> Result<Vec<Vec<Column>>, Mistake> {
    if queries == 1 && manifest.queries.is_empty() {
        return Ok(vec![columns(document, &["columns"], &manifest.columns)?]);
    }
    if !manifest.columns.is_empty() {
        let message = "with several queries, write columns in [queries.1.columns.…]";
        return Err(document.mistake(&["columns"], message));
    }
    let is_known = |key: &&String| (1..=queries).any(|number| number.to_string() == **key);
    if let Some(extra) = manifest.queries.keys().find(|key| !is_known(key)) {
        let message = format!("the file query-{extra}.sql does not exist");
        return Err(document.mistake(&["queries", extra], message));
    }
    let of_query = |number: usize| {
        let key = number.to_string();
        let missing = || {
            let message = format!("query-{number}.sql has no [queries.{number}.columns.…]");
            document.mistake(&["queries"], message)
        };
        let entry = manifest.queries.get(&key).ok_or_else(missing)?;
        columns(document, &["queries", &key, "columns"], &entry.columns)
    };
    (1..=queries).map(of_query).collect()
}

pub(super) fn columns(
    document: TomlDocument<'_>,
    path: &[&str],
    entries: &IndexMap<String, ColumnEntry>,
) -> Result<Vec<Column>, Mistake> {
    if entries.is_empty() {
        return Err(document.mistake(path, "a query returns at least one column: [columns.name]"));
    }
    entries
        .iter()
        .map(|(name, entry)| column(document, &[path, &[name.as_str()]].concat(), name, entry))
        .collect()
}

fn column(
    document: TomlDocument<'_>,
    path: &[&str],
    name: &str,
    entry: &ColumnEntry,
) -> Result<Column, Mistake> {
    let mistake = |key: &str, message: String| document.mistake(&[path, &[key]].concat(), message);
    if let Some(problem) = problem_of(name, entry.role) {
        return Err(document.mistake(path, problem));
    }
    let sql_type =
        ColumnType::parse(&entry.sql_type).map_err(|message| mistake("type", message))?;
    if entry.role == ColumnRole::Metric && !sql_type.is_number() {
        let problem = "is not a number, so the column is not a metric; set another role";
        return Err(mistake("type", format!("{} {problem}", sql_type.sql())));
    }
    let kinds = [MetricKind::Gauge, MetricKind::Counter];
    let kind = kinds.into_iter().find(|kind| kind.name() == entry.kind);
    let unit = Unit::ALL.into_iter().find(|unit| unit.name() == entry.unit);
    let unknown_kind = || format!("unknown kind \"{}\"; write gauge or counter", entry.kind);
    let unknown_unit = || {
        let suggestion = suggestion(&entry.unit, Unit::ALL.into_iter().map(Unit::name));
        format!("unknown unit \"{}\"{suggestion}", entry.unit)
    };
    Ok(Column {
        name: name.to_owned(),
        sql_type,
        role: entry.role,
        kind: kind.ok_or_else(|| mistake("kind", unknown_kind()))?,
        unit: unit.ok_or_else(|| mistake("unit", unknown_unit()))?,
        worst: entry.worst,
        measured: entry.measured,
        help: entry.help.clone(),
    })
}

/// What is wrong with the name of a column.
fn problem_of(name: &str, role: ColumnRole) -> Option<&'static str> {
    if role == ColumnRole::Metric && !is_name(name) {
        Some(
            "is not a name for a metric; use lower-case letters, digits and underscores, or set another role",
        )
    } else if name.is_empty() || name.len() > 63 || name.chars().any(char::is_control) {
        Some("is not a name for a column; use 1 to 63 bytes and no control characters")
    } else {
        None
    }
}
