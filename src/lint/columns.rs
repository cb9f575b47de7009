//! Holds the columns that a query returns against those that its manifest declares.
//!
//! The server says both, so that two spellings of one type are the same.

use super::complaint::Complaints;
use super::error::LintError;

/// Complains where they are not the same; the order does not count, as the function takes them by name.
pub(super) fn compare(rows: &[String], complaints: &mut Complaints) -> Result<(), LintError> {
    let (mut declared, mut returned) = (Vec::new(), Vec::new());
    for row in rows {
        let (side, name, sql_type): (String, String, String) =
            serde_json::from_str(row).map_err(|source| LintError::Names { source })?;
        if side == "declared" { &mut declared } else { &mut returned }.push((name, sql_type));
    }
    let differs = |own: &[(String, String)], others: &[(String, String)]| {
        own.iter().any(|column| !others.contains(column))
    };
    if differs(&declared, &returned) || differs(&returned, &declared) {
        complaints.add(
            "columns",
            "columns",
            format!(
                "the query returns {}, and check.toml declares {}",
                list(&returned),
                list(&declared)
            ),
            "return exactly what is declared, with AS and CAST",
        );
    }
    Ok(())
}

fn list(columns: &[(String, String)]) -> String {
    if columns.is_empty() {
        return "none".to_owned();
    }
    let each: Vec<String> =
        columns.iter().map(|(name, sql_type)| format!("{name} {sql_type}")).collect();
    each.join(", ")
}
