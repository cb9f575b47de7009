//! Writes the queries that find deviations of an installation.
//!
//! It connects to no server and fixes nothing: each result row contains the statement that fixes the deviation.

use serde_json::{Value, json};

use super::error::InstallError;
use super::grants::{self, Grant, owner_role};
use super::options::InstallOptions;
use super::plan::Planner;
use super::script::When;
use crate::catalog::check::Check;
use crate::catalog::monitor::{CONNECTION_LIMIT, NEEDED_CONNECTIONS};
use crate::catalog::owners;
use crate::catalog::server_version::{OLDEST, ServerVersion};

/// The fix for missing and outdated objects.
const INSTALL: &str = "posemo install, with the same options as the first time";

/// What drops the function of a check that the catalog does not contain.
const PRUNE: &str = "posemo install --prune, with the same options as the first time";

/// The rules about the whole server, with their templates; their queries run in the home database.
const SHARED: [(&str, &str); 5] = [
    ("owners", "verify/roles/owners"),
    ("monitor", "verify/roles/monitor"),
    ("home", "verify/cluster/home"),
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
/// posemo's schema), `installed` (another database with CONNECT granted to the monitor role), `stray` (a database
/// without this grant where the monitor role or an owner role has objects or privileges).
pub fn facts(options: &InstallOptions) -> Result<String, InstallError> {
    // The query does not depend on the version, which it reads.
    let planner = Planner::new(&[], options, ServerVersion::newest_of(OLDEST))?;
    planner.templates.render("verify/cluster/facts: ask", &planner.context(&json!({})))
}

/// The queries for an installation, database by database, the home database first.
///
/// The option `superuser` is true if a superuser will run them: other roles cannot read some system catalogs.
pub fn queries(
    checks: &[Check],
    options: &InstallOptions,
    version: ServerVersion,
) -> Result<Vec<VerifyQuery>, InstallError> {
    // Functions of superusers are checked in any case, also if they are not permitted.
    let lenient = InstallOptions { superuser_owner: true, ..options.clone() };
    let planner = Planner::new(checks, &lenient, version)?;
    let others = options.databases.iter().filter(|database| **database != options.home);
    let mut queries = Vec::new();
    for database in std::iter::once(&options.home).chain(others) {
        let home = *database == options.home;
        let inspected = InspectedDatabase { options, version, database, home, installed: true };
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
    database: &str,
) -> Result<Vec<VerifyQuery>, InstallError> {
    let planner = Planner::new(checks, options, version)?;
    let inspected = InspectedDatabase { options, version, database, home: false, installed: false };
    let context = inspected.context(&planner)?;
    let rules = LOCAL.iter().filter(|(rule, _)| ANYWHERE.contains(rule));
    rules.map(|(rule, template)| inspected.query(&planner, rule, template, &context)).collect()
}

/// A database to verify.
struct InspectedDatabase<'a> {
    options: &'a InstallOptions,
    version: ServerVersion,
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
        Ok(VerifyQuery {
            rule,
            database: self.database.to_owned(),
            shared,
            sql: planner.templates.render(&format!("{template}: ask"), &values)?,
        })
    }

    fn context(&self, planner: &Planner<'_>) -> Result<VerifyContext, InstallError> {
        let values = planner.context(&json!({
            "functions": planner.functions_in(self.database)?,
            "allowed": self.options.superuser_owner,
            "sees_all": self.options.superuser,
            "home_here": self.home,
            "stray": !self.installed,
            // The functions of other installations are compared with these, wherever they are.
            "known": planner.all_functions()?,
            "this_version": env!("CARGO_PKG_VERSION"),
            "install": INSTALL,
            "connection_limit": CONNECTION_LIMIT,
            "needed": NEEDED_CONNECTIONS,
            "prune": PRUNE,
        }));
        let mut context = VerifyContext { values, memberships: Vec::new(), grants: Vec::new() };
        let here = planner.checks_in(self.database);
        for (set, text) in owners() {
            let owner = owner_role(set);
            let major = self.version.major();
            for grant in grants::read(&planner.templates, set, text, &owner, major)? {
                let member = matches!(grant, Grant::Member { .. });
                let missing = missing(planner, &owner, &grant)?;
                if member {
                    context.memberships.extend(missing);
                } else if here.iter().any(|check| check.owner == set) {
                    context.grants.extend(missing);
                }
            }
        }
        Ok(context)
    }
}

/// The values for the templates, and the grants that owner roles must have if they exist.
struct VerifyContext {
    values: Value,
    memberships: Vec<Value>,
    grants: Vec<Value>,
}

/// A grant that an owner role must have: the condition that it has it, and the statement that grants it.
fn missing(
    planner: &Planner<'_>,
    owner: &str,
    grant: &Grant,
) -> Result<Option<Value>, InstallError> {
    let what = match grant {
        Grant::Member { role } => format!("it is not a member of {role}"),
        Grant::Relation { relation, columns, .. } if columns.is_empty() => {
            format!("it has no SELECT on {relation}")
        }
        Grant::Relation { relation, columns, .. } => {
            format!("it has no SELECT ({}) on {relation}", columns.join(", "))
        }
        Grant::Function { function, .. } => format!("it has no EXECUTE on {function}"),
    };
    let piece = grants::piece(&planner.templates, owner, grant)?;
    Ok(match piece.when {
        When::Unless(done) => {
            let statement = piece.sql.trim_end_matches(';');
            Some(json!({ "owner": owner, "what": what, "done": done, "statement": statement }))
        }
        When::First | When::Last => None,
    })
}
