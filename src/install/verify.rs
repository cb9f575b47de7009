//! Writes the queries that find deviations of an installation.
//!
//! It connects to no server and fixes nothing: each result row contains the statement that fixes the deviation.

use serde_json::{Value, json};

use super::error::InstallError;
use super::function;
use super::grants::{self, Grant, PrivilegeSet};
use super::options::InstallOptions;
use super::plan::Planner;
use super::script::When;
use crate::catalog::check::Check;
use crate::catalog::monitor::{CONNECTION_LIMIT, NEEDED_CONNECTIONS};
use crate::catalog::server_version::{OLDEST, ServerVersion};

/// The fix for missing and outdated objects.
const INSTALL: &str = "posemo install, with the same options as the first time";

/// What drops the function of a check that the catalog does not contain.
const PRUNE: &str = "posemo install --prune, with the same options as the first time";

/// The rules about the whole server, with their templates; their queries run in the home database.
const SHARED: [(&str, &str); 5] = [
    ("owners", "verify/roles/owners"),
    ("monitor", "verify/roles/monitor"),
    ("home", "verify/home/home"),
    ("settings", "verify/cluster/settings"),
    ("elsewhere", "verify/cluster/elsewhere"),
];

/// The rules about one database.
const LOCAL: [(&str, &str); 5] = [
    ("functions", "verify/functions/functions"),
    ("schema", "verify/schema/schema"),
    ("rights", "verify/rights/rights"),
    ("defaults", "verify/database/defaults"),
    ("event_triggers", "verify/database/triggers"),
];

/// The system catalogs of one database with objects that have an OID. Not here: large objects, whose catalog has another
/// name; default privileges, which have a rule; values of enumerations and user mappings, which are parts of a type and of a
/// foreign server.
const CATALOGS: [&str; 32] = [
    "pg_am",
    "pg_amop",
    "pg_amproc",
    "pg_attrdef",
    "pg_cast",
    "pg_class",
    "pg_collation",
    "pg_constraint",
    "pg_conversion",
    "pg_event_trigger",
    "pg_extension",
    "pg_foreign_data_wrapper",
    "pg_foreign_server",
    "pg_language",
    "pg_namespace",
    "pg_opclass",
    "pg_operator",
    "pg_opfamily",
    "pg_policy",
    "pg_proc",
    "pg_publication",
    "pg_publication_namespace",
    "pg_publication_rel",
    "pg_rewrite",
    "pg_statistic_ext",
    "pg_transform",
    "pg_trigger",
    "pg_ts_config",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_type",
];

/// The values with an entry for each function, and the rule that needs them.
const LONG_LISTS: [(&str, &str); 2] = [("functions", "functions"), ("definitions", "rights")];

/// The catalog that only servers from 15 on have.
const SINCE_15: &str = "pg_publication_namespace";

/// The rules that also apply to a database without an installation.
const ANYWHERE: [&str; 2] = ["rights", "defaults"];

/// The query of one rule in one database.
///
/// Each result row has five columns: a state (`ok`, `warning`, `critical`), the object, the deviation, why it
/// matters, and the fix. A row with `count` instead of a state has the kind and the number of checked objects.
#[derive(Debug, Clone)]
pub struct VerifyQuery {
    /// The rule's name.
    pub rule: &'static str,
    /// The database to run it in.
    pub database: String,
    /// Whether it is about the whole server, not about this database.
    pub shared: bool,
    /// The SQL, without arguments.
    pub sql: String,
}

/// The first query, for the home database. Each result row has a keyword and a value: `version` (as
/// `server_version_num`), `database` (this one), `standby`, `superuser` (if the current role is one), `function` (one in
/// posemo's schema), `installer` (the role that installed, if it is not a superuser), `installed` (another database with
/// CONNECT granted to the monitor role), `stray` (a database without this grant where the monitor role or an owner role
/// has objects or privileges).
pub fn facts(checks: &[Check], options: &InstallOptions) -> Result<String, InstallError> {
    // The query does not depend on the version, which it reads.
    let planner = Planner::new(checks, options, ServerVersion::newest_of(OLDEST))?;
    planner.templates.render("verify/cluster/facts: ask", &planner.context(&json!({})))
}

/// The queries for an installation, database by database, the home database first.
///
/// The option `superuser` is true if a superuser will run them: other roles cannot read some system catalogs. The installer is
/// the role that [`facts`] reports.
pub fn queries(
    checks: &[Check],
    options: &InstallOptions,
    version: ServerVersion,
    installer: Option<&str>,
) -> Result<Vec<VerifyQuery>, InstallError> {
    // Functions of superusers are checked in any case, also if they are not permitted.
    let lenient = InstallOptions { superuser_owner: true, ..options.clone() };
    let planner = Planner::new(checks, &lenient, version)?;
    let others = options.databases.iter().filter(|database| **database != options.home);
    let mut queries = Vec::new();
    for database in std::iter::once(&options.home).chain(others) {
        let home = *database == options.home;
        let inspected = InspectedDatabase { options, installer, database, home, installed: true };
        let context = inspected.context(&planner)?;
        for (rule, template) in LOCAL.iter().chain(SHARED.iter().filter(|_| home)) {
            queries.push(inspected.query(&planner, rule, template, &context)?);
        }
    }
    Ok(queries)
}

/// The queries for a database without an installation where a role of posemo has objects or privileges. Only a
/// superuser runs them.
pub fn stray_queries(
    checks: &[Check],
    options: &InstallOptions,
    version: ServerVersion,
    installer: Option<&str>,
    database: &str,
) -> Result<Vec<VerifyQuery>, InstallError> {
    let planner = Planner::new(checks, options, version)?;
    let inspected =
        InspectedDatabase { options, installer, database, home: false, installed: false };
    let context = inspected.context(&planner)?;
    let rules = LOCAL.iter().filter(|(rule, _)| ANYWHERE.contains(rule));
    rules.map(|(rule, template)| inspected.query(&planner, rule, template, &context)).collect()
}

/// A database to verify.
struct InspectedDatabase<'a> {
    options: &'a InstallOptions,
    installer: Option<&'a str>,
    database: &'a str,
    home: bool,
    installed: bool,
}

impl InspectedDatabase<'_> {
    fn query(
        &self,
        planner: &Planner<'_>,
        rule: &'static str,
        template: &str,
        context: &VerifyContext,
    ) -> Result<VerifyQuery, InstallError> {
        let shared = SHARED.iter().any(|(name, _)| *name == rule);
        // Memberships are effective in all databases, other grants in one.
        let missing = if shared { &context.memberships } else { &context.grants };
        let mut values = context.values.clone();
        values["missing"] = Value::Array(missing.clone());
        // The values are copied for each part of a template.
        for (list, needed_by) in LONG_LISTS {
            if needed_by != rule {
                values.as_object_mut().expect("the values are an object").remove(list);
            }
        }
        Ok(VerifyQuery {
            rule,
            database: self.database.to_owned(),
            shared,
            sql: planner.templates.render(&format!("{template}: ask"), &values)?,
        })
    }

    fn context(&self, planner: &Planner<'_>) -> Result<VerifyContext, InstallError> {
        let values = planner.context(&json!({
            "functions": function::without_bodies(&planner.functions_in(self.database)?),
            "sets": planner.sets_in(self.database),
            "allowed": self.options.superuser_owner,
            "sees_all": self.options.superuser,
            "home_here": self.home,
            // No role has an empty name.
            "installer": self.installer.unwrap_or_default(),
            "installing": false,
            "catalogs": catalogs(planner.version),
            "stray": !self.installed,
            // The functions of other installations are compared with these, wherever they are.
            "definitions": function::without_bodies(&planner.all_functions()?),
            "this_version": env!("CARGO_PKG_VERSION"),
            "install": INSTALL,
            "connection_limit": CONNECTION_LIMIT,
            "needed": NEEDED_CONNECTIONS,
            "prune": PRUNE,
        }));
        let mut context = VerifyContext { values, memberships: Vec::new(), grants: Vec::new() };
        let here = planner.checks_in(self.database);
        for PrivilegeSet { name, role, grants, .. } in &planner.sets {
            for grant in grants {
                let member = matches!(grant, Grant::Member { .. });
                let missing = missing(planner, role, grant)?;
                if member {
                    context.memberships.extend(missing);
                } else if here.iter().any(|check| check.owner == *name) {
                    context.grants.extend(missing);
                }
            }
        }
        Ok(context)
    }
}

/// The names of [`CATALOGS`] on servers of a version.
fn catalogs(version: ServerVersion) -> Vec<String> {
    let known = CATALOGS.iter().filter(|name| version.major() >= 15 || **name != SINCE_15);
    known.map(|name| format!("pg_catalog.{name}")).collect()
}

/// The values for the templates, and the grants that owner roles must have if they exist.
struct VerifyContext {
    values: Value,
    memberships: Vec<Value>,
    grants: Vec<Value>,
}

/// A grant that an owner role must have: the condition that it has it, and the statement that grants it. For a table of
/// users there are more entries, about a table that does not exist or cannot be read.
fn missing(planner: &Planner<'_>, owner: &str, grant: &Grant) -> Result<Vec<Value>, InstallError> {
    let what = match grant {
        Grant::Member { role } => format!("it is not a member of {role}"),
        _ => format!("it has no {}", grant.description()),
    };
    let piece = grants::piece(planner.templates, owner, grant)?;
    let When::Unless(done) = piece.when else { return Ok(Vec::new()) };
    let statement = piece.sql.trim_end_matches(';');
    let entry = |what: String, done: String, statement: String| json!({ "owner": owner, "what": what, "done": done, "statement": statement });
    let Grant::Table { table, .. } = grant else {
        return Ok(vec![entry(what, done, statement.to_owned())]);
    };
    let oid = grant.oid();
    let absent = format!("table {}, which it reads, does not exist", table.name());
    let fix = format!(
        "create the table, then {statement}; or remove it from the file of the owner set and run posemo install"
    );
    let without = |condition: &str| {
        format!(
            "(NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = {oid} AND {condition}))"
        )
    };
    let name = table.name();
    let view =
        format!("{name}, which it reads, is not a table, so code of its owner runs as this role");
    let policies = format!("table {name}, which it reads, has row-level security");
    Ok(vec![
        entry(what, format!("({oid} IS NULL OR {done})"), statement.to_owned()),
        entry(absent, format!("({oid} IS NOT NULL)"), fix),
        entry(
            view,
            without("c.relkind NOT IN ('r', 'p', 'm')"),
            "replace it by a table".to_owned(),
        ),
        entry(
            policies,
            without("c.relrowsecurity"),
            "disable row-level security, or read another table".to_owned(),
        ),
    ])
}
