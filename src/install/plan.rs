//! The steps of an installation, and the values to render the templates with.
//!
//! The caller selects the checks; this file only leaves out those that the server cannot have.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error::InstallError;
use super::function;
use super::grants::{self, Grant, NOISY, PrivilegeSet};
use super::options::{InstallOptions, OtherFunctions};
use super::script::{Piece, ScriptStep, When};
use super::template::Templates;
use crate::catalog::check::{Check, Query, Scope};
use crate::catalog::extension::EXTENSIONS;
use crate::catalog::monitor::{
    CONNECTION_LIMIT, FORMER_CONNECTION_LIMIT, HOME, MARK, READS, SCHEMA_MARK,
};
use crate::catalog::owner_set::OWN_PREFIX;
use crate::catalog::server_version::ServerVersion;

/// The key of the advisory lock against a second installer: the letters `posemo`.
const LOCK: i64 = 0x706f_7365_6d6f;

/// The connection limit of a home database without the comment yet: the letters `pose`.
const UNFINISHED: i32 = 0x706f_7365;

/// Renders the steps of an installation.
pub(super) struct Planner<'a> {
    pub(super) templates: &'static Templates,
    pub(super) options: &'a InstallOptions,
    pub(super) version: ServerVersion,
    /// All checks.
    all: &'a [Check],
    /// The checks that can be installed.
    checks: Vec<&'a Check>,
    /// The other checks, each with the reason.
    pub(super) skipped: Vec<(String, String)>,
    /// Every privilege set, also those that no check needs, because an earlier installation may have created its role.
    pub(super) sets: Vec<PrivilegeSet>,
    /// The names and former names of all checks.
    known: Vec<&'a str>,
    /// The template contexts of functions, which are the same in every database.
    functions: RefCell<BTreeMap<String, Value>>,
}

impl<'a> Planner<'a> {
    /// Separates the checks that servers of a version can have from the others.
    pub(super) fn new(
        checks: &'a [Check],
        options: &'a InstallOptions,
        version: ServerVersion,
    ) -> Result<Planner<'a>, InstallError> {
        options.validate()?;
        let templates = Templates::get()?;
        let sets = grants::sets(templates, checks, version)?;
        // A list for IN cannot be empty, and no check has an empty name.
        let names = checks.iter().flat_map(|check| std::iter::once(&check.name).chain(&check.was));
        let mut planner = Planner {
            templates,
            options,
            version,
            all: checks,
            checks: Vec::new(),
            skipped: Vec::new(),
            sets,
            known: std::iter::once("").chain(names.map(String::as_str)).collect(),
            functions: RefCell::default(),
        };
        // A check with a document has no function.
        for check in checks.iter().filter(|check| check.document.is_none()) {
            if !check.servers.contains(version.major()) {
                // The server cannot have it, so it is not missing, unless the user named the checks.
                if options.others == OtherFunctions::Kept {
                    let reason =
                        format!("for PostgreSQL {}, not {}", check.servers, version.major());
                    planner.skipped.push((check.name.clone(), reason));
                }
                continue;
            }
            match options.reason_to_skip(check) {
                Some(reason) => planner.skipped.push((check.name.clone(), reason)),
                None => planner.checks.push(check),
            }
        }
        Ok(planner)
    }

    /// A separate step, because `CREATE DATABASE` cannot run in a transaction.
    pub(super) fn create_home(&self) -> Result<ScriptStep, InstallError> {
        let home = &self.options.home;
        let context = json!({ "home": home, "comment": MARK, "unfinished": UNFINISHED });
        let create =
            self.templates.piece("database/create", format!("create database {home}"), &context)?;
        let mark =
            self.templates.piece("database/mark", format!("open database {home}"), &context)?;
        Ok(ScriptStep { pieces: vec![create, mark], ..ScriptStep::default() })
    }

    pub(super) fn step(&self, database: &str) -> Result<ScriptStep, InstallError> {
        let checks = self.checks_in(database);
        let functions = self.functions_in(database)?;
        let listed = json!(function::without_bodies(&functions));
        let mut pieces = self.opening(database, &listed)?;
        if database == self.options.home {
            pieces.extend(self.roles()?);
            pieces.extend(self.hardening()?);
        }
        pieces.extend(self.schema(database, &checks)?);
        if database == self.options.home {
            pieces.extend(self.record()?);
        }
        pieces.extend(self.functions(database, &functions, &listed)?);
        let what = format!(
            "revoke privileges of owner sets that no check needs any more in database {database}"
        );
        pieces.push(self.templates.piece("schema/abandoned", what, &self.context(&json!({})))?);
        let context = self.context(&json!({ "grantable_only": !self.options.superuser }));
        let what =
            format!("grant what is revoked from PUBLIC on system objects in database {database}");
        pieces.push(self.templates.piece("closed/closed", what, &context)?);
        let context = self.context(&json!({ "functions": listed }));
        let what = format!("check the result in database {database}");
        pieces.push(self.templates.always(When::Last, "assert/assert", what, &context)?);
        let remain = self.options.others == OtherFunctions::KnownDropped;
        let unknown = || self.templates.render("function/unknown: ask", &context);
        let unknown = remain.then(unknown).transpose()?;
        let exact = Some(self.templates.render("function/exact: ask", &context)?);
        let needs = functions.iter().any(|function| !function["extension"].is_null());
        let inapplicable = || self.templates.render("extension/inapplicable: ask", &context);
        let inapplicable = needs.then(inapplicable).transpose()?;
        let database = Some(database.to_owned());
        Ok(ScriptStep { database, transaction: true, pieces, exact, unknown, inapplicable })
    }

    /// The checks that run in a database.
    pub(super) fn checks_in(&self, database: &str) -> Vec<&'a Check> {
        let here = |check: &&&Check| {
            check.queries.iter().any(|query| self.runs_in(check, query, database))
        };
        self.checks.iter().filter(here).copied().collect()
    }

    /// Whether a query runs in a database.
    fn runs_in(&self, check: &Check, query: &Query, database: &str) -> bool {
        match query.scope {
            Scope::Cluster => database == self.options.home,
            Scope::Database => {
                check.databases.contains(database)
                    && self.options.databases.iter().any(|name| name == database)
            }
        }
    }

    /// The template contexts of the functions in a database.
    pub(super) fn functions_in(&self, database: &str) -> Result<Vec<Value>, InstallError> {
        let checks = self.checks_in(database);
        let queries =
            checks.iter().flat_map(|check| check.queries.iter().map(move |query| (check, query)));
        queries
            .filter(|(check, query)| self.runs_in(check, query, database))
            .map(|(check, query)| self.function(check, query))
            .collect()
    }

    fn function(&self, check: &Check, query: &Query) -> Result<Value, InstallError> {
        let name = &query.signature.function;
        if let Some(known) = self.functions.borrow().get(name) {
            return Ok(known.clone());
        }
        let context = function::context(self.templates, self.options, self.version, check, query)?;
        self.functions.borrow_mut().insert(name.clone(), context.clone());
        Ok(context)
    }

    /// The template contexts of the functions of all checks, in whichever database they are.
    pub(super) fn all_functions(&self) -> Result<Vec<Value>, InstallError> {
        let checks = self.all.iter().filter(|check| check.servers.contains(self.version.major()));
        let queries =
            checks.flat_map(|check| check.queries.iter().map(move |query| (check, query)));
        queries.map(|(check, query)| self.function(check, query)).collect()
    }

    /// For each check, the databases that it names and that are not in this installation.
    pub(super) fn uncovered(&self) -> Vec<String> {
        let is_covered = |name: &String| self.options.databases.contains(name);
        let missing = |check: &&Check| {
            let mut missing = check.databases.names();
            missing.retain(|name| !is_covered(name));
            (!missing.is_empty()).then(|| {
                format!(
                    "check {} is not installed in {}, which it names; add --database",
                    check.name,
                    missing.join(", ")
                )
            })
        };
        self.checks.iter().filter_map(missing).collect()
    }

    /// The values that every template can use, and more.
    pub(super) fn context(&self, more: &Value) -> Value {
        let roles: Vec<&str> = self.sets.iter().map(|set| set.role.as_str()).collect();
        let sets: Vec<Value> = self.sets.iter().map(|set| set.values(true)).collect();
        let mut context = json!({
            "schema": self.options.schema,
            "monitor": self.options.monitor,
            "home": self.options.home,
            "default_home": HOME,
            "home_here": false,
            "comment": MARK,
            "mark": SCHEMA_MARK,
            "lock": LOCK,
            "noisy": NOISY,
            "monitor_reads": READS,
            "grantable_only": false,
            "owners": roles,
            "sets": sets,
            "prefix": OWN_PREFIX,
            "superuser": self.options.superuser_owner,
            "managed": !self.options.superuser,
            "only": self.options.others == OtherFunctions::Kept,
            "prune": self.options.others == OtherFunctions::AllDropped,
            "known": self.known,
            "major": self.version.major(),
            "installer": "",
            "installing": true,
            "extensions": EXTENSIONS.map(|extension| extension.name),
        });
        let fields = context.as_object_mut().expect("it was made as an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        context
    }

    /// The privilege sets as they must be in a database.
    pub(super) fn sets_in(&self, database: &str) -> Vec<Value> {
        let checks = self.checks_in(database);
        let is_used = |set: &PrivilegeSet| checks.iter().any(|check| check.owner == set.name);
        // A check that was not selected can need the grants.
        let sets = self
            .sets
            .iter()
            .map(|set| set.values(is_used(set) || self.options.others == OtherFunctions::Kept));
        sets.collect()
    }

    fn opening(&self, database: &str, functions: &Value) -> Result<Vec<Piece>, InstallError> {
        let context = self.context(&json!({ "functions": functions }));
        let what = format!("check the preconditions in database {database}");
        Ok(vec![
            self.templates.always(
                When::First,
                "session/begin",
                "set the session's parameters".to_owned(),
                &context,
            )?,
            self.templates.always(When::First, "preflight/preflight", what, &context)?,
        ])
    }

    /// The privilege sets that the checks need, with their grants.
    fn needed_sets(&self) -> impl Iterator<Item = &PrivilegeSet> {
        self.sets.iter().filter(|set| self.checks.iter().any(|check| check.owner == set.name))
    }

    /// Owner roles with their memberships, and the monitor role.
    fn roles(&self) -> Result<Vec<Piece>, InstallError> {
        // First: a membership with an excess option is revoked completely, and granted again below.
        let what = "revoke memberships that owner roles no longer need".to_owned();
        let context = self.context(&json!({}));
        let mut pieces = vec![self.templates.piece("roles/surplus", what, &context)?];
        for PrivilegeSet { role: owner, grants, .. } in self.needed_sets() {
            let context = self.context(&json!({ "owner": owner }));
            pieces.push(self.templates.piece(
                "roles/owner",
                format!("create role {owner}"),
                &context,
            )?);
            for grant in grants.iter().filter(|grant| matches!(grant, Grant::Member { .. })) {
                pieces.push(grants::piece(self.templates, owner, grant)?);
            }
        }
        let monitor = &self.options.monitor;
        let context = self.context(&json!({
            "connection_limit": CONNECTION_LIMIT,
            "former_limit": FORMER_CONNECTION_LIMIT,
        }));
        for (piece, what) in [
            ("roles/monitor", format!("create role {monitor}")),
            ("roles/limit", format!("raise the connection limit of role {monitor}")),
        ] {
            pieces.push(self.templates.piece(piece, what, &context)?);
        }
        if self.options.reserved_connections {
            if self.version.major() < 16 {
                return Err(InstallError::NoReservedConnections { major: self.version.major() });
            }
            let what = format!("grant pg_use_reserved_connections to role {monitor}");
            pieces.push(self.templates.piece("roles/reserved", what, &context)?);
        }
        if let Some(verifier) = &self.options.verifier {
            let context = json!({ "monitor": monitor, "verifier": verifier });
            let what = format!("set the password of role {monitor}");
            // Two verifiers of one password differ, so SQL cannot determine whether it is set already.
            let always = When::Unless("false".to_owned());
            let piece = self.templates.always(always, "roles/password", what, &context)?;
            pieces.push(Piece { secret: true, ..piece });
        }
        Ok(pieces)
    }

    /// The last step, when all databases are up to date: roles that no object refers to. Roles are shared by all
    /// databases, so the step can run in any of them.
    pub(super) fn retire(&self) -> Result<ScriptStep, InstallError> {
        let context = self.context(&json!({}));
        let begin = "set the session's parameters".to_owned();
        let what = "drop owner roles that no check needs any more".to_owned();
        let pieces = vec![
            self.templates.always(When::First, "session/begin", begin, &context)?,
            self.templates.piece("roles/retired", what, &context)?,
        ];
        Ok(ScriptStep { transaction: true, pieces, ..ScriptStep::default() })
    }

    /// The schema, the monitor role's privileges on it and on the database, and the grants of the owner roles.
    fn schema(&self, database: &str, checks: &[&Check]) -> Result<Vec<Piece>, InstallError> {
        let (schema, monitor) = (&self.options.schema, &self.options.monitor);
        let context = self.context(&json!({ "database": database }));
        let mut pieces = vec![
            self.templates.piece(
                "schema/schema",
                format!("create schema {schema} in database {database}"),
                &context,
            )?,
            self.templates.piece(
                "schema/usage",
                format!("grant USAGE on schema {schema} in database {database} to role {monitor}"),
                &context,
            )?,
            self.templates.piece(
                "schema/connect",
                format!("grant CONNECT on database {database} to role {monitor}"),
                &context,
            )?,
        ];
        let what =
            format!("revoke privileges that owner roles no longer need in database {database}");
        let context = self.context(&json!({ "sets": self.sets_in(database) }));
        pieces.push(self.templates.piece("schema/excess", what, &context)?);
        let is_here = |set: &&PrivilegeSet| checks.iter().any(|check| check.owner == set.name);
        for PrivilegeSet { role, grants, .. } in self.needed_sets().filter(is_here) {
            for grant in grants.iter().filter(|grant| !matches!(grant, Grant::Member { .. })) {
                let mut piece = grants::piece(self.templates, role, grant)?;
                if grant.is_on_objects_of_users() {
                    piece.what.push_str(&[" in database ", database].concat());
                }
                pieces.push(piece);
            }
        }
        Ok(pieces)
    }

    /// Drops outdated functions, then creates each missing one.
    fn functions(
        &self,
        database: &str,
        functions: &[Value],
        listed: &Value,
    ) -> Result<Vec<Piece>, InstallError> {
        let schema = &self.options.schema;
        let context = self.context(&json!({ "functions": listed }));
        let mut pieces = Vec::new();
        if self.options.others != OtherFunctions::Kept || !functions.is_empty() {
            let what = format!("drop outdated functions of schema {schema} in database {database}");
            pieces.push(self.templates.piece("function/outdated", what, &context)?);
        }
        for context in functions {
            let function = context["function"].as_str().unwrap_or_default();
            let what = format!("create function {schema}.{function} in database {database}");
            let piece = self.templates.piece("function/function", what, context)?;
            let extension = !context["extension"].is_null();
            pieces.push(Piece { function: Some(function.to_owned()), extension, ..piece });
        }
        Ok(pieces)
    }
}
