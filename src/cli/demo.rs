//! `posemo demo`: starts a temporary server with sample problems, checks it and prints the result.

use std::fmt;
use std::io::Write;
use std::time::Duration;

use super::options::GlobalOptions;
use super::reporting::{self, formats};
use super::screen::Screen;
use super::sources;
use crate::cases::demo::Demonstration;
use crate::output::Format;
use crate::run::Limits;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct DemoCommand {
    /// Print the report in this format
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    output: Format,
    /// Leave the server running, and print the commands to check and to stop it
    #[arg(long)]
    keep: bool,
}

pub(super) fn demo(
    command: &DemoCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let explains = command.output == Format::Table && !global.quiet;
    let print = |out: &mut dyn Write, text: fmt::Arguments<'_>| {
        if explains { writeln!(out, "{text}") } else { Ok(()) }
    };
    let catalog = sources::catalog(global)?;
    let demonstration = Demonstration::start()?;
    let server = &demonstration.server;
    print(
        screen.out,
        format_args!(
            "A temporary PostgreSQL {} server in {}",
            server.version(),
            server.socket().display()
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
    let report = reporting::run(&[demonstration.job(checks)?], limits, true)?;
    command.output.write(&report, &screen.output_options(global), screen.out)?;
    print(screen.out, format_args!("{NEXT}"))?;
    let server = demonstration.server;
    if command.keep {
        let (socket, port) = (server.socket().display().to_string(), server.port());
        let kept = server.keep()?;
        // Standard output contains only the report.
        writeln!(screen.err, "The server keeps running (process {}). To check it:", kept.pid)?;
        writeln!(screen.err, "  posemo run -H {socket} -p {port}")?;
        writeln!(screen.err, "To stop and remove it:\n  {}", kept.stop)?;
    } else {
        server.stop()?;
    }
    Ok(0)
}

const NEXT: &str = "
For your own server:
  posemo install -H HOST -U postgres --all-databases   once, as superuser; --print only prints the script
  psql -h HOST -U postgres -c '\\password posemo'       then write the password into ~/.pgpass of the monitor
  posemo run -H HOST                                   from any machine, as role posemo
  posemo explain sequence_usage                        what a check watches, why it matters, what to do";
