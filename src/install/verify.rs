//! Writes the questions that find out whether an installation is still what it was made as.
//!
//! Nobody is asked here, and nothing is mended: each answer carries the statement that would do it.

use serde_json::{Value, json};

use super::error::InstallError;
use super::grants::{self, Grant};
use super::plan::{NOISY, Planner};
use super::script::When;
use super::{Options, owner_role};
use crate::catalog::check::Check;
use crate::catalog::owners;
use crate::catalog::server_version::{OLDEST, ServerVersion};

/// The remedy where objects have to be made anew.
const INSTALL: &str = "posemo install, with the options of the first time";

/// The rules about the whole cluster, with their templates; they are asked in the home database.
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

/// The rules that also hold in a database where nothing is installed.
const ANYWHERE: [&str; 2] = ["rights", "defaults"];

/// One rule, to be asked in one database.
///
/// Each row of the answer has five columns: a state (`ok`, `warning`, `critical`), what it is about, what
/// is wrong with it, why that matters, and what mends it. A row with `count` in place of a state says what
/// was looked at, and how many.
#[derive(Debug, Clone)]
pub struct Question {
    /// The rule's name.
    pub rule: &'static str,
    /// Where it is to be asked.
    pub database: String,
    /// Whether it is about the whole cluster, and not about that database.
    pub shared: bool,
    /// A query without arguments.
    pub sql: String,
}

/// The first question, for the home database. Each row of the answer has a word and a value: `version`
/// (as `server_version_num`), `database` (this one), `standby`, `superuser` (if the asker is one), `function`
/// (one in posemo's schema), `installed` (another database that the monitor was let into), `stray`
/// (one that it was not, and where it or an owner has something all the same).
pub fn look(options: &Options) -> Result<String, InstallError> {
    // Nothing in it depends on the version, which it is to find out.
    let planner = Planner::new(&[], options, ServerVersion::newest_of(OLDEST))?;
    planner.templates.render("verify/cluster/look: ask", &planner.context(&json!({})))
}

/// The questions about an installation, database by database, the home database first.
///
/// Of the options, `superuser` says whether a superuser will ask: some catalogs are closed to others.
pub fn questions(
    checks: &[Check],
    options: &Options,
    version: ServerVersion,
) -> Result<Vec<Question>, InstallError> {
    // What a superuser owns is looked at in any case, the more so where it is not allowed.
    let lenient = Options { superuser_owner: true, ..options.clone() };
    let planner = Planner::new(checks, &lenient, version)?;
    let others = options.databases.iter().filter(|database| **database != options.home);
    let mut questions = Vec::new();
    for database in std::iter::once(&options.home).chain(others) {
        let home = *database == options.home;
        let asked = Asked { options, version, database, home, installed: true };
        let context = asked.context(&planner)?;
        for (rule, template) in LOCAL.iter().chain(SHARED.iter().filter(|_| home)) {
            questions.push(asked.question(&planner, rule, template, &context)?);
        }
    }
    Ok(questions)
}

/// The questions about a database where nothing should be installed, but where a role of posemo's has
/// something. Only a superuser may go there to ask.
pub fn stray_questions(
    options: &Options,
    version: ServerVersion,
    database: &str,
) -> Result<Vec<Question>, InstallError> {
    let planner = Planner::new(&[], options, version)?;
    let asked = Asked { options, version, database, home: false, installed: false };
    let context = asked.context(&planner)?;
    let rules = LOCAL.iter().filter(|(rule, _)| ANYWHERE.contains(rule));
    rules.map(|(rule, template)| asked.question(&planner, rule, template, &context)).collect()
}

/// What is asked about one database.
struct Asked<'a> {
    options: &'a Options,
    version: ServerVersion,
    database: &'a str,
    home: bool,
    installed: bool,
}

impl Asked<'_> {
    fn question(
        &self,
        planner: &Planner<'_>,
        rule: &'static str,
        template: &str,
        context: &Context,
    ) -> Result<Question, InstallError> {
        let shared = SHARED.iter().any(|(name, _)| *name == rule);
        // Memberships hold in the whole cluster; all other grants in one database.
        let missing = if shared { &context.memberships } else { &context.grants };
        let mut values = context.values.clone();
        values["missing"] = Value::Array(missing.clone());
        Ok(Question {
            rule,
            database: self.database.to_owned(),
            shared,
            sql: planner.templates.render(&format!("{template}: ask"), &values)?,
        })
    }

    fn context(&self, planner: &Planner<'_>) -> Result<Context, InstallError> {
        let values = planner.context(&json!({
            "functions": planner.functions_in(self.database)?,
            "allowed": self.options.superuser_owner,
            "sees_all": self.options.superuser,
            "home_here": self.home,
            "stray": !self.installed,
            "noisy": NOISY,
            "install": INSTALL,
        }));
        let mut context = Context { values, memberships: Vec::new(), grants: Vec::new() };
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

/// What the templates are told, and the grants that a role must have if there is one.
struct Context {
    values: Value,
    memberships: Vec<Value>,
    grants: Vec<Value>,
}

/// A grant that an owner must have: how to see that it has it, and how to give it.
fn missing(
    planner: &Planner<'_>,
    owner: &str,
    grant: &Grant,
) -> Result<Option<Value>, InstallError> {
    let what = match grant {
        Grant::Member { role } => format!("it is no member of {role}"),
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
