//! The owner roles of the privilege sets, and their grants, read from the files in `sql/owners/`.
//!
//! A file contains grants to the owner role; any other statement in it is refused.

use serde_json::json;

use super::error::InstallError;
use super::script::Piece;
use super::template::Templates;
use crate::catalog::owners;
use crate::text::sql;

/// Functions that PUBLIC can call and that change something or wait: a regular expression.
///
/// `pg_dump` writes a revoked privilege with the signature of the function. A function whose signature differs between
/// major versions must therefore not be here: a dump could not be restored, and `pg_upgrade` would fail.
pub(super) const NOISY: &str = "^(lo_.*|lowrite|loread|pg_notify|pg_advisory_.*|pg_try_advisory_.*|\
txid_current|pg_current_xact_id|pg_export_snapshot|pg_sleep.*)$";

/// The role that owns the functions of a privilege set.
pub fn owner_role(set: &str) -> String {
    format!("posemo_{set}")
}

/// The owner roles of all privilege sets.
pub fn owner_roles() -> impl Iterator<Item = String> {
    owners().map(|(set, _)| owner_role(set))
}

/// One grant to an owner role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grant {
    /// Membership in a predefined role, effective in all databases of the server.
    Member { role: String },
    /// `SELECT` on a relation of `pg_catalog`, or on some of its columns; effective in one database.
    Relation { relation: String, columns: Vec<String>, statement: String },
    /// `EXECUTE` on a function of `pg_catalog`; effective in one database.
    Function { function: String, statement: String },
}

/// The grants of a privilege set on servers of a major version.
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
    let to = format!(" TO {}", sql::identifier(owner));
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

/// Reads the text between `GRANT` and `TO`.
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

/// The piece of a script that makes a grant.
pub(super) fn piece(
    templates: &Templates,
    owner: &str,
    grant: &Grant,
) -> Result<Piece, InstallError> {
    let (section, context) = grant.template(owner);
    templates.piece(section, format!("grant {} to role {owner}", grant.description()), &context)
}

/// A boolean SQL expression: true if the installing role can make the grant, or it is made already.
pub(super) fn grantable(
    templates: &Templates,
    owner: &str,
    grant: &Grant,
    major: u32,
) -> Result<String, InstallError> {
    let (section, mut context) = grant.template(owner);
    context["major"] = json!(major);
    let done = templates.render(&format!("{section}: unless"), &context)?;
    Ok(format!("({done}) OR ({})", templates.render(&format!("{section}: grantable"), &context)?))
}

impl Grant {
    /// The grant, for people.
    pub(super) fn description(&self) -> String {
        match self {
            Grant::Member { role } => role.clone(),
            Grant::Relation { relation, columns, .. } if columns.is_empty() => {
                format!("SELECT on {relation}")
            }
            Grant::Relation { relation, columns, .. } => {
                format!("SELECT ({}) on {relation}", columns.join(", "))
            }
            Grant::Function { function, .. } => format!("EXECUTE on {function}"),
        }
    }

    /// The section of the templates, and the values to render it with.
    fn template(&self, owner: &str) -> (&'static str, serde_json::Value) {
        match self {
            Grant::Member { role } => ("roles/member", json!({ "owner": owner, "role": role })),
            Grant::Relation { relation, columns, statement } => {
                let section = if columns.is_empty() { "schema/relation" } else { "schema/columns" };
                let context = json!({
                    "owner": owner, "relation": relation, "columns": columns, "count": columns.len(), "grant": statement,
                });
                (section, context)
            }
            Grant::Function { function, statement } => {
                let context = json!({ "owner": owner, "function": function, "grant": statement });
                ("schema/function", context)
            }
        }
    }
}
