//! Gives checks the names of queries, so that each is valid and no other check has it.

use std::collections::BTreeSet;

use super::columns::{tidy, unique};
use crate::catalog::{LONGEST_NAME, problem_of_name};

/// The names that are taken.
#[derive(Debug, Default)]
pub struct TakenNames(BTreeSet<String>);

impl TakenNames {
    /// The names of a catalog.
    pub fn of<'n>(names: impl Iterator<Item = &'n str>) -> TakenNames {
        TakenNames(names.map(str::to_owned).collect())
    }

    /// Takes a name for a query, and returns it with the reason if it differs from that of the query.
    pub fn take(&mut self, wanted: &str) -> (String, Option<String>) {
        let mut name = tidy(wanted);
        while let Some(rest) = name.strip_prefix("check_") {
            name = rest.to_owned();
        }
        if name.is_empty() || problem_of_name(&name).is_some() {
            name = format!("query_{name}").chars().take(LONGEST_NAME - 4).collect();
            name.truncate(name.trim_end_matches('_').len());
        }
        let free = unique(&name, |name| self.0.contains(name));
        self.0.insert(free.clone());
        let reason = if free == wanted {
            None
        } else if free == name {
            Some(format!(
                "Renamed from {wanted:?}: a name has lower-case letters, digits and single underscores, and does not begin with check_."
            ))
        } else {
            Some(format!("Renamed from {wanted:?}: another check has the name `{name}`."))
        };
        (free, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_and_unique() {
        let mut taken = TakenNames::of(["alive"].into_iter());
        for (wanted, expected) in [
            ("pg_stat_user_tables", "pg_stat_user_tables"),
            ("alive", "alive_2"),
            ("alive", "alive_3"),
            ("PG Stat--Activity", "pg_stat_activity"),
            ("check_disk", "disk"),
            ("_srv__wal", "srv_wal"),
            ("9lives", "lives"),
            ("../../etc/passwd", "etc_passwd"),
            ("\u{202e}\n", "column"),
            ("check_", "check"),
            ("posemo", "query_posemo"),
        ] {
            let (name, reason) = taken.take(wanted);
            assert_eq!(name, expected, "{wanted:?}");
            assert_eq!(reason.is_some(), name != wanted, "{wanted:?}");
            assert_eq!(problem_of_name(&name), None, "{wanted:?}");
        }
        let long = taken.take(&"x".repeat(100)).0;
        assert!(problem_of_name(&long).is_none() && long != taken.take(&"x".repeat(100)).0);
    }
}
