//! `posemo verify`: checks that the installation and the privileges of its roles are as expected.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::connection::ConnectionOptions;
use super::exit::{code, error_text};
use super::installation::InstallationNames;
use super::options::GlobalOptions;
use super::reporting::{block_on, formats};
use super::screen::Screen;
use super::selection::Selection;

use crate::admin::inspection::Inspection;
use crate::admin::verify_report;
use crate::database::parameters::{Environment, Parameters};
use crate::finding::report::{Report, TargetReport};
use crate::install::{InstallOptions, OtherFunctions};
use crate::output::{self, Format};

// Arguments of `verify`.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyCommand {
    #[command(flatten)]
    names: InstallationNames,
    #[command(flatten)]
    selection: Selection,
    /// Report functions owned by a superuser as warning instead of critical
    #[arg(long)]
    allow_superuser_owner: bool,
    /// Print the report in this format
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    output: Format,
    /// Limit the command to this many seconds
    #[arg(short, long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    #[command(flatten)]
    connection: ConnectionOptions,
}

pub(super) fn verify(
    command: &VerifyCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let mut options = screen.output_options(global);
    // Tables print the fix of each deviation.
    options.style.explains = true;
    if command.output != Format::Nagios {
        let report = inspect(command, global)?;
        let written = command.output.write(&report, &options, screen.out);
        return Ok(code(report.state(), written));
    }
    // A monitoring system has one service for all rules and databases. A plugin prints errors on standard output.
    let report = inspect(command, global).unwrap_or_else(|error| Report {
        started: Timestamp::now(),
        duration: Duration::ZERO,
        targets: vec![TargetReport { error: Some(error_text(&error)), ..TargetReport::default() }],
    });
    let named = output::OutputOptions { check: Some("verify".to_owned()), ..options };
    let written =
        command.output.write(&verify_report::folded(&report, global.quiet), &named, screen.out);
    Ok(code(report.state(), written))
}

fn inspect(command: &VerifyCommand, global: &GlobalOptions) -> anyhow::Result<Report> {
    let (catalog, settings) = global.sources().all()?;
    let checks = settings.with_databases(command.selection.checks(&catalog)?)?;
    let target = settings.defaults().with_connection(command.connection.keywords());
    let parameters = Parameters::resolve(
        &target.keywords,
        &[("user", &command.names.monitor_role), ("dbname", "posemo")],
        &Environment::of_process(),
    )?;
    let options = InstallOptions {
        others: if command.selection.is_given() {
            OtherFunctions::Kept
        } else {
            OtherFunctions::default()
        },
        superuser_owner: command.allow_superuser_owner,
        ..command.names.options()
    };
    let total = Duration::from_secs(command.timeout);
    let inspection = Inspection { checks: &checks, options, parameters: &parameters, total };
    let (started, began) = (Timestamp::now(), Instant::now());
    let report = block_on(inspection.target(&target.name))?;
    Ok(Report { started, duration: began.elapsed(), targets: vec![report] })
}
