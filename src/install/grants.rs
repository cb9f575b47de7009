//! The owner roles of the privilege sets, and their grants: of the files in `sql/owners/`, and of owner sets of users.
//!
//! A file in `sql/owners/` contains grants to the owner role; any other statement in it is refused.

use serde_json::{Value, json};

use super::error::InstallError;
use super::script::Piece;
use super::template::Templates;
use crate::catalog::check::Check;
use crate::catalog::owner_set::{GrantedTable, OwnerSet};
use crate::catalog::owners;
use crate::catalog::server_version::ServerVersion;
use crate::text::sql;

/// Functions that PUBLIC can call and that change something or wait: a regular expression.
///
/// `pg_dump` writes a revoked privilege with the signature of the function. A function whose signature differs between
/// major versions must therefore not be here: a dump could not be restored, and `pg_upgrade` would fail.
pub(super) const NOISY: &str = "^(lo_.*|lowrite|loread|pg_notify|pg_advisory_.*|pg_try_advisory_.*|\
txid_current|pg_current_xact_id|pg_export_snapshot|pg_sleep.*)$";

/// The role that owns the functions of a built-in privilege set.
pub fn owner_role(set: &str) -> String {
    format!("posemo_{set}")
}

/// The owner roles of all built-in privilege sets.
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
    /// `USAGE` on a schema of users.
    Schema { schema: String, statement: String },
    /// `SELECT` on a table of users.
    Table { table: GrantedTable, statement: String },
}

/// A privilege set: the role and its grants.
#[derive(Debug, Clone)]
pub(super) struct PrivilegeSet {
    /// The name, as checks write it.
    pub(super) name: String,
    pub(super) role: String,
    /// Whether it is an owner set of a user.
    pub(super) own: bool,
    pub(super) grants: Vec<Grant>,
}

/// The built-in privilege sets, then those of users that a check has.
pub(super) fn sets(
    templates: &Templates,
    checks: &[Check],
    version: ServerVersion,
) -> Result<Vec<PrivilegeSet>, InstallError> {
    let built_in = owners().map(|(set, text)| {
        let role = owner_role(set);
        let grants = read(templates, set, text, &role, version.major())?;
        Ok(PrivilegeSet { name: set.to_owned(), role, own: false, grants })
    });
    let mut all = built_in.collect::<Result<Vec<_>, InstallError>>()?;
    for own in checks.iter().filter_map(|check| check.own_owner.as_deref()) {
        if !all.iter().any(|set| set.name == own.name) {
            let (name, role) = (own.name.clone(), own.role());
            all.push(PrivilegeSet { name, role, own: true, grants: of_own(own) });
        }
    }
    Ok(all)
}

/// The grants of an owner set of a user.
pub(super) fn of_own(own: &OwnerSet) -> Vec<Grant> {
    let schemas = own.schemas().into_iter().map(|schema| Grant::Schema {
        schema: schema.to_owned(),
        statement: format!("{};", own.grant_on_schema(schema)),
    });
    let tables = own.tables.iter().map(|table| Grant::Table {
        table: table.clone(),
        statement: format!("{};", own.grant_on_table(table)),
    });
    schemas.chain(tables).collect()
}

impl PrivilegeSet {
    /// The values for templates: `role`, `allowed` (its memberships), `relations` (each with its `columns`, or none for
    /// all), `schemas`, `functions`. If it is not `used` in a database, an owner set of a user has no grants there.
    pub(super) fn values(&self, used: bool) -> Value {
        // A list for IN cannot be empty, and no role and no schema has an empty name.
        let (mut allowed, mut schemas) = (vec![String::new()], vec![String::new()]);
        let (mut relations, mut functions) = (Vec::new(), Vec::new());
        for grant in self.grants.iter().filter(|_| used || !self.own) {
            match grant {
                Grant::Member { role } => allowed.push(role.clone()),
                Grant::Relation { columns, .. } => {
                    relations.push(json!({ "oid": grant.oid(), "columns": columns }));
                }
                Grant::Table { table, .. } => {
                    relations.push(json!({ "oid": grant.oid(), "columns": table.columns }));
                }
                Grant::Schema { schema, .. } => schemas.push(schema.clone()),
                Grant::Function { function, .. } => functions.push(function.clone()),
            }
        }
        json!({
            "role": self.role, "own": self.own, "allowed": allowed, "relations": relations,
            "schemas": schemas, "functions": functions,
        })
    }
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
            Grant::Schema { schema, .. } => format!("USAGE on schema {schema}"),
            Grant::Table { table, .. } if table.columns.is_empty() => {
                format!("SELECT on {}", table.name())
            }
            Grant::Table { table, .. } => {
                format!("SELECT ({}) on {}", table.columns.join(", "), table.name())
            }
        }
    }

    /// An SQL expression for the OID of its relation: NULL if the relation does not exist. A name with a schema cannot be
    /// cast to `regclass` by a role without USAGE on the schema.
    pub(super) fn oid(&self) -> String {
        match self {
            Grant::Table { table, .. } => format!(
                "(SELECT t.oid FROM pg_catalog.pg_class AS t JOIN pg_catalog.pg_namespace AS s ON s.oid = t.relnamespace \
                 WHERE s.nspname = {} AND t.relname = {})",
                sql::literal(&table.schema),
                sql::literal(&table.table)
            ),
            Grant::Relation { relation, .. } => {
                format!("{}::pg_catalog.regclass", sql::literal(relation))
            }
            Grant::Member { .. } | Grant::Function { .. } | Grant::Schema { .. } => {
                "NULL::pg_catalog.oid".to_owned()
            }
        }
    }

    /// Whether it is on a schema or a table of users.
    pub(super) fn is_on_objects_of_users(&self) -> bool {
        matches!(self, Grant::Schema { .. } | Grant::Table { .. })
    }

    /// The section of the templates, and the values to render it with.
    fn template(&self, owner: &str) -> (&'static str, Value) {
        match self {
            Grant::Member { role } => ("roles/member", json!({ "owner": owner, "role": role })),
            Grant::Relation { relation, columns, statement } => {
                let section = if columns.is_empty() { "schema/relation" } else { "schema/columns" };
                let context = json!({
                    "owner": owner, "relation": relation, "oid": self.oid(), "columns": columns, "count": columns.len(),
                    "grant": statement,
                });
                (section, context)
            }
            Grant::Table { table, statement } => {
                let columns = &table.columns;
                let section = if columns.is_empty() { "schema/relation" } else { "schema/columns" };
                let context = json!({
                    "owner": owner, "oid": self.oid(), "columns": columns, "count": columns.len(), "grant": statement,
                });
                (section, context)
            }
            Grant::Schema { schema, statement } => {
                let context = json!({ "owner": owner, "name": schema, "grant": statement });
                ("schema/access", context)
            }
            Grant::Function { function, statement } => {
                let context = json!({ "owner": owner, "function": function, "grant": statement });
                ("schema/function", context)
            }
        }
    }
}
