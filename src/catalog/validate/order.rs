//! Determines by which metrics the rows of a query are ordered, so that a limit cuts off only rows that are not worse.

use crate::catalog::check::Query;
use crate::catalog::function::{Column, ColumnRole, ColumnType, WorstEnd};
use crate::catalog::thresholds::Thresholds;
use crate::finding::range::Range;
use crate::text::mistake::Mistake;
use crate::text::toml::TomlDocument;

/// Sets the worst end of each metric: that of the key `worst`, otherwise that of the thresholds.
///
/// Rows are not ordered if they are about no objects, as there are few, and for a script, which may rely on the order of
/// the query.
pub(super) fn complete(
    document: TomlDocument<'_>,
    has_script: bool,
    thresholds: &Thresholds,
    queries: &mut [Query],
) -> Result<(), Mistake> {
    let several = queries.len() > 1;
    for (query, number) in queries.iter_mut().zip(1..) {
        let columns = &mut query.signature.columns;
        let is_name =
            |column: &Column| matches!(column.role, ColumnRole::Object | ColumnRole::Label);
        let ordered = !has_script && columns.iter().any(is_name);
        for column in columns {
            let problem = match column.worst {
                Some(_) if column.role != ColumnRole::Metric => {
                    "this key is for metrics; remove it"
                }
                Some(_) if column.sql_type == ColumnType::Boolean => {
                    "false is the worst value of a boolean metric; remove this key"
                }
                Some(_) if has_script => {
                    "this key is for checks without a script; see worst_first for others"
                }
                _ => {
                    column.worst = if ordered { worst(column, thresholds) } else { None };
                    continue;
                }
            };
            let number = format!("{number}");
            let path: &[&str] = if several { &["queries", &number] } else { &[] };
            let path = [path, &["columns", &column.name, "worst"]].concat();
            return Err(document.mistake(&path, problem));
        }
    }
    Ok(())
}

fn worst(column: &Column, thresholds: &Thresholds) -> Option<WorstEnd> {
    if column.role != ColumnRole::Metric {
        return None;
    }
    if column.sql_type == ColumnType::Boolean {
        return Some(WorstEnd::Lowest);
    }
    let levels = thresholds.levels.get(&column.name);
    let range = levels.and_then(|levels| levels.warning.as_ref().or(levels.critical.as_ref()));
    column.worst.or_else(|| range.and_then(worst_of))
}

/// The end that violates a range. A range from 0 is usually written without regard to negative numbers.
fn worst_of(range: &Range) -> Option<WorstEnd> {
    let open_below = range.start() <= 0.0;
    match (range.inside(), open_below, range.end().is_infinite()) {
        (false, true, false) | (true, false, true) => Some(WorstEnd::Highest),
        (false, false, true) | (true, true, false) => Some(WorstEnd::Lowest),
        _ => None,
    }
}
