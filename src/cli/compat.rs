//! `posemo compat`: answers a call of `check_postgres` or `check_pgactivity`.

use std::ffi::OsString;

use clap::{Args, FromArgMatches};

use super::check::{self, CheckCommand};
use super::options::GlobalOptions;
use super::screen::Screen;
use crate::compat::{CompatAnswer, answer};

// Arguments of `compat`.
#[derive(Debug, clap::Args)]
pub(super) struct CompatCommand {
    /// Print the call of posemo, and do not run it
    #[arg(long)]
    print: bool,
    #[arg(
        help = "The other plugin, check_postgres or check_pgactivity, and its options",
        value_name = "CALL",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    call: Vec<OsString>,
}

pub(super) fn compat(
    command: &CompatCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    match answer(&command.call, command.print) {
        CompatAnswer::Print(text, code) => {
            write!(screen.out, "{text}")?;
            Ok(code)
        }
        CompatAnswer::Run(words) => {
            let options = CheckCommand::augment_args(clap::Command::new("check"));
            let matches = options.try_get_matches_from(words)?;
            let command = CheckCommand::from_arg_matches(&matches)?;
            Ok(check::check(&command, global, screen))
        }
    }
}
