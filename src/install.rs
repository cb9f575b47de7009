//! Turns checks into one SQL script: roles, databases, schema, and one function for each query.
//!
//! It connects to no server: the same checks, options and server version always give the same bytes. `admin`
//! applies the script, `cli` prints it.

use serde_json::{Value, json};

use crate::catalog::check::{Check, Query};
use crate::catalog::owners;
use crate::catalog::server_version::ServerVersion;
use error::InstallError;
pub use grants::{owner_role, owner_roles};
pub use options::{InstallOptions, IntendedDatabases, OtherFunctions};
use plan::Planner;
use script::Script;
use template::Templates;

pub mod error;
mod function;
mod grants;
mod home;
mod options;
mod plan;
mod psql;
pub mod script;
mod template;
pub mod uninstall;
pub mod verify;

/// Writes the script that installs checks on servers of a version.
pub fn script(
    checks: &[Check],
    options: &InstallOptions,
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

/// The grants to the owner role of a check on servers of a version, as SQL statements.
pub fn grants_of(check: &Check, version: ServerVersion) -> Result<Vec<String>, InstallError> {
    let templates = Templates::get()?;
    let sets = grants::sets(templates, std::slice::from_ref(check), version)?;
    let Some(set) = sets.iter().find(|set| set.name == check.owner) else { return Ok(Vec::new()) };
    let piece = |grant| Ok(grants::piece(templates, &set.role, grant)?.sql);
    set.grants.iter().map(piece).collect()
}

/// A grant that a privilege set needs, and how to determine whether the installing role can grant it.
#[derive(Debug, Clone)]
pub struct RequiredGrant {
    /// The privilege set.
    pub set: &'static str,
    /// The grant, for people: `SELECT (rolname, rolpassword) on pg_catalog.pg_authid`.
    pub grant: String,
    /// A boolean SQL expression: true if the installing role can grant it, or it is granted already.
    pub grantable: String,
}

/// The grants of all privilege sets on servers of a version.
pub fn required_grants(version: ServerVersion) -> Result<Vec<RequiredGrant>, InstallError> {
    let templates = Templates::get()?;
    let mut all = Vec::new();
    for (set, text) in owners() {
        let owner = owner_role(set);
        for grant in grants::read(templates, set, text, &owner, version.major())? {
            let grantable = grants::grantable(templates, &owner, &grant, version.major())?;
            all.push(RequiredGrant { set, grant: grant.description(), grantable });
        }
    }
    Ok(all)
}

/// The names of a check's functions, each with the SHA-256 of its definition, as in the function's comment.
pub fn hashes(
    check: &Check,
    options: &InstallOptions,
    version: ServerVersion,
) -> Result<Vec<(String, String)>, InstallError> {
    let templates = Templates::get()?;
    let hash = |query: &Query| {
        let context = function::context(templates, options, version, check, query)?;
        let comment = context["comment"].as_str().unwrap_or_default();
        let comment: Value = serde_json::from_str(comment).unwrap_or_default();
        let hash = comment["sha256"].as_str().unwrap_or_default().to_owned();
        Ok((query.signature.function.clone(), hash))
    };
    check.queries.iter().map(hash).collect()
}

/// The statements that create a check's functions.
pub fn definitions(
    check: &Check,
    options: &InstallOptions,
    version: ServerVersion,
) -> Result<Vec<String>, InstallError> {
    let templates = Templates::get()?;
    let define = |query| {
        let context = function::context(templates, options, version, check, query)?;
        templates.render("function/function: do", &context)
    };
    check.queries.iter().map(define).collect()
}
