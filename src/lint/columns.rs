//! Compares the columns that a query returns with those that `check.toml` declares.
//!
//! The server returns the types of both, so different spellings of a type are equal.

use super::error::LintError;
use super::refusal::RefusalList;

/// Name and type.
type NamedType = (String, String);

/// Refuses differences. The order does not matter, because the function selects columns by name.
pub(super) fn compare(rows: &[String], refusals: &mut RefusalList) -> Result<(), LintError> {
    let (mut declared, mut returned) = (Vec::new(), Vec::new());
    for row in rows {
        let (side, name, sql_type): (String, String, String) =
            serde_json::from_str(row).map_err(|source| LintError::Names { source })?;
        if side == "declared" { &mut declared } else { &mut returned }.push((name, sql_type));
    }
    let mut differences = Vec::new();
    let others = |own: &[NamedType], others: &[NamedType]| -> Vec<NamedType> {
        let has = |name: &str| others.iter().any(|(other, _)| other == name);
        own.iter().filter(|(name, _)| !has(name)).cloned().collect()
    };
    let more = others(&returned, &declared);
    if !more.is_empty() {
        differences.push(format!("the query returns {}, not declared in check.toml", list(&more)));
    }
    let fewer = others(&declared, &returned);
    if !fewer.is_empty() {
        differences
            .push(format!("check.toml declares {}, not returned by the query", list(&fewer)));
    }
    for (name, sql_type) in &returned {
        let other = |column: &&NamedType| column.0 == *name && column.1 != *sql_type;
        if let Some((_, declared)) = declared.iter().find(other) {
            differences.push(format!(
                "the query returns {name} as {sql_type}, and check.toml declares {declared}"
            ));
        }
    }
    if !differences.is_empty() {
        refusals.add(
            "columns",
            "columns",
            differences.join("; "),
            "return exactly the declared columns; use AS for the name and CAST for the type",
        );
    }
    Ok(())
}

fn list(columns: &[NamedType]) -> String {
    let each: Vec<String> =
        columns.iter().map(|(name, sql_type)| format!("{name} {sql_type}")).collect();
    each.join(", ")
}
