//! `posemo doctor`: examines each step from the settings to the functions, and reports the first one that fails.

use std::rc::Rc;
use std::time::Duration;

use super::completion;
use super::connection::ConnectionOptions;
use super::options::GlobalOptions;
use super::reporting::{block_on, program};
use super::screen::Screen;
use crate::database::parameters::Environment;
use crate::doctor;
use crate::run::Limits;
use crate::run::job::Job;
use crate::run::runner::Runner;

// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub(super) struct DoctorCommand {
    /// Examine these targets or groups of the settings [default: all targets]
    #[arg(value_name = "TARGET", conflicts_with_all = ["host", "port", "username", "dbname"], add = completion::targets_and_groups())]
    targets: Vec<String>,
    /// Limit each target to this many seconds
    #[arg(short, long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    #[command(flatten)]
    connection: ConnectionOptions,
}

pub(super) fn doctor(
    command: &DoctorCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let (catalog, settings) = global.sources().all()?;
    let checks: Vec<_> = catalog.checks()?.into_iter().map(Rc::new).collect();
    let targets = command.connection.targets(&command.targets, &settings)?;
    let environment = Environment::of_process();
    let jobs = targets.iter().map(|target| Job::new(&settings, target, &checks, &environment));
    let jobs = jobs.collect::<Result<Vec<_>, _>>()?;
    let limits = Limits::within(Duration::from_secs(command.timeout), jobs.len());
    let runner = Runner::new(limits, program()?);
    let is_healthy = block_on(doctor::examine(&jobs, limits, &runner, |examined| {
        examined.write(global.quiet, screen.width, screen.out)?;
        screen.out.flush()
    }))??;
    runner.close();
    Ok(u8::from(!is_healthy))
}
