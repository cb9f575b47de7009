//! A job: a target, and its checks with their settings.

use std::rc::Rc;

use super::SCHEMA;
use crate::catalog::check::{Check, Scope};
use crate::database::parameters::{Environment, Parameters, ParametersError};
use crate::settings::Settings;
use crate::settings::effective::EffectiveCheck;
use crate::settings::error::SettingsError;
use crate::settings::target::Target;

/// The checks of one target.
#[derive(Debug)]
pub struct Job {
    /// The target's name in the report.
    pub name: String,
    /// The connection parameters.
    pub parameters: Result<Parameters, ParametersError>,
    /// The name of posemo's schema.
    pub schema: String,
    /// The checks, in the order of the report.
    pub checks: Vec<PlannedCheck>,
    /// Whether the report includes posemo's own report on the databases. A selection of checks reports only these.
    pub reports_databases: bool,
    /// The only databases in which checks run; empty for all.
    pub databases: Vec<String>,
}

/// A check with its settings for a target.
#[derive(Debug, Clone)]
pub struct PlannedCheck {
    /// The check.
    pub check: Rc<Check>,
    /// The effective thresholds and arguments.
    pub effective: EffectiveCheck,
}

impl Job {
    /// Resolves the connection parameters of a target and the settings of each check. Disabled checks are left out.
    pub fn new(
        settings: &Settings,
        target: &Target,
        checks: &[Rc<Check>],
        environment: &Environment,
    ) -> Result<Job, SettingsError> {
        let parameters = Parameters::resolve(
            &target.keywords,
            &[("user", "posemo"), ("dbname", "posemo")],
            environment,
        );
        let mut planned = Vec::with_capacity(checks.len());
        for check in checks {
            let effective = settings.effective(check, target)?;
            if effective.enabled {
                planned.push(PlannedCheck { check: Rc::clone(check), effective });
            }
        }
        Ok(Job {
            name: target.name.clone(),
            parameters,
            schema: target.schema.clone().unwrap_or_else(|| SCHEMA.to_owned()),
            checks: planned,
            reports_databases: true,
            databases: Vec::new(),
        })
    }

    /// Limits the job to these databases: only checks that run in each database remain.
    pub fn limit_to(&mut self, databases: &[String]) {
        self.databases = databases.to_vec();
        self.checks.retain(|planned| planned.check.has_query_of(Scope::Database));
        self.reports_databases = false;
    }

    /// Whether checks run in a database.
    pub(super) fn includes(&self, database: &str) -> bool {
        self.databases.is_empty() || self.databases.iter().any(|name| name == database)
    }

    /// Whether a check runs in each database.
    pub(super) fn has_per_database_checks(&self) -> bool {
        self.checks.iter().any(|planned| planned.check.has_query_of(Scope::Database))
    }

    /// Whether a check has a script, which needs the worker.
    pub(super) fn needs_worker(&self) -> bool {
        self.checks.iter().any(|planned| planned.check.script.is_some())
    }
}
