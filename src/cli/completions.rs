//! `posemo completions`: a completion script for a shell.
//!
//! It is made from the definition of the command line, not kept beside it.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Arguments, Screen};

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn completions(command: &Completions, screen: &mut Screen<'_>) {
    clap_complete::generate(command.shell, &mut Arguments::command(), "posemo", &mut screen.out);
}
