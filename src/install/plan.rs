//! The steps of an installation, and what the templates are told.
//!
//! Which checks are wanted has been decided before.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error::InstallError;
use super::grants::{self, Grant};
use super::script::{Piece, Step, When};
use super::template::Templates;
use super::{Options, function, names, owner_role, reason_to_skip};
use crate::catalog::check::{Check, Query, Scope};
use crate::catalog::monitor::CONNECTION_LIMIT;
use crate::catalog::owners;
use crate::catalog::server_version::ServerVersion;

/// The comment on everything but functions that is posemo's own.
const MARK: &str = "{\"posemo\":true}";

/// The key of the advisory lock against a second installer: the letters `posemo`.
const LOCK: i64 = 0x706f_7365_6d6f;

/// The connection limit of a home database that has no mark yet: the letters `pose`.
const UNFINISHED: i32 = 0x706f_7365;

/// Functions that PUBLIC may call and that change something, or wait.
pub(super) const NOISY: &str = "^(lo_.*|lowrite|loread|pg_logical_emit_message|pg_notify|pg_advisory_.*|pg_try_advisory_.*|\
txid_current|pg_current_xact_id|pg_export_snapshot|pg_sleep.*)$";

/// What the texts of an installation are made of, in one place.
pub(super) struct Planner<'a> {
    pub(super) templates: Templates,
    options: &'a Options,
    version: ServerVersion,
    /// Those that can be installed.
    checks: Vec<&'a Check>,
    /// The others, each with the reason.
    pub(super) skipped: Vec<(String, String)>,
    /// See [`sets`].
    sets: Vec<Value>,
}

impl<'a> Planner<'a> {
    /// Sorts out which checks a server of a version can have.
    pub(super) fn new(
        checks: &'a [Check],
        options: &'a Options,
        version: ServerVersion,
    ) -> Result<Planner<'a>, InstallError> {
        names(options)?;
        let templates = Templates::new()?;
        let sets = sets(&templates, version)?;
        let mut planner =
            Planner { templates, options, version, checks: Vec::new(), skipped: Vec::new(), sets };
        for check in checks {
            match reason_to_skip(check, options, version) {
                Some(reason) => planner.skipped.push((check.name.clone(), reason)),
                None => planner.checks.push(check),
            }
        }
        Ok(planner)
    }

    /// `CREATE DATABASE` allows no transaction, so it is a step of its own.
    pub(super) fn create_home(&self) -> Result<Step, InstallError> {
        let home = &self.options.home;
        let context = json!({ "home": home, "comment": MARK, "unfinished": UNFINISHED });
        let create =
            self.templates.piece("database/create", format!("create database {home}"), &context)?;
        let mark =
            self.templates.piece("database/mark", format!("open database {home}"), &context)?;
        Ok(Step { database: None, transaction: false, pieces: vec![create, mark] })
    }

    pub(super) fn step(&self, database: &str) -> Result<Step, InstallError> {
        let checks = self.checks_in(database);
        let functions = self.functions_in(database)?;
        let mut pieces = self.opening(database)?;
        if database == self.options.home {
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

    /// The checks that are asked in a database.
    pub(super) fn checks_in(&self, database: &str) -> Vec<&'a Check> {
        let here = |check: &&&Check| check.queries.iter().any(|query| self.asks(query, database));
        self.checks.iter().filter(here).copied().collect()
    }

    /// Whether a query is asked in a database.
    fn asks(&self, query: &Query, database: &str) -> bool {
        match query.scope {
            Scope::Cluster => database == self.options.home,
            Scope::Database => self.options.databases.iter().any(|name| name == database),
        }
    }

    /// What the templates are told of each function that belongs into a database.
    pub(super) fn functions_in(&self, database: &str) -> Result<Vec<Value>, InstallError> {
        let checks = self.checks_in(database);
        let queries =
            checks.iter().flat_map(|check| check.queries.iter().map(move |query| (check, query)));
        queries
            .filter(|(_, query)| self.asks(query, database))
            .map(|(check, query)| {
                function::context(&self.templates, self.options, self.version, check, query)
            })
            .collect()
    }

    /// What every template may name, and more.
    pub(super) fn context(&self, more: &Value) -> Value {
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
            "managed": !self.options.superuser,
            "only": self.options.only_some,
            "major": self.version.major(),
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
        // First, as a membership with too much to it is taken away whole, and then given as it should be.
        let what = "revoke roles that owners need no longer".to_owned();
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
        let context = self.context(&json!({ "connection_limit": CONNECTION_LIMIT }));
        pieces.push(self.templates.piece(
            "roles/monitor",
            format!("create role {monitor}"),
            &context,
        )?);
        if let Some(verifier) = &self.options.verifier {
            let context = json!({ "monitor": monitor, "verifier": verifier });
            let what = format!("set the password of role {monitor}");
            // Two verifiers of one password differ, so whether it is set already cannot be seen.
            let always = When::Unless("false".to_owned());
            let piece = self.templates.always(always, "roles/password", what, &context)?;
            pieces.push(Piece { secret: true, ..piece });
        }
        Ok(pieces)
    }

    /// What PUBLIC may do in the home database, if posemo made it: nothing.
    fn hardening(&self) -> Result<Vec<Piece>, InstallError> {
        let home = &self.options.home;
        let context = self.context(&json!({ "functions": NOISY }));
        let all = [
            ("database/closed", format!("close database {home} to PUBLIC")),
            ("database/empty", format!("close schema public of {home} to PUBLIC")),
            ("database/quiet", format!("close functions with side effects in {home} to PUBLIC")),
        ];
        let possible = all.into_iter().filter(|(section, _)| self.may_close(section));
        possible.map(|(section, what)| self.templates.piece(section, what, &context)).collect()
    }

    /// Functions of the system belong to a superuser, and so does the schema `public` before 15.
    fn may_close(&self, section: &str) -> bool {
        match section {
            "database/quiet" => self.options.superuser,
            "database/empty" => self.options.superuser || self.version.major() >= 15,
            _ => true,
        }
    }

    /// What the installer has to leave as it is.
    pub(super) fn notes(&self) -> Vec<String> {
        let home = &self.options.home;
        let open = [
            ("database/empty", format!("schema public of database {home}")),
            ("database/quiet", format!("functions with side effects in database {home}")),
        ];
        let left = open.into_iter().filter(|(section, _)| !self.may_close(section));
        left.map(|(_, what)| format!("{what}: open to PUBLIC, and only a superuser can close that"))
            .collect()
    }

    /// The last step, when all databases are up to date: roles that nothing needs any more. Roles are the
    /// cluster's, so it does not matter from which database they go.
    pub(super) fn retire(&self) -> Result<Step, InstallError> {
        let context = self.context(&json!({}));
        let begin = "settings of the session".to_owned();
        let what = "drop owners that no catalogue needs any more".to_owned();
        let pieces = vec![
            self.templates.always(When::First, "session/begin", begin, &context)?,
            self.templates.piece("roles/retired", what, &context)?,
        ];
        Ok(Step { database: None, transaction: true, pieces })
    }

    /// The schema, the way in for the monitor, and the grants of the owners in this database.
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
        let what = format!("revoke what owners need no longer in database {database}");
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
            let what = format!("create function {schema}.{function} in database {database}");
            let mut context = context.clone();
            context["functions"] = json!([context]);
            pieces.push(self.templates.piece("function/function", what, &context)?);
        }
        Ok(pieces)
    }
}

/// Every owner with what it may do, needed now or not, as an earlier installation may have made it:
/// `role`, `allowed` (roles to be a member of), `relations` (each with its `columns`, or none for all), `functions`.
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
