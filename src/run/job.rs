//! What is to be done with one target: how to reach it, and its checks with their settings.

use std::rc::Rc;

use super::SCHEMA;
use crate::catalog::check::Check;
use crate::database::parameters::{Environment, Parameters};
use crate::settings::Settings;
use crate::settings::effective::EffectiveCheck;
use crate::settings::error::SettingsError;
use crate::settings::target::Target;

/// The checks of one target.
#[derive(Debug)]
pub struct Job {
    /// The target's name in the report.
    pub name: String,
    /// How to connect, or why that is not known.
    pub parameters: Result<Parameters, String>,
    /// posemo's schema there.
    pub schema: String,
    /// The checks, in the order of the report.
    pub checks: Vec<PlannedCheck>,
}

/// A check with its settings for a target.
#[derive(Debug, Clone)]
pub struct PlannedCheck {
    /// The check.
    pub check: Rc<Check>,
    /// Thresholds and arguments in force.
    pub effective: EffectiveCheck,
}

impl Job {
    /// Resolves how a target is reached and the settings of each check there. Checks that are not enabled are
    /// left out.
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
            parameters: parameters.map_err(|error| error.to_string()),
            schema: target.schema.clone().unwrap_or_else(|| SCHEMA.to_owned()),
            checks: planned,
        })
    }

    /// Whether a check has a script, which needs the worker.
    pub(super) fn needs_worker(&self) -> bool {
        self.checks.iter().any(|planned| planned.check.script.is_some())
    }
}
