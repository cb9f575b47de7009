//! The streams that a command prints to, and the style of reports on them.

use std::io::Write;

use super::options::{Color, GlobalOptions};
use crate::output;
use crate::output::table::{Style, Verbosity};

/// The output streams and the terminal.
pub struct Screen<'a> {
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut dyn Write,
    /// Whether standard output is a terminal.
    pub terminal: bool,
    /// Whether standard error is a terminal.
    pub err_terminal: bool,
    /// The width of the terminal, in characters.
    pub width: usize,
}

impl Screen<'_> {
    /// The options for a report on standard output.
    pub(super) fn output_options(&self, global: &GlobalOptions) -> output::OutputOptions {
        let color = match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                self.terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        let verbosity = match (global.quiet, global.verbose) {
            (true, 0) => Verbosity::Quiet,
            (true, _) => Verbosity::Problems,
            (false, 0) => Verbosity::Normal,
            (false, _) => Verbosity::Verbose,
        };
        output::OutputOptions {
            style: Style { color, width: self.width, verbosity, ..Style::default() },
            ..output::OutputOptions::default()
        }
    }
}
