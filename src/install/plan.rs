//! The steps of an installation, and the values to render the templates with.
//!
//! The caller selects the checks; this file only leaves out those that the server cannot have.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error::InstallError;
use super::function;
use super::grants::{self, Grant, NOISY, owner_role};
use super::options::{InstallOptions, OtherFunctions};
use super::script::{Piece, ScriptStep, When};
use super::template::Templates;
use crate::catalog::check::{Check, Query, Scope};
use crate::catalog::monitor::{
    CONNECTION_LIMIT, FORMER_CONNECTION_LIMIT, MARK, READS, SCHEMA_MARK,
};
use crate::catalog::owners;
use crate::catalog::server_version::ServerVersion;

/// The key of the advisory lock against a second installer: the letters `posemo`.
const LOCK: i64 = 0x706f_7365_6d6f;

/// The connection limit of a home database without the comment yet: the letters `pose`.
const UNFINISHED: i32 = 0x706f_7365;

/// Renders the steps of an installation.
pub(super) struct Planner<'a> {
    pub(super) templates: Templates,
    pub(super) options: &'a InstallOptions,
    pub(super) version: ServerVersion,
    /// All checks.
    all: &'a [Check],
    /// The checks that can be installed.
    checks: Vec<&'a Check>,
    /// The other checks, each with the reason.
    pub(super) skipped: Vec<(String, String)>,
    /// See [`sets`].
    sets: Vec<Value>,
    /// The names and former names of all checks.
    known: Vec<&'a str>,
}

impl<'a> Planner<'a> {
    /// Separates the checks that servers of a version can have from the others.
    pub(super) fn new(
        checks: &'a [Check],
        options: &'a InstallOptions,
        version: ServerVersion,
    ) -> Result<Planner<'a>, InstallError> {
        options.validate()?;
        let templates = Templates::new()?;
        let sets = sets(&templates, version)?;
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
        };
        for check in checks {
            match options.reason_to_skip(check, version) {
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
        Ok(ScriptStep {
            database: None,
            transaction: false,
            pieces: vec![create, mark],
            unknown: None,
        })
    }

    pub(super) fn step(&self, database: &str) -> Result<ScriptStep, InstallError> {
        let checks = self.checks_in(database);
        let functions = self.functions_in(database)?;
        let mut pieces = self.opening(database, &functions)?;
        if database == self.options.home {
            pieces.extend(self.roles()?);
            pieces.extend(self.hardening()?);
        }
        pieces.extend(self.schema(database, &checks)?);
        if database == self.options.home {
            pieces.extend(self.record()?);
        }
        pieces.extend(self.functions(database, &functions)?);
        let context = self.context(&json!({ "grantable_only": !self.options.superuser }));
        let what =
            format!("grant what is revoked from PUBLIC on system objects in database {database}");
        pieces.push(self.templates.piece("closed/closed", what, &context)?);
        let context = self.context(&json!({ "functions": functions }));
        let what = format!("check the result in database {database}");
        pieces.push(self.templates.always(When::Last, "assert/assert", what, &context)?);
        let remain = self.options.others == OtherFunctions::KnownDropped;
        let unknown = || self.templates.render("function/unknown: ask", &context);
        let unknown = remain.then(unknown).transpose()?;
        Ok(ScriptStep { database: Some(database.to_owned()), transaction: true, pieces, unknown })
    }

    /// The checks that run in a database.
    pub(super) fn checks_in(&self, database: &str) -> Vec<&'a Check> {
        let here =
            |check: &&&Check| check.queries.iter().any(|query| self.runs_in(query, database));
        self.checks.iter().filter(here).copied().collect()
    }

    /// Whether a query runs in a database.
    fn runs_in(&self, query: &Query, database: &str) -> bool {
        match query.scope {
            Scope::Cluster => database == self.options.home,
            Scope::Database => self.options.databases.iter().any(|name| name == database),
        }
    }

    /// The template contexts of the functions in a database.
    pub(super) fn functions_in(&self, database: &str) -> Result<Vec<Value>, InstallError> {
        let checks = self.checks_in(database);
        let queries =
            checks.iter().flat_map(|check| check.queries.iter().map(move |query| (check, query)));
        queries
            .filter(|(_, query)| self.runs_in(query, database))
            .map(|(check, query)| self.function(check, query))
            .collect()
    }

    fn function(&self, check: &Check, query: &Query) -> Result<Value, InstallError> {
        function::context(&self.templates, self.options, self.version, check, query)
    }

    /// The template contexts of the functions of all checks, in whichever database they are.
    pub(super) fn all_functions(&self) -> Result<Vec<Value>, InstallError> {
        let checks = self.all.iter().filter(|check| check.servers.contains(self.version.major()));
        let queries =
            checks.flat_map(|check| check.queries.iter().map(move |query| (check, query)));
        queries.map(|(check, query)| self.function(check, query)).collect()
    }

    /// The values that every template can use, and more.
    pub(super) fn context(&self, more: &Value) -> Value {
        let roles: Vec<&Value> = self.sets.iter().map(|set| &set["role"]).collect();
        let mut context = json!({
            "schema": self.options.schema,
            "monitor": self.options.monitor,
            "home": self.options.home,
            "comment": MARK,
            "mark": SCHEMA_MARK,
            "lock": LOCK,
            "noisy": NOISY,
            "monitor_reads": READS,
            "grantable_only": false,
            "owners": roles,
            "sets": self.sets,
            "superuser": self.options.superuser_owner,
            "managed": !self.options.superuser,
            "only": self.options.others == OtherFunctions::Kept,
            "prune": self.options.others == OtherFunctions::AllDropped,
            "known": self.known,
            "major": self.version.major(),
        });
        let fields = context.as_object_mut().expect("it was made as an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        context
    }

    fn opening(&self, database: &str, functions: &[Value]) -> Result<Vec<Piece>, InstallError> {
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

    /// Owner roles with their memberships, and the monitor role.
    fn roles(&self) -> Result<Vec<Piece>, InstallError> {
        // First: a membership with an excess option is revoked completely, and granted again below.
        let what = "revoke memberships that owner roles no longer need".to_owned();
        let context = self.context(&json!({}));
        let mut pieces = vec![self.templates.piece("roles/surplus", what, &context)?];
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
        Ok(ScriptStep { database: None, transaction: true, pieces, unknown: None })
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
        pieces.push(self.templates.piece("schema/excess", what, &context)?);
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

    /// Drops outdated functions, then creates each missing one.
    fn functions(&self, database: &str, functions: &[Value]) -> Result<Vec<Piece>, InstallError> {
        let schema = &self.options.schema;
        let context = self.context(&json!({ "functions": functions }));
        let mut pieces = Vec::new();
        if self.options.others != OtherFunctions::Kept || !functions.is_empty() {
            let what = format!("drop outdated functions of schema {schema} in database {database}");
            pieces.push(self.templates.piece("function/outdated", what, &context)?);
        }
        for context in functions {
            let function = context["function"].as_str().unwrap_or_default();
            let what = format!("create function {schema}.{function} in database {database}");
            let mut context = context.clone();
            context["functions"] = json!([context]);
            pieces.push(self.templates.piece("function/function", what, &context)?);
        }
        Ok(pieces)
    }
}

/// Every owner role with its grants, also those that no check needs, because an earlier installation may have created
/// it: `role`, `allowed` (its memberships), `relations` (each with its `columns`, or none for all), `functions`.
fn sets(templates: &Templates, version: ServerVersion) -> Result<Vec<Value>, InstallError> {
    let set = |(set, text): (&'static str, &'static str)| {
        let role = owner_role(set);
        // A list for IN cannot be empty, and no role has an empty name.
        let mut allowed = vec![String::new()];
        let (mut relations, mut functions) = (Vec::new(), Vec::new());
        for grant in grants::read(templates, set, text, &role, version.major())? {
            match grant {
                Grant::Member { role } => allowed.push(role),
                Grant::Relation { relation, columns, .. } => {
                    relations.push(json!({ "relation": relation, "columns": columns }));
                }
                Grant::Function { function, .. } => functions.push(function),
            }
        }
        Ok(
            json!({ "role": role, "allowed": allowed, "relations": relations, "functions": functions }),
        )
    };
    owners().map(set).collect()
}
