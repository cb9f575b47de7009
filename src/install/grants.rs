//! The grants of a privilege set, read out of its file in `sql/owners/`.
//!
//! A file holds grants to the owner and nothing else; anything else in it is refused.

use serde_json::json;

use super::error::InstallError;
use super::script::Piece;
use super::template::Templates;
use crate::catalog::quote;

/// One grant to an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grant {
    /// Membership in a predefined role, which holds in the whole cluster.
    Member { role: String },
    /// `SELECT` on a relation of `pg_catalog`, or on some of its columns; holds in one database.
    Relation { relation: String, columns: Vec<String>, statement: String },
    /// `EXECUTE` on a function of `pg_catalog`; holds in one database.
    Function { function: String, statement: String },
}

/// The grants of a set on servers of a major.
pub(super) fn read(
    templates: &Templates,
    set: &str,
    text: &str,
    owner: &str,
    major: u32,
) -> Result<Vec<Grant>, InstallError> {
    let name = format!("owners/{set}.sql");
    let sql = templates.render_text(&name, text, &json!({ "owner": owner, "major": major }))?;
    let code: String = sql
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .collect::<Vec<_>>()
        .join(" ");
    let statements =
        code.split(';').map(|statement| statement.split_whitespace().collect::<Vec<_>>().join(" "));
    let to = format!(" TO {}", quote::identifier(owner));
    statements
        .filter(|statement| !statement.is_empty())
        .map(|statement| {
            let grant = statement
                .strip_prefix("GRANT ")
                .and_then(|rest| rest.strip_suffix(&to))
                .and_then(|granted| parse(granted, &statement));
            grant.ok_or_else(|| InstallError::Grant {
                set: set.to_owned(),
                statement: statement.clone(),
            })
        })
        .collect()
}

/// What stands between `GRANT` and `TO`.
fn parse(granted: &str, statement: &str) -> Option<Grant> {
    let statement = format!("{statement};");
    let Some((privilege, object)) = granted.split_once(" ON ") else {
        let plain = granted.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        return plain.then(|| Grant::Member { role: granted.to_owned() });
    };
    if privilege == "EXECUTE" {
        let function =
            object.strip_prefix("FUNCTION ").filter(|name| name.starts_with("pg_catalog."))?;
        return Some(Grant::Function { function: function.to_owned(), statement });
    }
    let relation = object.strip_prefix("pg_catalog.").map(|_| object.to_owned())?;
    let columns = match privilege.strip_prefix("SELECT")?.trim() {
        "" => Vec::new(),
        list => list
            .strip_prefix('(')?
            .strip_suffix(')')?
            .split(',')
            .map(|name| name.trim().to_owned())
            .collect(),
    };
    Some(Grant::Relation { relation, columns, statement })
}

/// The piece that gives a grant.
pub(super) fn piece(
    templates: &Templates,
    owner: &str,
    grant: &Grant,
) -> Result<Piece, InstallError> {
    match grant {
        Grant::Member { role } => {
            let context = json!({ "owner": owner, "role": role });
            templates.piece("roles/member", format!("grant {role} to role {owner}"), &context)
        }
        Grant::Relation { relation, columns, statement } => {
            let context = json!({
                "owner": owner, "relation": relation, "columns": columns, "count": columns.len(), "grant": statement,
            });
            let section = if columns.is_empty() { "schema/relation" } else { "schema/columns" };
            templates.piece(
                section,
                format!("grant SELECT on {relation} to role {owner}"),
                &context,
            )
        }
        Grant::Function { function, statement } => {
            let context = json!({ "owner": owner, "function": function, "grant": statement });
            templates.piece(
                "schema/function",
                format!("grant EXECUTE on {function} to role {owner}"),
                &context,
            )
        }
    }
}
