//! Turns checks into one script of SQL: roles, databases, schema, one function a query.
//!
//! No server is asked: the same checks, options and server version always give the same bytes. Applying
//! the script, and reading it first, are somebody else's.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::catalog::check::{Check, Scope};
use crate::catalog::owners;
use crate::catalog::server_version::ServerVersion;
use error::InstallError;
use grants::Grant;
use script::{Piece, Script, Step, When};
use template::Templates;

pub mod error;
mod function;
mod grants;
pub mod script;
mod template;

/// The comment on everything but functions that is posemo's own.
const MARK: &str = "{\"posemo\":true}";

/// The key of the advisory lock against a second installer: the letters `posemo`.
const LOCK: i64 = 0x706f_7365_6d6f;

/// Functions that PUBLIC may call and that change something, or wait.
const NOISY: &str = "^(lo_.*|lowrite|loread|pg_logical_emit_message|pg_notify|pg_advisory_.*|pg_try_advisory_.*|\
txid_current|pg_current_xact_id|pg_export_snapshot|pg_sleep.*)$";

/// How to install.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database for checks of scope `cluster`.
    pub home: String,
    /// posemo's schema in each database.
    pub schema: String,
    /// The login role that may call the functions.
    pub monitor: String,
    /// The databases for checks of scope `database`.
    pub databases: Vec<String>,
    /// Whether only some checks are installed, and the others left as they are.
    pub only_some: bool,
    /// Whether site-local checks may have functions owned by a superuser.
    pub superuser_owner: bool,
}

/// The sessions that the monitor may have at a time, if nobody says otherwise: enough for the databases
/// of a sweep side by side, too few to fill a server.
const CONNECTION_LIMIT: u32 = 10;

/// Writes the script that installs checks on servers of a version.
pub fn script(
    checks: &[Check],
    options: &Options,
    version: ServerVersion,
) -> Result<Script, InstallError> {
    names(options)?;
    let templates = Templates::new()?;
    let mut skipped = Vec::new();
    let wanted: Vec<&Check> = checks
        .iter()
        .filter(|check| match reason_to_skip(check, options, version) {
            Some(reason) => {
                skipped.push((check.name.clone(), reason));
                false
            }
            None => true,
        })
        .collect();
    let mut planner = Planner { templates, options, version, checks: wanted, sets: Vec::new() };
    planner.sets = planner.sets()?;
    let mut steps = vec![planner.create_home()?, planner.step(&options.home, true)?];
    for database in options.databases.iter().filter(|database| **database != options.home) {
        steps.push(planner.step(database, false)?);
    }
    let undo = planner.templates.render("database/drop: do", &json!({ "home": options.home }))?;
    Ok(Script { steps, undo, skipped })
}

/// The role that owns the functions of a privilege set.
pub fn owner_role(set: &str) -> String {
    format!("posemo_{set}")
}

/// The grants that a privilege set has on servers of a version, as SQL.
pub fn grants_of(set: &str, version: ServerVersion) -> Result<Vec<String>, InstallError> {
    let templates = Templates::new()?;
    let owner = owner_role(set);
    let text = owners().find(|(name, _)| *name == set).map_or("", |(_, text)| text);
    let granted = grants::read(&templates, set, text, &owner, version.major())?;
    granted.iter().map(|grant| Ok(grants::piece(&templates, &owner, grant)?.sql)).collect()
}

/// The statements that make the functions of one check.
pub fn definitions(
    check: &Check,
    options: &Options,
    version: ServerVersion,
) -> Result<Vec<String>, InstallError> {
    let templates = Templates::new()?;
    let define = |query| {
        let context = function::context(&templates, options, version, check, query)?;
        templates.render("function/function: do", &context)
    };
    check.queries.iter().map(define).collect()
}

fn names(options: &Options) -> Result<(), InstallError> {
    let fixed = [
        ("home database", &options.home),
        ("schema", &options.schema),
        ("monitor role", &options.monitor),
    ];
    let databases = options.databases.iter().map(|name| ("database", name));
    match fixed.into_iter().chain(databases).find(|(_, name)| name.len() > 63) {
        Some((what, name)) => Err(InstallError::LongName { what, name: name.clone() }),
        None => Ok(()),
    }
}

fn reason_to_skip(check: &Check, options: &Options, version: ServerVersion) -> Option<String> {
    if !check.servers.contains(version.major()) {
        return Some(format!("for PostgreSQL {}, not {}", check.servers, version.major()));
    }
    if check.owner == "superuser" && !options.superuser_owner {
        return Some(
            "asks for functions owned by a superuser; allow that with --allow-superuser-owner"
                .to_owned(),
        );
    }
    if check.scope == Scope::Database && options.databases.is_empty() {
        return Some(
            "is asked in each database; name some with --database, or all with --all-databases"
                .to_owned(),
        );
    }
    None
}

/// What a script is made of, in one place.
struct Planner<'a> {
    templates: Templates,
    options: &'a Options,
    version: ServerVersion,
    checks: Vec<&'a Check>,
    /// See [`Planner::sets`].
    sets: Vec<Value>,
}

impl Planner<'_> {
    /// `CREATE DATABASE` allows no transaction, so it is a step of its own.
    fn create_home(&self) -> Result<Step, InstallError> {
        let home = &self.options.home;
        let context = json!({ "home": home, "comment": MARK });
        let create =
            self.templates.piece("database/create", format!("create database {home}"), &context)?;
        Ok(Step { database: None, transaction: false, pieces: vec![create] })
    }

    fn step(&self, database: &str, home: bool) -> Result<Step, InstallError> {
        let here = |check: &&&Check| match check.scope {
            Scope::Cluster => home,
            Scope::Database => self.options.databases.iter().any(|name| name == database),
        };
        let checks: Vec<&Check> = self.checks.iter().filter(here).copied().collect();
        let mut functions = Vec::new();
        for check in &checks {
            for query in &check.queries {
                functions.push(function::context(
                    &self.templates,
                    self.options,
                    self.version,
                    check,
                    query,
                )?);
            }
        }
        let mut pieces = self.opening(database)?;
        if home {
            pieces.extend(self.roles()?);
            pieces.extend(self.hardening()?);
        }
        pieces.extend(self.schema(database, &checks)?);
        pieces.extend(self.functions(database, &functions)?);
        let context = self.context(&json!({ "functions": functions }));
        let what = format!("look at the result in database {database}");
        pieces.push(self.templates.always(When::Last, "assert/assert", what, &context)?);
        Ok(Step { database: Some(database.to_owned()), transaction: true, pieces })
    }

    /// What every template may name, and more.
    fn context(&self, more: &Value) -> Value {
        let roles: Vec<&Value> = self.sets.iter().map(|set| &set["role"]).collect();
        let mut context = json!({
            "schema": self.options.schema,
            "monitor": self.options.monitor,
            "home": self.options.home,
            "comment": MARK,
            "lock": LOCK,
            "owners": roles,
            "sets": self.sets,
            "superuser": self.options.superuser_owner,
            "only": self.options.only_some,
        });
        let fields = context.as_object_mut().expect("it was made as an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        context
    }

    fn opening(&self, database: &str) -> Result<Vec<Piece>, InstallError> {
        let context = self.context(&json!({}));
        let look = format!("look before in database {database}");
        Ok(vec![
            self.templates.always(
                When::First,
                "session/begin",
                "settings of the session".to_owned(),
                &context,
            )?,
            self.templates.always(When::First, "preflight/preflight", look, &context)?,
        ])
    }

    /// Every owner, and the roles that it may be a member of: those of all sets, needed now or not, as an
    /// earlier installation may have made them.
    fn sets(&self) -> Result<Vec<Value>, InstallError> {
        let set = |(set, text): (&'static str, &'static str)| {
            let role = owner_role(set);
            let grants = grants::read(&self.templates, set, text, &role, self.version.major())?;
            // A list for IN cannot be empty, and no role has an empty name.
            let mut allowed = vec![String::new()];
            for grant in grants {
                if let Grant::Member { role } = grant {
                    allowed.push(role);
                }
            }
            Ok(json!({ "role": role, "allowed": allowed }))
        };
        owners().map(set).collect()
    }

    /// The privilege sets that the checks need, with their grants.
    fn grants(&self) -> Result<BTreeMap<&'static str, Vec<Grant>>, InstallError> {
        let needed =
            owners().filter(|(set, _)| self.checks.iter().any(|check| check.owner == *set));
        needed
            .map(|(set, text)| {
                let owner = owner_role(set);
                Ok((set, grants::read(&self.templates, set, text, &owner, self.version.major())?))
            })
            .collect()
    }

    /// Owners with their memberships, and the monitor.
    fn roles(&self) -> Result<Vec<Piece>, InstallError> {
        let mut pieces = Vec::new();
        for (set, grants) in self.grants()? {
            let owner = owner_role(set);
            let context = self.context(&json!({ "owner": owner }));
            pieces.push(self.templates.piece(
                "roles/owner",
                format!("create role {owner}"),
                &context,
            )?);
            for grant in grants.iter().filter(|grant| matches!(grant, Grant::Member { .. })) {
                pieces.push(grants::piece(&self.templates, &owner, grant)?);
            }
        }
        let monitor = &self.options.monitor;
        let context = self.context(&json!({ "connection_limit": CONNECTION_LIMIT }));
        pieces.push(self.templates.piece(
            "roles/monitor",
            format!("create role {monitor}"),
            &context,
        )?);
        Ok(pieces)
    }

    /// What PUBLIC may do in the home database, if posemo made it: nothing.
    fn hardening(&self) -> Result<Vec<Piece>, InstallError> {
        let home = &self.options.home;
        let context = self.context(&json!({ "functions": NOISY }));
        Ok(vec![
            self.templates.piece(
                "database/closed",
                format!("close database {home} to PUBLIC"),
                &context,
            )?,
            self.templates.piece(
                "database/empty",
                format!("close schema public of {home} to PUBLIC"),
                &context,
            )?,
            self.templates.piece(
                "database/quiet",
                format!("close functions with side effects in {home} to PUBLIC"),
                &context,
            )?,
        ])
    }

    /// The schema, the way in for the monitor, and the grants of the owners in this database.
    fn schema(&self, database: &str, checks: &[&Check]) -> Result<Vec<Piece>, InstallError> {
        let (schema, monitor) = (&self.options.schema, &self.options.monitor);
        let context = self.context(&json!({ "database": database }));
        let mut pieces = vec![
            self.templates.piece("schema/schema", format!("create schema {schema}"), &context)?,
            self.templates.piece(
                "schema/usage",
                format!("grant USAGE on schema {schema} to role {monitor}"),
                &context,
            )?,
            self.templates.piece(
                "schema/connect",
                format!("grant CONNECT on database {database} to role {monitor}"),
                &context,
            )?,
        ];
        for (set, grants) in self.grants()? {
            if !checks.iter().any(|check| check.owner == set) {
                continue;
            }
            for grant in grants.iter().filter(|grant| !matches!(grant, Grant::Member { .. })) {
                pieces.push(grants::piece(&self.templates, &owner_role(set), grant)?);
            }
        }
        Ok(pieces)
    }

    /// Outdated functions away, then each one that is not there.
    fn functions(&self, database: &str, functions: &[Value]) -> Result<Vec<Piece>, InstallError> {
        let schema = &self.options.schema;
        let context = self.context(&json!({ "functions": functions }));
        let mut pieces = Vec::new();
        if !self.options.only_some || !functions.is_empty() {
            let what = format!("drop outdated functions of schema {schema} in database {database}");
            pieces.push(self.templates.piece("function/outdated", what, &context)?);
        }
        for context in functions {
            let function = context["function"].as_str().unwrap_or_default();
            pieces.push(self.templates.piece(
                "function/function",
                format!("create function {schema}.{function} in database {database}"),
                context,
            )?);
        }
        Ok(pieces)
    }
}
