//! The options that every command accepts.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::config::sources::Sources;

// Options that every command accepts.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct GlobalOptions {
    /// Add the checks of this folder or archive (.tar, .tar.gz, .tgz); repeatable
    #[arg(long, value_name = "PATH", global = true)]
    pub(super) checks: Vec<PathBuf>,
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        help = "Read the settings from this file [default: $POSEMO_CONFIG, ~/.config/posemo/posemo.toml or \
                /etc/posemo/posemo.toml]"
    )]
    pub(super) config: Option<PathBuf>,
    /// Print more details, and a log on standard error; repeat for a more detailed log
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(super) verbose: u8,
    /// Print only what is not OK
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Use colors in tables
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto, global = true)]
    pub(super) color: Color,
}

impl GlobalOptions {
    /// The files that the options name.
    pub(super) fn sources(&self) -> Sources<'_> {
        Sources { config: self.config.as_deref(), checks: &self.checks }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}
