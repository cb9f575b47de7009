//! Holds the columns that a query returns against those that its manifest declares.
//!
//! The server says both, so that two spellings of one type are the same.

use super::complaint::Complaints;
use super::error::LintError;

/// Name and type.
type Column = (String, String);

/// Complains where they are not the same; the order does not count, as the function takes them by name.
pub(super) fn compare(rows: &[String], complaints: &mut Complaints) -> Result<(), LintError> {
    let (mut declared, mut returned) = (Vec::new(), Vec::new());
    for row in rows {
        let (side, name, sql_type): (String, String, String) =
            serde_json::from_str(row).map_err(|source| LintError::Names { source })?;
        if side == "declared" { &mut declared } else { &mut returned }.push((name, sql_type));
    }
    let mut differences = Vec::new();
    let others = |own: &[Column], others: &[Column]| -> Vec<Column> {
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
        let other = |column: &&Column| column.0 == *name && column.1 != *sql_type;
        if let Some((_, said)) = declared.iter().find(other) {
            differences.push(format!(
                "the query returns {name} as {sql_type}, and check.toml declares it {said}"
            ));
        }
    }
    if !differences.is_empty() {
        complaints.add(
            "columns",
            "columns",
            differences.join("; "),
            "return exactly what is declared, each by its name, with AS and CAST",
        );
    }
    Ok(())
}

fn list(columns: &[Column]) -> String {
    let each: Vec<String> =
        columns.iter().map(|(name, sql_type)| format!("{name} {sql_type}")).collect();
    each.join(", ")
}
