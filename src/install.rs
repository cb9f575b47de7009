//! Turns checks into one script of SQL: roles, databases, schema, one function a query.
//!
//! No server is asked: the same checks, options and server version always give the same bytes. Applying
//! the script, and reading it first, are somebody else's.

use std::collections::BTreeMap;

use serde_json::json;

use crate::catalog::check::{Check, Query, Scope};
use crate::catalog::owners;
use crate::catalog::server_version::ServerVersion;
use error::InstallError;
use plan::Planner;
use script::Script;
use template::Templates;

pub mod error;
mod function;
mod grants;
mod plan;
pub mod script;
mod template;
pub mod uninstall;
pub mod verify;

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
    /// Whether the installer is a superuser; on a managed service it is a role with CREATEROLE.
    pub superuser: bool,
    /// Privilege sets whose grants the installer cannot give, each with the reason.
    pub withheld: BTreeMap<String, String>,
    /// The SCRAM verifier of a new password for the monitor.
    pub verifier: Option<String>,
}

impl Default for Options {
    /// As a superuser installs where nothing else is said: all checks of the cluster, everything named `posemo`.
    fn default() -> Options {
        let name = || "posemo".to_owned();
        Options {
            home: name(),
            schema: name(),
            monitor: name(),
            databases: Vec::new(),
            only_some: false,
            superuser_owner: false,
            superuser: true,
            withheld: BTreeMap::new(),
            verifier: None,
        }
    }
}

/// Writes the script that installs checks on servers of a version.
pub fn script(
    checks: &[Check],
    options: &Options,
    version: ServerVersion,
) -> Result<Script, InstallError> {
    let planner = Planner::new(checks, options, version)?;
    let mut steps = vec![planner.create_home()?, planner.step(&options.home)?];
    for database in options.databases.iter().filter(|database| **database != options.home) {
        steps.push(planner.step(database)?);
    }
    steps.push(planner.retire()?);
    let undo = planner.templates.render("database/drop: do", &json!({ "home": options.home }))?;
    Ok(Script { steps, undo, notes: planner.notes(), skipped: planner.skipped })
}

/// The role that owns the functions of a privilege set.
pub fn owner_role(set: &str) -> String {
    format!("posemo_{set}")
}

/// The roles that own the functions of all privilege sets.
pub fn owner_roles() -> impl Iterator<Item = String> {
    owners().map(|(set, _)| owner_role(set))
}

/// The grants that a privilege set has on servers of a version, as SQL.
pub fn grants_of(set: &str, version: ServerVersion) -> Result<Vec<String>, InstallError> {
    let templates = Templates::new()?;
    let owner = owner_role(set);
    let text = owners().find(|(name, _)| *name == set).map_or("", |(_, text)| text);
    let granted = grants::read(&templates, set, text, &owner, version.major())?;
    granted.iter().map(|grant| Ok(grants::piece(&templates, &owner, grant)?.sql)).collect()
}

/// A grant that a privilege set needs, and how to find out whether the installer may give it.
#[derive(Debug, Clone)]
pub struct Needed {
    /// The privilege set.
    pub set: &'static str,
    /// What is granted, for people: `SELECT (rolname, rolpassword) on pg_catalog.pg_authid`.
    pub grant: String,
    /// A boolean expression that holds where the installer may give it, or it is given.
    pub may: String,
}

/// The grants of all privilege sets on servers of a version.
pub fn needed(version: ServerVersion) -> Result<Vec<Needed>, InstallError> {
    let templates = Templates::new()?;
    let mut all = Vec::new();
    for (set, text) in owners() {
        let owner = owner_role(set);
        for grant in grants::read(&templates, set, text, &owner, version.major())? {
            let may = grants::may(&templates, &owner, &grant, version.major())?;
            all.push(Needed { set, grant: grant.words(), may });
        }
    }
    Ok(all)
}

/// The functions of one check by name, each with the hash of its definition that its comment carries.
pub fn hashes(
    check: &Check,
    options: &Options,
    version: ServerVersion,
) -> Result<Vec<(String, String)>, InstallError> {
    let templates = Templates::new()?;
    let hash = |query: &Query| {
        let context = function::context(&templates, options, version, check, query)?;
        let comment = context["comment"].as_str().unwrap_or_default();
        let comment: serde_json::Value = serde_json::from_str(comment).unwrap_or_default();
        let hash = comment["sha256"].as_str().unwrap_or_default().to_owned();
        Ok((query.signature.function.clone(), hash))
    };
    check.queries.iter().map(hash).collect()
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
    if let Some(reason) = options.withheld.get(&check.owner) {
        return Some(reason.clone());
    }
    if check.has_query_of(Scope::Database) && options.databases.is_empty() {
        return Some(
            "is asked in each database; name some with --database, or all with --all-databases"
                .to_owned(),
        );
    }
    None
}
