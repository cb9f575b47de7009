//! `posemo check`: runs one check as a monitoring plugin, or several as one service.
//!
//! In every case it prints one line on standard output and nothing on standard error, and exits with 0 to 3.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use clap::builder::PossibleValuesParser;

use super::completion;
use super::connection::ConnectionOptions;
use super::exit::{code, error_text};
use super::options::GlobalOptions;
use super::reporting::{block_on, program};
use super::screen::Screen;
use super::selection::Selection;
use crate::catalog::check::Check;
use crate::catalog::{Catalog, TOPICS};
use crate::database::error::LimitExceeded;
use crate::database::parameters::Environment;
use crate::finding::report::{OWN, Report};
use crate::output::nagios::{self, PluginSubject};
use crate::run::job::{Job, PlannedCheck};
use crate::run::runner::Runner;
use crate::run::{Limits, outage};
use crate::settings::options::CheckOptions;
use crate::text::pattern::NamePattern;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct CheckCommand {
    /// Run this check; several names or patterns such as 'replication_*' make one service. `posemo list` prints the names
    #[arg(value_name = "NAME", value_delimiter = ',', required_unless_present = "topic", add = completion::checks())]
    names: Vec<String>,
    /// Run the checks of this topic as one service; repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = PossibleValuesParser::new(TOPICS))]
    topic: Vec<String>,
    /// Run the check on this target of the settings
    #[arg(long, value_name = "NAME", conflicts_with_all = ["host", "port", "username", "dbname"], add = completion::targets())]
    target: Option<String>,
    /// Set the warning range: 10, 10:, ~:10, 10:20 or @10:20, with or without a unit such as 200MB, 5min or 80%;
    /// METRIC=RANGE for a check with several metrics
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    warning: Vec<String>,
    /// Set the critical range, written like the warning range
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    critical: Vec<String>,
    /// Set an argument of the check; repeatable
    #[arg(short, long, value_name = "NAME=VALUE")]
    argument: Vec<String>,
    /// Judge this JSON file instead of the document of the settings, for a check with a document; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "topic")]
    docs: Option<PathBuf>,
    /// Limit the plugin to this many seconds
    #[arg(short, long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    #[command(flatten)]
    connection: ConnectionOptions,
}

pub(super) fn check(command: &CheckCommand, global: &GlobalOptions, screen: &mut Screen<'_>) -> u8 {
    let report = run(command, global).unwrap_or_else(|error| {
        Report::of_failure(command.service(), &error_text(&error), jiff::Timestamp::now())
    });
    let mut checks = report.targets.iter().flat_map(|target| &target.checks);
    // The name differs from the argument where that is a former name.
    let name = checks.next().map_or(command.service(), |check| check.check.as_str());
    let is_single = checks.all(|check| check.check == name);
    let subject = match command.single() {
        None if !is_single || command.names.is_empty() => PluginSubject::Checks(command.service()),
        _ => PluginSubject::Check(name),
    };
    let written = nagios::write(&report, subject, screen.out);
    code(report.state(), written)
}

impl CheckCommand {
    /// The name of the check, if it is the only one.
    fn single(&self) -> Option<&str> {
        match (self.names.as_slice(), self.topic.as_slice()) {
            ([name], []) => NamePattern::new(name).exact().is_some().then_some(name),
            _ => None,
        }
    }

    /// The name of the service: that of the check or topic, if there is one only.
    fn service(&self) -> &str {
        match (self.names.as_slice(), self.topic.as_slice()) {
            ([name], []) | ([], [name]) => name,
            _ => OWN,
        }
    }

    /// The checks, each with whether it runs even if the settings disable it.
    fn checks(&self, catalog: &Catalog) -> anyhow::Result<Vec<(Check, bool)>> {
        if let Some(name) = self.single() {
            // Only this check is read.
            return Ok(vec![(catalog.get(name)?, true)]);
        }
        let checks = Selection::of(self.names.clone(), self.topic.clone()).checks(catalog)?;
        let is_named = |check: &Check| {
            self.names.iter().any(|name| *name == check.name || check.was.contains(name))
        };
        let named: Vec<bool> = checks.iter().map(is_named).collect();
        Ok(checks.into_iter().zip(named).collect())
    }
}

fn run(command: &CheckCommand, global: &GlobalOptions) -> anyhow::Result<Report> {
    let job = job(command, global)?;
    let total = Duration::from_secs(command.timeout);
    let (jobs, runner) = ([job], Runner::new(Limits::within(total, 1), program()?));
    // Each step has its own limit, but not the resolution of host names.
    let limited =
        async { tokio::time::timeout(total.mul_f64(0.99), runner.run(&jobs, |_| ())).await };
    let report = block_on(limited)?;
    runner.close();
    Ok(report.unwrap_or_else(|_| {
        let late = outage::late(&jobs[0], LimitExceeded::new("the check", total));
        Report::of_target(late, jiff::Timestamp::now())
    }))
}

/// The checks, with the settings and the options.
fn job(command: &CheckCommand, global: &GlobalOptions) -> anyhow::Result<Job> {
    let (catalog, settings) = match command.single() {
        // Only this check is read.
        Some(name) => global.sources().for_check(name)?,
        None => global.sources().all()?,
    };
    let checks = command.checks(&catalog)?;
    let target = match &command.target {
        Some(name) => settings.target(name)?.clone(),
        None => settings.defaults().with_connection(command.connection.keywords()),
    };
    let mut job = Job::new(&settings, &target, &[], &Environment::of_process())?;
    let options = CheckOptions {
        warning: &command.warning,
        critical: &command.critical,
        arguments: &command.argument,
    };
    let sets = !(options.warning.is_empty() && options.critical.is_empty());
    if checks.len() > 1 && (sets || !options.arguments.is_empty()) {
        anyhow::bail!(
            "-w, -c and -a apply to a single check; for several, write them into posemo.toml"
        );
    }
    (job.plugin, job.reports_databases) = (true, false);
    for (check, is_named) in checks {
        // A plugin call runs a check that the settings disable, if it names it.
        let effective = settings.effective_with(&check, &target, &options)?;
        if effective.enabled || is_named {
            let one = PlannedCheck { check: Rc::new(check), effective };
            job.add(one, &target, command.docs.as_deref(), is_named)?;
        }
    }
    if job.is_empty() {
        anyhow::bail!("no check to run: the settings disable all of them");
    }
    Ok(job)
}
