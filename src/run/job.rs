//! A job: a target, and its checks with their settings.

use std::rc::Rc;

use super::SCHEMA;
use crate::catalog::check::{Check, Scope};
use crate::catalog::databases::DatabaseList;
use crate::database::parameters::{Environment, Parameters, ParametersError};
use crate::finding::State;
use crate::finding::report::Outage;
use crate::settings::Settings;
use crate::settings::effective::EffectiveCheck;
use crate::settings::error::SettingsError;
use crate::settings::suppression::Suppression;
use crate::settings::target::Target;

/// The checks of one target.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate decision")]
pub struct Job {
    /// The target's name in the report.
    pub name: String,
    /// The connection parameters.
    pub parameters: Result<Parameters, Rc<ParametersError>>,
    /// The name of posemo's schema.
    pub schema: String,
    /// Whether checks run on a standby that repeats their answers from its primary.
    pub replicated_checks: bool,
    /// The databases to monitor; absent for all in which checks are installed or should be.
    pub databases: Option<DatabaseList>,
    /// The checks, in the order of the report.
    pub checks: Vec<PlannedCheck>,
    /// The name of the profile of the checks.
    pub profile: Option<String>,
    /// The suppressions of the settings that are for the target.
    pub suppressions: Vec<Rc<Suppression>>,
    /// The state for a server that does not answer, from the settings of the target.
    pub unanswered: Option<State>,
    /// Whether its target was slow before, so that it shares places with other slow targets.
    pub slow: bool,
    /// Whether its sessions may stay open for the next sweep.
    pub keeps_sessions: bool,
    /// Whether it is a call of one check as a plugin. The state of the check is then that of the target.
    pub plugin: bool,
    /// Whether the report includes posemo's own report on the databases. A selection of checks reports only these.
    pub reports_databases: bool,
    /// The only databases in which checks run, named by the user; empty for those of the settings.
    pub only: Vec<String>,
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
            parameters: parameters.map_err(Rc::new),
            schema: target.schema.clone().unwrap_or_else(|| SCHEMA.to_owned()),
            replicated_checks: target.replicated_checks.unwrap_or(false),
            databases: target.databases.clone(),
            checks: planned,
            profile: target.profile.as_ref().map(|profile| profile.name.clone()),
            suppressions: settings.suppressions(target),
            unanswered: target.no_answer,
            slow: false,
            keeps_sessions: true,
            plugin: false,
            reports_databases: true,
            only: Vec::new(),
        })
    }

    /// The same job with only some of its checks, given by their position.
    #[must_use]
    pub fn with_checks(&self, positions: &[usize]) -> Job {
        let checks = positions.iter().filter_map(|position| self.checks.get(*position).cloned());
        Job { checks: checks.collect(), ..self.clone() }
    }

    /// The state of the target for an outage of the server. In a plugin call it is the worst of its checks.
    pub(super) fn no_answer(&self, outage: Outage) -> State {
        let states = self.checks.iter().filter(|_| self.plugin);
        let states = states.map(|planned| self.check_state(&planned.check, outage));
        let worst = states.min_by_key(|state| state.rank());
        worst.or(self.unanswered).unwrap_or(State::Critical)
    }

    /// The state of a check for an outage of the server.
    pub(super) fn check_state(&self, check: &Check, outage: Outage) -> State {
        self.unanswered.unwrap_or_else(|| check.state_for(outage))
    }

    /// Limits the job to these databases: only checks that run in each database remain.
    pub fn limit_to(&mut self, databases: &[String]) {
        self.only = databases.to_vec();
        self.checks.retain(|planned| planned.check.has_query_of(Scope::Database));
        self.reports_databases = false;
    }

    /// Whether per-database checks run in a database.
    pub(super) fn monitors(&self, database: &str) -> bool {
        if self.only.is_empty() {
            self.databases.as_ref().is_none_or(|list| list.contains(database))
        } else {
            self.only.iter().any(|name| name == database)
        }
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
