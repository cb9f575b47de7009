//! `posemo demo`: starts a temporary server with sample problems, checks it and prints the result.

use std::fmt;
use std::io::Write;
use std::time::Duration;

use super::run::{conduct, formats, options};
use super::{Common, Screen, sources};
use crate::cases::demo::Demonstration;
use crate::output::Format;
use crate::run::Limits;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// Print the report in this format
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    output: Format,
    /// Leave the server running, and print how to reach and how to stop it
    #[arg(long)]
    keep: bool,
}

pub(super) fn demo(command: &Demo, common: &Common, screen: &mut Screen<'_>) -> anyhow::Result<u8> {
    let explains = command.output == Format::Table && !common.quiet;
    let print = |out: &mut dyn Write, text: fmt::Arguments<'_>| {
        if explains { writeln!(out, "{text}") } else { Ok(()) }
    };
    let catalog = sources::catalog(common)?;
    let demonstration = Demonstration::start()?;
    let cluster = &demonstration.cluster;
    print(
        screen.out,
        format_args!(
            "A temporary PostgreSQL {} server in {}",
            cluster.version(),
            cluster.socket().display()
        ),
    )?;
    for problem in Demonstration::problems() {
        print(screen.out, format_args!("  sample problem: {problem}"))?;
    }
    let checks = catalog.checks()?;
    let changes = sources::block_on(demonstration.prepare(&checks))??;
    print(
        screen.out,
        format_args!("Installed once, as superuser: {changes} changes. Checked as role posemo:\n"),
    )?;
    screen.out.flush()?;
    let limits = Limits::within(Duration::from_secs(30), 1);
    let report = conduct(&[demonstration.job(checks)?], limits, true)?;
    command.output.write(&report, &options(common, screen), screen.out)?;
    print(screen.out, format_args!("{NEXT}"))?;
    let cluster = demonstration.cluster;
    if command.keep {
        let (socket, port) = (cluster.socket().display().to_string(), cluster.port());
        let kept = cluster.keep()?;
        // On standard error, so that standard output has only the report.
        writeln!(screen.err, "The server keeps running (process {}). To check it:", kept.pid)?;
        writeln!(screen.err, "  posemo run -H {socket} -p {port}")?;
        writeln!(screen.err, "To stop and remove it:\n  {}", kept.stop)?;
    } else {
        cluster.stop()?;
    }
    Ok(0)
}

const NEXT: &str = "
For your own server:
  posemo install -H HOST -U postgres --all-databases   once, as superuser; --print prints the whole script first
  psql -h HOST -U postgres -c '\\password posemo'        and the same password into the monitor's ~/.pgpass
  posemo run -H HOST                                    from any machine, as role posemo
  posemo explain sequence_usage                         what a check watches, why, what to do";
