//! `posemo verify`: is what is installed what should be, and can the monitor do nothing else?
//!
//! What should be is said by the installation's own texts, and how a report looks by the output.

use std::time::Duration;

use super::connection::Connection;
use super::naming::Names;
use super::run::{Selection, code, formats, options};
use super::{Common, Screen, sources};
use crate::catalog::check::Check;
use crate::database::parameters::{Environment, Parameters};
use crate::finding::report::{Report, TargetReport};
use crate::install::Options;
use crate::output::{self, Format};
use inspection::Inspection;

mod answer;
mod inspection;

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    selection: Selection,
    /// Functions owned by a superuser are a warning, not critical
    #[arg(long)]
    allow_superuser_owner: bool,
    /// The format
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    output: Format,
    /// The most that all of it may take, in seconds
    #[arg(short, long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn verify(
    command: &Verify,
    common: &Common,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let mut shown = options(common, screen);
    // Whoever asks for deviations wants to know what to do about them.
    shown.style.explains = true;
    if command.output != Format::Nagios {
        let report = ask(command, common)?;
        let written = command.output.write(&report, &shown, screen.out);
        return Ok(code(&report, written));
    }
    // One service, whatever the number of rules and databases; and nobody reads a plugin's standard error.
    let report = ask(command, common).unwrap_or_else(|error| Report {
        started: jiff::Timestamp::now(),
        duration: Duration::ZERO,
        targets: vec![TargetReport {
            error: Some(super::chain(&error)),
            ..TargetReport::default()
        }],
    });
    let named = output::Options { check: Some("verify".to_owned()), ..shown };
    let written = command.output.write(&answer::folded(&report, common.quiet), &named, screen.out);
    Ok(code(&report, written))
}

fn ask(command: &Verify, common: &Common) -> anyhow::Result<Report> {
    let catalog = sources::catalog(common)?;
    let checks = command.selection.of(&catalog)?;
    let settings = sources::settings(common, &catalog)?;
    let target = command.connection.target(settings.defaults());
    let parameters = Parameters::resolve(
        &target.keywords,
        &[("user", &command.names.monitor_role), ("dbname", "posemo")],
        &Environment::of_process(),
    )?;
    conduct(command, &checks, &parameters, &target.name)
}

/// Asks everything, within the time there is.
fn conduct(
    command: &Verify,
    checks: &[Check],
    parameters: &Parameters,
    name: &str,
) -> anyhow::Result<Report> {
    let options = Options {
        only_some: command.selection.is_given(),
        superuser_owner: command.allow_superuser_owner,
        ..command.names.options()
    };
    let whole = Duration::from_secs(command.timeout);
    let inspection = Inspection { checks, options, parameters, statement: whole.mul_f64(0.8) };
    let (started, began) = (jiff::Timestamp::now(), std::time::Instant::now());
    let runtime = sources::runtime()?;
    let bounded = async { tokio::time::timeout(whole.mul_f64(0.95), inspection.target()).await };
    let target = runtime.block_on(bounded).unwrap_or_else(|_| TargetReport {
        error: Some(format!(
            "took longer than {} s; is the server overloaded or the network broken?",
            command.timeout
        )),
        ..TargetReport::default()
    });
    // A name that is still being looked up must not be waited for.
    runtime.shutdown_background();
    Ok(Report {
        started,
        duration: began.elapsed(),
        targets: vec![TargetReport { target: name.to_owned(), ..target }],
    })
}
