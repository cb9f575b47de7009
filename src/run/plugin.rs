//! A plugin call: the checks that it names, with the values of its options, and its report.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;

use super::job::{Job, PlanError, PlannedCheck};
use super::opening::Opening;
use super::runner::Runner;
use super::{Limits, outage};
use crate::catalog::Catalog;
use crate::catalog::check::{Check, Scope};
use crate::catalog::databases::DatabaseList;
use crate::catalog::error::CatalogError;
use crate::database::error::LimitExceeded;
use crate::database::parameters::Environment;
use crate::finding::report::{OWN, Report};
use crate::settings::Settings;
use crate::settings::error::SettingsError;
use crate::settings::options::CheckOptions;
use crate::settings::target::Target;
use crate::text::pattern::NamePattern;

/// The names in a plugin call.
#[derive(Debug, Clone, Copy)]
pub struct PluginNames<'a> {
    /// Names of checks, or patterns.
    pub checks: &'a [String],
    /// Topics.
    pub topics: &'a [String],
}

impl<'a> PluginNames<'a> {
    /// The name of the check, if it is the only one.
    pub fn single(self) -> Option<&'a str> {
        match (self.checks, self.topics) {
            ([name], []) => NamePattern::new(name).exact().is_some().then_some(name.as_str()),
            _ => None,
        }
    }

    /// The name of the service: that of the check or topic, if there is one only.
    pub fn service(self) -> &'a str {
        match (self.checks, self.topics) {
            ([name], []) | ([], [name]) => name,
            _ => OWN,
        }
    }

    /// The checks, each with whether it runs even if the settings disable it.
    fn of_catalog(self, catalog: &Catalog) -> Result<Vec<(Check, bool)>, CatalogError> {
        if let Some(name) = self.single() {
            // Only this check is read.
            return Ok(vec![(catalog.get(name)?, true)]);
        }
        let checks = catalog.selected(self.checks, self.topics)?;
        let is_named = |check: &Check| {
            self.checks.iter().any(|name| *name == check.name || check.was.contains(name))
        };
        let named: Vec<bool> = checks.iter().map(is_named).collect();
        Ok(checks.into_iter().zip(named).collect())
    }
}

/// What a plugin call names.
#[derive(Debug)]
pub struct PluginCall<'a> {
    /// The settings in force.
    pub settings: &'a Settings,
    /// The target, with the connection of the call.
    pub target: &'a Target,
    /// The catalog in force.
    pub catalog: &'a Catalog,
    /// The checks that the call names.
    pub names: PluginNames<'a>,
    /// The values that the call sets.
    pub options: CheckOptions<'a>,
    /// The databases in which the checks run, names or patterns; empty for all.
    pub databases: &'a [String],
    /// The document that the call names.
    pub document: Option<&'a Path>,
}

/// Why a plugin call cannot run.
#[derive(Debug, thiserror::Error)]
pub enum PluginCallError {
    /// An option or the settings have a mistake.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A check has a mistake, or does not exist.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A check cannot run with the options.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// An option sets a value and does not name the check.
    #[error(
        "-w, -c and -a apply to a single check; for several, write CHECK.METRIC=RANGE and CHECK.NAME=VALUE, or write them \
         into posemo.toml"
    )]
    Several,
    /// Checks that do not run in databases.
    #[error("omit --database for checks that run once for the server: {0}")]
    Once(String),
    /// No check would run.
    #[error("no check to run: the settings disable all of them")]
    Nothing,
}

impl PluginCall<'_> {
    /// Runs the call within a time. `program` is the path of this program.
    pub async fn report(
        self,
        environment: &Environment,
        total: Duration,
        program: PathBuf,
    ) -> Result<Report, PluginCallError> {
        let limits = Limits::within(total, 1);
        let target = self.without_checks(environment)?;
        let opening = match &target.parameters {
            Ok(parameters) if self.surely_connects() => {
                Some(Opening::begin(parameters, limits).await)
            }
            _ => None,
        };
        let (jobs, opening) = match (self.job(target), opening) {
            (Err(error), Some(opening)) => {
                opening.close().await;
                return Err(error);
            }
            (job, opening) => ([job?], opening),
        };
        let runner = Runner::new(limits, program).with_opening(opening);
        // Each step has its own limit, but not the resolution of host names.
        let report = tokio::time::timeout(total.mul_f64(0.99), runner.run(&jobs, |_| ())).await;
        runner.close();
        Ok(report.unwrap_or_else(|_| {
            let late = outage::late(&jobs[0], LimitExceeded::new("the check", total));
            Report::of_target(late, Timestamp::now())
        }))
    }

    /// Whether the call needs the server, as far as that is known before its check is read: a document needs none, and a name
    /// can be wrong or a former one.
    fn surely_connects(&self) -> bool {
        let is_known = |name: &str| self.catalog.names().any(|known| known == name);
        self.document.is_none()
            && self.target.documents.is_empty()
            && self.names.single().is_none_or(is_known)
    }

    /// The job of the call, without its checks.
    pub fn without_checks(&self, environment: &Environment) -> Result<Job, SettingsError> {
        Job::new(self.settings, self.target, &[], environment)
    }

    /// Adds the checks of the call to its job.
    pub fn job(self, mut job: Job) -> Result<Job, PluginCallError> {
        let checks = self.names.of_catalog(self.catalog)?;
        let names: Vec<String> = checks.iter().map(|(check, _)| check.name.clone()).collect();
        if names.len() > 1 && !self.options.name_checks(&names) {
            return Err(PluginCallError::Several);
        }
        let once = checks
            .iter()
            .filter(|(check, is_named)| *is_named && !check.has_query_of(Scope::Database));
        let once: Vec<&str> = once.map(|(check, _)| check.name.as_str()).collect();
        if !self.databases.is_empty() && !once.is_empty() {
            return Err(PluginCallError::Once(once.join(", ")));
        }
        (job.plugin, job.reports_databases) = (true, false);
        for (check, is_named) in checks {
            let own = self.options.of_check(&check.name, &names);
            let effective = self.settings.effective_with(&check, self.target, &own.options())?;
            // A plugin call runs a check that the settings disable, if it names it.
            if effective.enabled || is_named {
                let one = PlannedCheck { check: Rc::new(check), effective: Rc::new(effective) };
                job.add(one, self.target, self.document, is_named)?;
            }
        }
        if job.is_empty() {
            return Err(PluginCallError::Nothing);
        }
        if !self.databases.is_empty() {
            let exact: Option<Vec<String>> =
                self.databases.iter().map(|name| NamePattern::new(name).exact()).collect();
            job.limit_to(&exact.clone().unwrap_or_default());
            if exact.is_none() {
                job.databases = Some(DatabaseList::new(self.databases));
            }
        }
        if job.is_empty() {
            return Err(PluginCallError::Once(names.join(", ")));
        }
        Ok(job)
    }
}
