//! `posemo check`: one check, as a monitoring plugin.
//!
//! Whatever happens, there is one line on standard output, none on standard error, and one of four codes.

use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use indexmap::IndexMap;

use super::connection::Connection;
use super::run::{code, program};
use super::{Common, Screen, sources};
use crate::catalog::check::Check as CatalogCheck;
use crate::catalog::thresholds::Levels;
use crate::database::error::LimitExceeded;
use crate::database::parameters::Environment;
use crate::finding::range::Range;
use crate::finding::report::{CheckReport, Report, TargetReport};
use crate::output::nagios;
use crate::run::Limits;
use crate::run::job::{Job, PlannedCheck};
use crate::run::runner::Runner;
use crate::settings::effective::{EffectiveCheck, lay};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// The check; `posemo list` names them
    name: String,
    /// A target of the settings, in place of a connection
    #[arg(long, value_name = "NAME", conflicts_with_all = ["host", "port", "username", "dbname"])]
    target: Option<String>,
    /// Warning range: 10, 10:, ~:10, 10:20, @10:20; METRIC=RANGE where the check has several metrics
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    warning: Vec<String>,
    /// Critical range, written in the same way
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    critical: Vec<String>,
    /// A value for an argument of the check
    #[arg(short, long, value_name = "NAME=VALUE")]
    argument: Vec<String>,
    /// The plugin's own time-out, in seconds
    #[arg(short, long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn check(command: &Check, common: &Common, screen: &mut Screen<'_>) -> u8 {
    let report =
        ask(command, common).unwrap_or_else(|error| failed(&command.name, &super::chain(&error)));
    let name = report
        .targets
        .iter()
        .flat_map(|target| &target.checks)
        .map(|check| check.check.clone())
        .next();
    let written =
        nagios::write(&report, Some(name.as_deref().unwrap_or(&command.name)), screen.out);
    code(&report, written)
}

fn ask(command: &Check, common: &Common) -> anyhow::Result<Report> {
    let catalog = sources::catalog(common)?;
    let check = Rc::new(catalog.get(&command.name)?);
    let settings = sources::settings(common, &catalog)?;
    let target = match &command.target {
        Some(name) => settings.target(name)?.clone(),
        None => command.connection.target(settings.defaults()),
    };
    let mut job = Job::new(&settings, &target, &[Rc::clone(&check)], &Environment::of_process())?;
    // Whoever calls a check by its name wants it, whatever the settings say of runs.
    if job.checks.is_empty() {
        let effective = settings.effective(&check, &target)?;
        job.checks.push(PlannedCheck { check: Rc::clone(&check), effective });
    }
    for planned in &mut job.checks {
        overlay(command, &check, &mut planned.effective)?;
    }
    let limits = Limits::within(Duration::from_secs(command.timeout), 1);
    let (jobs, runner) = ([job], Runner::new(limits, program()?));
    // Everything has a deadline of its own; this one is for what nobody thought of.
    let bounded = async {
        let whole = Duration::from_secs(command.timeout).mul_f64(0.99);
        tokio::time::timeout(whole, runner.run(&jobs, |_| ())).await
    };
    let report = sources::block_on(bounded)?;
    runner.close();
    let limit = Duration::from_secs(command.timeout);
    report.map_err(|_| LimitExceeded::new("the check", limit).into())
}

/// Lays the options over what the settings say.
fn overlay(
    command: &Check,
    check: &CatalogCheck,
    effective: &mut EffectiveCheck,
) -> anyhow::Result<()> {
    let mut levels = IndexMap::<String, Levels>::new();
    for text in &command.warning {
        let (metric, range) = named_range("-w", check, text)?;
        levels.entry(metric).or_default().warning = Some(range);
    }
    for text in &command.critical {
        let (metric, range) = named_range("-c", check, text)?;
        levels.entry(metric).or_default().critical = Some(range);
    }
    lay(&mut effective.thresholds.levels, levels);
    for text in &command.argument {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| anyhow::anyhow!("--argument {text}: write NAME=VALUE"))?;
        let position = check.arguments.iter().position(|argument| argument.name == name);
        let Some(position) = position else {
            let known = check.arguments.iter().map(|argument| argument.name.as_str());
            let suggestion = crate::text::suggestion::suggestion(name, known);
            anyhow::bail!(
                "--argument {text}: {} has no argument \"{name}\"{suggestion}",
                check.name
            );
        };
        let argument = &check.arguments[position];
        // As in the settings, but a text may stand without quotes.
        let typed =
            value.parse::<toml::Value>().ok().and_then(|value| argument.accept(&value).ok());
        let plain = || argument.accept(&toml::Value::String(value.to_owned()));
        effective.arguments[position] = typed
            .map_or_else(plain, Ok)
            .map_err(|reason| anyhow::anyhow!("--argument {text}: {reason}"))?;
    }
    Ok(())
}

/// `RANGE`, or `METRIC=RANGE`.
fn named_range(option: &str, check: &CatalogCheck, text: &str) -> anyhow::Result<(String, Range)> {
    let wrong = |reason: String| anyhow::anyhow!("{option} {text}: {reason}");
    let (metric, range) = match text.split_once('=') {
        Some((name, range)) => {
            if !check.metrics().any(|column| column.name == name) {
                let known = check.metrics().map(|column| column.name.as_str());
                let suggestion = crate::text::suggestion::suggestion(name, known);
                return Err(wrong(format!("{} has no metric \"{name}\"{suggestion}", check.name)));
            }
            (name.to_owned(), range)
        }
        None => (
            check
                .main_metric()
                .map_err(|reason| match check.metrics().count() {
                    0 | 1 => wrong(reason),
                    _ => wrong(format!("{reason}; write {option} METRIC=RANGE")),
                })?
                .to_owned(),
            text,
        ),
    };
    Ok((metric, Range::from_str(range).map_err(|error| wrong(error.to_string()))?))
}

/// The report of a check that could not even be begun.
fn failed(name: &str, error: &str) -> Report {
    let check = CheckReport {
        check: name.to_owned(),
        database: None,
        summary: error.to_owned(),
        duration: Duration::ZERO,
        findings: Vec::new(),
        metrics: Vec::new(),
        error: Some(error.to_owned()),
        skipped: None,
    };
    let target = TargetReport { checks: vec![check], ..TargetReport::default() };
    Report { started: jiff::Timestamp::now(), duration: Duration::ZERO, targets: vec![target] }
}
