//! Runs jobs with a progress bar, for the commands that print a report.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use serde::Serialize;

use crate::finding::report::Report;
use crate::output::Format;
use crate::run::Limits;
use crate::run::job::Job;
use crate::run::runner::Runner;

/// Runs the jobs. A run of more than 1 s shows a progress bar on standard error, unless it is silent.
pub(super) fn run(jobs: &[Job], limits: Limits, silent: bool) -> anyhow::Result<Report> {
    let bar = ProgressBar::with_draw_target(Some(jobs.len() as u64), ProgressDrawTarget::hidden());
    let runner = Runner::new(limits, program()?);
    let report = block_on(async {
        let running = runner.run(jobs, |done| bar.set_position(done as u64));
        tokio::pin!(running);
        if silent {
            return running.await;
        }
        tokio::select! {
            report = &mut running => report,
            () = draw(&bar) => unreachable!("the bar is drawn without end"),
        }
    })?;
    bar.finish_and_clear();
    runner.close();
    Ok(report)
}

async fn draw(bar: &ProgressBar) {
    tokio::time::sleep(Duration::from_secs(1)).await;
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} targets, {elapsed}");
    bar.set_style(style.expect("the template is a constant"));
    bar.set_draw_target(ProgressDrawTarget::stderr());
    loop {
        bar.tick();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The path of this program, which is started again as a worker.
pub(super) fn program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("cannot determine the path of this program")
}

/// The formats of a command that prints no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PageFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Writes a value as one JSON document.
pub(super) fn write_json(value: &impl Serialize, out: &mut dyn Write) -> anyhow::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)?;
    Ok(())
}

/// Parses the name of a format.
pub(super) fn formats() -> impl TypedValueParser<Value = Format> {
    let names = PossibleValuesParser::new(Format::ALL.map(Format::name));
    names.map(|name| Format::parse(&name).expect("it is one of the possible values"))
}

/// Runs a future that connects to servers.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    crate::database::block_on(future).context("cannot start the runtime")
}
