//! Compares the tables of owner sets with a database, before anything is changed there.

use std::collections::BTreeSet;

use super::error::AdminError;
use crate::catalog::check::Check;
use crate::database::Session;
use crate::lint::refusal::LintRefusal;
use crate::lint::tables;

/// What is wrong with the tables of the checks' owner sets in a database, and the names of these sets.
pub(super) async fn problems(
    session: &Session,
    database: &str,
    checks: &[&Check],
) -> Result<(Vec<LintRefusal>, BTreeSet<String>), AdminError> {
    let (mut refusals, mut sets) = (Vec::new(), BTreeSet::new());
    let mut seen = BTreeSet::new();
    for own in checks.iter().filter_map(|check| check.own_owner.as_deref()) {
        if !seen.insert(&own.name) {
            continue;
        }
        let of_set = checks.iter().filter(|check| check.owner == own.name);
        let names: Vec<&str> = of_set.map(|check| check.name.as_str()).collect();
        for table in &own.tables {
            for found in session.ask(&tables::query(table)).await?.into_iter().flatten() {
                sets.insert(own.name.clone());
                refusals.push(tables::refused(own, table, database, &names, &found));
            }
        }
    }
    Ok((refusals, sets))
}
