//! `posemo check`: runs one check as a monitoring plugin.
//!
//! In every case it prints one line on standard output and nothing on standard error, and exits with 0 to 3.

use std::rc::Rc;
use std::time::Duration;

use super::connection::ConnectionOptions;
use super::exit::{code, error_text};
use super::options::GlobalOptions;
use super::reporting::program;
use super::screen::Screen;
use super::sources;
use crate::database::error::LimitExceeded;
use crate::database::parameters::Environment;
use crate::finding::report::{CheckReport, Report, TargetReport};
use crate::output::nagios;
use crate::run::job::{Job, PlannedCheck};
use crate::run::runner::Runner;
use crate::run::{Limits, outage};
use crate::settings::options::CheckOptions;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct CheckCommand {
    /// Run this check; `posemo list` prints the names
    name: String,
    /// Run the check on this target of the settings
    #[arg(long, value_name = "NAME", conflicts_with_all = ["host", "port", "username", "dbname"])]
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
    /// Limit the plugin to this many seconds
    #[arg(short, long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    #[command(flatten)]
    connection: ConnectionOptions,
}

pub(super) fn check(command: &CheckCommand, global: &GlobalOptions, screen: &mut Screen<'_>) -> u8 {
    let report =
        run(command, global).unwrap_or_else(|error| failed(&command.name, &error_text(&error)));
    let mut checks = report.targets.iter().flat_map(|target| &target.checks);
    // The name differs from the argument where that is a former name.
    let name = checks.next().map_or(command.name.as_str(), |check| check.check.as_str());
    let written = nagios::write(&report, Some(name), screen.out);
    code(&report, written)
}

fn run(command: &CheckCommand, global: &GlobalOptions) -> anyhow::Result<Report> {
    let job = job(command, global)?;
    let total = Duration::from_secs(command.timeout);
    let (jobs, runner) = ([job], Runner::new(Limits::within(total, 1), program()?));
    // Each step has its own limit, but not the resolution of host names.
    let limited =
        async { tokio::time::timeout(total.mul_f64(0.99), runner.run(&jobs, |_| ())).await };
    let report = sources::block_on(limited)?;
    runner.close();
    Ok(report.unwrap_or_else(|_| {
        let late = outage::late(&jobs[0], LimitExceeded::new("the check", total));
        report_of(late)
    }))
}

/// The check, with the settings and the options.
fn job(command: &CheckCommand, global: &GlobalOptions) -> anyhow::Result<Job> {
    let (catalog, settings) = sources::for_check(&command.name, global)?;
    let check = catalog.get(&command.name)?;
    let target = match &command.target {
        Some(name) => settings.target(name)?.clone(),
        None => command.connection.target(settings.defaults()),
    };
    let mut job = Job::new(&settings, &target, &[], &Environment::of_process())?;
    let options = CheckOptions {
        warning: &command.warning,
        critical: &command.critical,
        arguments: &command.argument,
    };
    // A plugin call runs a check that the settings disable.
    let effective = settings.effective_with(&check, &target, &options)?;
    (job.plugin, job.reports_databases) = (true, false);
    job.checks.push(PlannedCheck { check: Rc::new(check), effective });
    Ok(job)
}

/// The report of a check that did not run.
fn failed(name: &str, error: &str) -> Report {
    let check = CheckReport {
        summary: error.to_owned(),
        error: Some(error.to_owned()),
        ..CheckReport::new(name, None)
    };
    report_of(TargetReport { checks: vec![check], ..TargetReport::default() })
}

fn report_of(target: TargetReport) -> Report {
    Report { started: jiff::Timestamp::now(), duration: Duration::ZERO, targets: vec![target] }
}
