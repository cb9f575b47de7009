//! Prints the changes of an installation or a removal.

use std::io::{self, Write};

use super::apply::Change;
use crate::text::visible::visible;

/// How much to print.
#[derive(Debug, Clone, Copy, Default)]
pub struct Printing {
    /// Print neither changes nor a summary.
    pub quiet: bool,
    /// Print the SQL of each change.
    pub verbose: bool,
    /// The changes were not made.
    pub dry_run: bool,
}

/// Prints one line for each change, followed by the objects that it changed.
pub(super) fn print_changes(
    changes: &[Change],
    printing: Printing,
    out: &mut dyn Write,
) -> io::Result<()> {
    let would = if printing.dry_run { "would " } else { "" };
    for change in changes.iter().filter(|_| !printing.quiet) {
        writeln!(out, "{would}{}", visible(&change.piece.what))?;
        for name in &change.names {
            writeln!(out, "  {}", visible(name))?;
        }
        let prints_sql = printing.verbose && !change.piece.secret;
        for line in change.piece.sql.lines().filter(|_| prints_sql) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}
