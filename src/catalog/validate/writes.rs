//! Validates the key `writes`, and the column with the time of the commit.

use super::own::is_own;
use crate::catalog::check::{Query, Scope};
use crate::catalog::folder::Folder;
use crate::catalog::function::{Column, ColumnRole, ColumnType, Measurement};
use crate::catalog::manifest::{Manifest, RoleEntry};
use crate::text::mistake::Mistake;
use crate::text::toml::TomlDocument;

/// Whether the check writes. Only a query that is part of posemo can.
pub(super) fn writes(
    document: TomlDocument<'_>,
    folder: &Folder,
    manifest: &Manifest,
    queries: &[Query],
) -> Result<bool, Mistake> {
    let mistake = |problem: &str| Err(document.mistake(&["writes"], problem));
    let columns = || queries.iter().flat_map(|query| &query.signature.columns);
    let is_measured = |column: &&Column| column.measured.is_some();
    if !manifest.writes {
        return match columns().find(is_measured) {
            None => Ok(false),
            Some(column) => {
                let key = ["columns", column.name.as_str(), "measured"];
                let problem = "only the check writeable of posemo has such a column; use an argument with measured";
                Err(document.mistake(&key, problem))
            }
        };
    }
    if !is_own(folder, "writes") {
        return mistake(
            "only the check writeable of posemo writes, with its own query; a check of your own only reads",
        );
    }
    let [Query { scope: Scope::Cluster, .. }] = queries else {
        return mistake("a check that writes has one query, of the scope cluster");
    };
    if manifest.role != RoleEntry::Primary {
        return mistake("a standby cannot write; add role = \"primary\"");
    }
    let is_time = |column: &Column| {
        column.measured == Some(Measurement::CommitTime)
            && column.sql_type == ColumnType::Float("double precision")
            && column.role == ColumnRole::Metric
    };
    let measured: Vec<&Column> = columns().filter(is_measured).collect();
    if !matches!(measured.as_slice(), [one] if is_time(one)) {
        return mistake(
            "a check that writes has one metric of type double precision with measured = \"commit_time\"",
        );
    }
    Ok(true)
}
