//! `posemo verify`: checks that the installation and the privileges of its roles are as expected.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::connection::Connection;
use super::naming::Names;
use super::run::{Selection, code, formats, options};
use super::{Common, Screen, sources};
use crate::admin::inspection::Inspection;
use crate::admin::verify_report;
use crate::database::parameters::{Environment, Parameters};
use crate::finding::report::{Report, TargetReport};
use crate::install::InstallOptions;
use crate::output::{self, Format};

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    selection: Selection,
    /// Report functions owned by a superuser as a warning, not as critical
    #[arg(long)]
    allow_superuser_owner: bool,
    /// Print the report in this format
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    output: Format,
    /// Limit the whole command to this many seconds
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
    // The fix of a deviation belongs to it.
    shown.style.explains = true;
    if command.output != Format::Nagios {
        let report = ask(command, common)?;
        let written = command.output.write(&report, &shown, screen.out);
        return Ok(code(&report, written));
    }
    // One service for all rules and databases. A plugin reports errors on standard output.
    let report = ask(command, common).unwrap_or_else(|error| Report {
        started: Timestamp::now(),
        duration: Duration::ZERO,
        targets: vec![TargetReport {
            error: Some(super::chain(&error)),
            ..TargetReport::default()
        }],
    });
    let named = output::Options { check: Some("verify".to_owned()), ..shown };
    let written =
        command.output.write(&verify_report::folded(&report, common.quiet), &named, screen.out);
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
    let options = InstallOptions {
        only_some: command.selection.is_given(),
        superuser_owner: command.allow_superuser_owner,
        ..command.names.options()
    };
    let total = Duration::from_secs(command.timeout);
    let inspection = Inspection { checks: &checks, options, parameters: &parameters, total };
    let (started, began) = (Timestamp::now(), Instant::now());
    let runtime = sources::runtime()?;
    let report = runtime.block_on(inspection.target(&target.name));
    // A name that is still being resolved would delay the end.
    runtime.shutdown_background();
    Ok(Report { started, duration: began.elapsed(), targets: vec![report] })
}
