//! `posemo run`: all checks on all targets, in any format.
//!
//! What is selected is decided here; how it is run and said is not.

use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use indexmap::IndexSet;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::connection::Connection;
use super::{Color, Common, Screen, sources};
use crate::catalog::check::Check;
use crate::catalog::{Catalog, TOPICS};
use crate::database::parameters::Environment;
use crate::deliver::deliver_all;
use crate::finding::State;
use crate::finding::report::Report;
use crate::output::table::{Style, Verbosity};
use crate::output::{self, Format, file};
use crate::run::Limits;
use crate::run::job::Job;
use crate::run::runner::Runner;
use crate::settings::target::Target;

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub(super) struct Run {
    /// Targets or groups of the settings; all of them, if none is named
    #[arg(value_name = "TARGET", conflicts_with_all = ["host", "port", "username", "dbname"])]
    targets: Vec<String>,
    /// The format
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    output: Format,
    /// Write the report into this file, whole or not at all, in place of standard output
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Send the report to this receiver of the settings, too; repeatable
    #[arg(long, value_name = "NAME")]
    send: Vec<String>,
    #[command(flatten)]
    selection: Selection,
    /// Targets at a time
    #[arg(short, long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    jobs: u32,
    /// The most that everything about one target may take, in seconds
    #[arg(short, long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    #[command(flatten)]
    connection: Connection,
}

/// Which checks.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Selection {
    /// Only these checks
    #[arg(long, value_name = "NAME")]
    check: Vec<String>,
    /// Only the checks of these topics
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(TOPICS))]
    topic: Vec<String>,
}

impl Selection {
    /// The checks that are meant; all of them, if none is named.
    pub(super) fn of(&self, catalog: &Catalog) -> anyhow::Result<Vec<Check>> {
        let mut checks = if self.check.is_empty() {
            catalog.checks()?
        } else {
            self.check.iter().map(|name| catalog.get(name)).collect::<Result<Vec<_>, _>>()?
        };
        checks.retain(|check| self.topic.is_empty() || self.topic.contains(&check.topic));
        checks.sort_by(|a, b| a.name.cmp(&b.name));
        checks.dedup_by(|a, b| a.name == b.name);
        Ok(checks)
    }

    /// Whether only some checks are named.
    pub(super) fn is_given(&self) -> bool {
        !self.check.is_empty() || !self.topic.is_empty()
    }
}

pub(super) fn run(command: &Run, common: &Common, screen: &mut Screen<'_>) -> anyhow::Result<u8> {
    let catalog = sources::catalog(common)?;
    let settings = sources::settings(common, &catalog)?;
    // A receiver that is named twice gets the report once.
    let names: IndexSet<&String> = command.send.iter().collect();
    let receivers = names.into_iter().map(|name| settings.receiver(name));
    let receivers = receivers.collect::<Result<Vec<_>, _>>()?;
    let checks: Vec<Rc<Check>> = command.selection.of(&catalog)?.into_iter().map(Rc::new).collect();
    let environment = Environment::of_process();
    let targets = if command.connection.is_given()
        || settings.targets().is_empty() && command.targets.is_empty()
    {
        vec![command.connection.target(settings.defaults())]
    } else {
        selected(&command.targets, settings.targets())
            .or_else(|name| Ok::<_, anyhow::Error>(vec![settings.target(&name)?.clone()]))?
    };
    let jobs = targets.iter().map(|target| Job::new(&settings, target, &checks, &environment));
    let jobs: Vec<Job> = jobs.collect::<Result<_, _>>()?;
    if jobs.iter().all(|job| job.checks.is_empty()) {
        anyhow::bail!("there is nothing to do: no check is selected and enabled for any target");
    }
    let limits =
        Limits::within(Duration::from_secs(command.timeout), usize::try_from(command.jobs)?);
    let report = conduct(&jobs, limits, common.quiet || !screen.err_terminal)?;
    let piggyback = targets.iter().any(|target| target.listed);
    let written = say(command, common, &report, piggyback, screen);
    // A failed delivery does not change the state of the servers, nor the exit code.
    for (receiver, sent) in receivers.iter().zip(deliver_all(&receivers, &report)) {
        match sent {
            Ok(sent) => tracing::info!(receiver = receiver.name, "{sent}"),
            Err(error) => writeln!(screen.err, "posemo: receiver {}: {error}", receiver.name)?,
        }
    }
    Ok(code(&report, written))
}

/// Says the report where it is wanted. Of a file that cannot be written, the reason is said as well.
fn say(
    command: &Run,
    common: &Common,
    report: &Report,
    piggyback: bool,
    screen: &mut Screen<'_>,
) -> io::Result<()> {
    let mut options = output::OutputOptions { piggyback, ..options(common, screen) };
    let Some(path) = &command.output_file else {
        let written = command.output.write(report, &options, screen.out);
        let written = written.and_then(|()| screen.out.flush());
        if let Some(error) = written.as_ref().err().filter(|error| is_lost(error)) {
            writeln!(screen.err, "posemo: cannot write the report: {error}")?;
        }
        return written;
    };
    // A file is no terminal, whatever standard output is.
    options.style.color = matches!(common.color, Color::Always);
    options.style.width = Style::default().width;
    let written = file::write(path, |out| command.output.write(report, &options, out));
    if let Err(error) = &written {
        let path = path.display();
        writeln!(screen.err, "posemo: cannot write the report into {path}: {error}")?;
    }
    written
}

/// The exit code of a report. What could not be written must not look well.
pub(super) fn code(report: &Report, written: io::Result<()>) -> u8 {
    match report.state() {
        State::Ok if written.is_err_and(|error| is_lost(&error)) => State::Unknown.exit_code(),
        state => state.exit_code(),
    }
}

/// Whether what could not be written is missing. A reader that has gone away has read enough.
fn is_lost(error: &io::Error) -> bool {
    error.kind() != io::ErrorKind::BrokenPipe
}

/// The targets of names that are targets or groups; the first name that is neither, else.
fn selected(names: &[String], all: &[Target]) -> Result<Vec<Target>, String> {
    let matches =
        |target: &Target, name: &String| target.name == *name || target.groups.contains(name);
    if let Some(name) = names.iter().find(|name| !all.iter().any(|target| matches(target, name))) {
        return Err(name.clone());
    }
    let wanted =
        |target: &&Target| names.is_empty() || names.iter().any(|name| matches(target, name));
    Ok(all.iter().filter(wanted).cloned().collect())
}

/// Runs the jobs, with a bar on standard error once a second has gone by.
pub(super) fn conduct(jobs: &[Job], limits: Limits, silent: bool) -> anyhow::Result<Report> {
    let bar = ProgressBar::with_draw_target(Some(jobs.len() as u64), ProgressDrawTarget::hidden());
    let runner = Runner::new(limits, program()?);
    let report = sources::block_on(async {
        let running = runner.run(jobs, |done| bar.set_position(done as u64));
        let shown = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} targets, {elapsed}");
            bar.set_style(style.expect("the template is a constant"));
            bar.set_draw_target(ProgressDrawTarget::stderr());
            loop {
                bar.tick();
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        tokio::pin!(running);
        if silent {
            return running.await;
        }
        tokio::select! {
            report = &mut running => report,
            () = shown => unreachable!("the bar is shown for ever"),
        }
    })?;
    bar.finish_and_clear();
    runner.close();
    Ok(report)
}

/// This program, to be started again as a worker.
pub(super) fn program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("cannot find out where this program is")
}

/// The names of the formats, for the command line.
pub(super) fn formats() -> impl TypedValueParser<Value = Format> {
    let names = PossibleValuesParser::new(Format::ALL.map(Format::name));
    names.map(|name| Format::parse(&name).expect("it is one of the possible values"))
}

/// How a report is shown.
pub(super) fn options(common: &Common, screen: &Screen<'_>) -> output::OutputOptions {
    let color = match common.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            screen.terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    };
    let verbosity = match (common.quiet, common.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Normal,
        (false, _) => Verbosity::Verbose,
    };
    output::OutputOptions {
        style: Style { color, width: screen.width, verbosity, ..Style::default() },
        ..output::OutputOptions::default()
    }
}
