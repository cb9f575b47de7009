//! `posemo demo`: starts a temporary server with sample problems, checks it and prints the result.

use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

use super::options::GlobalOptions;
use super::reporting::{self, block_on, formats};
use super::screen::Screen;
use crate::cases::demo::{self, Demonstration};
use crate::output::Format;
use crate::run::Limits;
use crate::serve::options::{ServeOptions, running_program};
use crate::serve::serve;
use crate::settings::Settings;
use crate::settings::serve::listen::ListenAddress;
use crate::text::causes::one_line;

// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct DemoCommand {
    /// Print the report in this format
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    output: Format,
    /// Leave the server running, and print the commands to check and to stop it
    #[arg(long)]
    keep: bool,
    /// Watch the server, and show the dashboard at this address, until interrupted [default: 127.0.0.1:9847]
    #[arg(
        long,
        value_name = "ADDRESS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "127.0.0.1:9847",
        value_parser = ListenAddress::parse,
        conflicts_with_all = ["keep", "output"]
    )]
    serve: Option<ListenAddress>,
}

pub(super) fn demo(
    command: &DemoCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let explains = command.output == Format::Table && !global.quiet;
    let print = |out: &mut dyn Write, text: &str| {
        if explains { out.write_all(text.as_bytes()).and_then(|()| out.flush()) } else { Ok(()) }
    };
    let catalog = global.sources().catalog()?;
    let demonstration = Demonstration::start()?;
    print(screen.out, &demonstration.introduction())?;
    let checks = catalog.checks()?;
    let changes = block_on(demonstration.prepare(&checks))??;
    print(screen.out, &Demonstration::installed(changes))?;
    if let Some(address) = &command.serve {
        return watch(&demonstration, address, global, screen);
    }
    let limits = Limits::within(Duration::from_secs(30), 1);
    let report = reporting::run(&[demonstration.job(checks)?], limits, true)?;
    command.output.write(&report, &screen.output_options(global), screen.out)?;
    print(screen.out, demo::NEXT)?;
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

/// Runs `posemo serve` on the server. Its end also ends the server.
fn watch(
    demonstration: &Demonstration,
    address: &ListenAddress,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let text = demonstration.settings();
    let of_catalog = global.clone();
    let load = move || {
        let catalog = of_catalog.sources().catalog().map_err(|error| one_line(&error))?;
        let settings = Settings::parse("the demonstration", text.clone(), &catalog);
        let settings = settings.map_err(|error| error.to_string())?;
        Ok((catalog, settings))
    };
    let options = ServeOptions {
        program: running_program()?,
        listen: Some(address.clone()),
        probe_only: false,
        load: Rc::new(load),
    };
    serve(&options, |address, _| {
        let _ = writeln!(screen.out, "The dashboard: {address}\nTo end it: Ctrl+C");
        let _ = screen.out.flush();
    })?;
    Ok(0)
}
