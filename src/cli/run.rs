//! `posemo run`: runs checks on targets, prints the report and sends it to receivers.

use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use indexmap::IndexSet;
use jiff::Timestamp;

use super::completion;
use super::connection::ConnectionOptions;
use super::exit::{code, is_lost};
use super::options::{Color, GlobalOptions};
use super::reporting::{self, formats};
use super::screen::Screen;
use super::selection::Selection;
use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::database::parameters::Environment;
use crate::deliver::deliver_all;
use crate::files;
use crate::finding::report::Report;
use crate::output::table::Style;
use crate::output::{self, Format};
use crate::report::baseline::Baseline;
use crate::run::Limits;
use crate::run::due::DueFile;
use crate::run::job::Job;
use crate::settings::Settings;
use crate::settings::target::{Target, use_profile};

// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub(super) struct RunCommand {
    /// Run on these targets or groups of the settings [default: all targets]
    #[arg(value_name = "TARGET", conflicts_with_all = ["host", "port", "username", "dbname"], add = completion::targets_and_groups())]
    targets: Vec<String>,
    /// Print the report in this format
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    output: Format,
    /// Write the report into this file, completely or not at all, instead of printing it
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Also send the report to this receiver of the settings; repeatable
    #[arg(long, value_name = "NAME", add = completion::receivers())]
    send: Vec<String>,
    /// Compare with this earlier report in JSON: mark what is new, and exit with the worst state of new problems
    #[arg(long, value_name = "FILE", conflicts_with = "send")]
    baseline: Option<PathBuf>,
    /// Run only the checks whose interval has passed since their last run; the file records the runs
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, conflicts_with_all = ["baseline", "database"])]
    #[expect(clippy::option_option, reason = "the option may have a value, and may be absent")]
    due: Option<Option<PathBuf>>,
    #[command(flatten)]
    selection: Selection,
    /// Use the checks and settings of this profile: default, cis, stig, bsi, or a file
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Run only per-database checks, and only in this database; repeatable
    // A receiver would take the missing databases for databases without a problem.
    #[arg(long, value_name = "NAME", conflicts_with = "send")]
    database: Vec<String>,
    /// Run on at most this many targets at a time
    #[arg(short, long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    jobs: u32,
    /// Limit each target to this many seconds
    #[arg(short, long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    #[command(flatten)]
    connection: ConnectionOptions,
}

pub(super) fn run(
    command: &RunCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let (catalog, settings) = global.sources().all()?;
    // A receiver that is named twice gets the report once.
    let names: IndexSet<&String> = command.send.iter().collect();
    let receivers = names.into_iter().map(|name| settings.receiver(name));
    let receivers = receivers.collect::<Result<Vec<_>, _>>()?;
    let baseline = command.baseline.as_deref().map(Baseline::read).transpose()?;
    let mut targets = command.connection.targets(&command.targets, &settings)?;
    if let Some(name) = &command.profile {
        use_profile(&mut targets, name, &catalog)?;
    }
    let mut jobs = jobs(command, &catalog, &settings, &targets)?;
    let mut due = None;
    if let Some(path) = &command.due {
        let (mut file, remark) = DueFile::open(path.as_deref())?;
        if let Some(remark) = remark {
            writeln!(screen.err, "posemo: {remark}")?;
        }
        jobs = file.limit(jobs, Timestamp::now());
        due = Some(file);
    }
    let limits =
        Limits::within(Duration::from_secs(command.timeout), usize::try_from(command.jobs)?);
    let mut report = reporting::run(&jobs, limits, global.quiet || !screen.err_terminal)?;
    if let Some(due) = &due {
        due.complete(&mut report, &jobs);
    }
    let compared = baseline.map(|earlier| earlier.compare(&mut report));
    let state = compared.unwrap_or_else(|| report.state());
    let piggyback = targets.iter().any(|target| target.listed);
    let written = write(command, global, &report, piggyback, screen);
    let mut is_delivered = written.is_ok();
    // A failed delivery changes neither the state of the servers nor the exit code.
    for (receiver, sent) in receivers.iter().zip(deliver_all(&receivers, &report)) {
        is_delivered &= sent.is_ok();
        match sent {
            Ok(sent) => tracing::info!(receiver = receiver.name, "{sent}"),
            Err(error) => writeln!(screen.err, "posemo: receiver {}: {error}", receiver.name)?,
        }
    }
    if let Some(due) = &mut due {
        let recorded = if is_delivered {
            due.record(&report, &jobs).map_err(|error| error.to_string())
        } else {
            Err("the report did not arrive everywhere".to_owned())
        };
        if let Err(reason) = recorded {
            writeln!(screen.err, "posemo: {reason}; the same checks are due again")?;
        }
    }
    Ok(code(state, written))
}

fn jobs(
    command: &RunCommand,
    catalog: &Catalog,
    settings: &Settings,
    targets: &[Target],
) -> anyhow::Result<Vec<Job>> {
    let checks = command.selection.checks(catalog)?;
    let checks: Vec<Rc<Check>> = checks.into_iter().map(Rc::new).collect();
    let environment = Environment::of_process();
    let jobs = targets.iter().map(|target| Job::new(settings, target, &checks, &environment));
    let mut jobs: Vec<Job> = jobs.collect::<Result<_, _>>()?;
    for job in &mut jobs {
        job.reports_databases = !command.selection.is_given();
        if !command.database.is_empty() {
            job.limit_to(&command.database);
        }
    }
    if jobs.iter().all(Job::is_empty) {
        anyhow::bail!("no check to run: no selected check is enabled for a target");
    }
    Ok(jobs)
}

/// Prints the report or writes it into the file. An error is also printed on standard error.
fn write(
    command: &RunCommand,
    global: &GlobalOptions,
    report: &Report,
    piggyback: bool,
    screen: &mut Screen<'_>,
) -> io::Result<()> {
    let mut options = output::OutputOptions { piggyback, ..screen.output_options(global) };
    let Some(path) = &command.output_file else {
        let written = command.output.write(report, &options, screen.out);
        let written = written.and_then(|()| screen.out.flush());
        if let Some(error) = written.as_ref().err().filter(|error| is_lost(error)) {
            writeln!(screen.err, "posemo: cannot write the report: {error}")?;
        }
        return written;
    };
    // The terminal has no influence on the file.
    options.style.color = matches!(global.color, Color::Always);
    options.style.width = Style::default().width;
    let written = files::write(path, |out| command.output.write(report, &options, out));
    if let Err(error) = &written {
        let path = path.display();
        writeln!(screen.err, "posemo: cannot write the report into {path}: {error}")?;
    }
    written
}
