//! `posemo serve`: watches the targets of the settings until it is stopped.

use std::rc::Rc;

use super::options::GlobalOptions;
use super::screen::Screen;
use crate::serve::options::{ServeOptions, running_program};
use crate::serve::serve;
use crate::settings::serve::listen::ListenAddress;
use crate::text::causes::one_line;
use crate::web::login_file;

// Arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(super) struct ServeCommand {
    /// Listen on this address or unix:PATH [default: that of the settings, or 127.0.0.1:9847]
    #[arg(long, value_name = "ADDRESS", value_parser = ListenAddress::parse)]
    listen: Option<ListenAddress>,
    /// Answer only /probe: run no schedule, send nothing to receivers and keep nothing
    #[arg(long)]
    probe_only: bool,
    /// Print a line for `users_file`, with the password from standard input, and end
    #[arg(long, value_name = "NAME:ROLE")]
    print_login: Option<String>,
}

pub(super) fn run(
    command: &ServeCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    if let Some(login) = &command.print_login {
        let password = std::io::stdin().lines().next().transpose()?.unwrap_or_default();
        let line = login_file::line(login, &password).map_err(anyhow::Error::msg)?;
        writeln!(screen.out, "{line}")?;
        return Ok(0);
    }
    let for_reload = global.clone();
    let load = move || for_reload.sources().all().map_err(|error| one_line(&error));
    let options = ServeOptions {
        program: running_program()?,
        listen: command.listen.clone(),
        probe_only: command.probe_only,
        load: Rc::new(load),
    };
    serve(&options, |address, targets| {
        let targets = crate::text::number::counted(targets, "target");
        let _ = writeln!(screen.err, "posemo: watching {targets}; {address}");
    })?;
    Ok(0)
}
