//! Prints what a removal did, or would do.

use std::io::{self, Write};

use super::change_text::{Printing, print_changes};
use super::removal::Removed;
use crate::text::number::counted;
use crate::text::visible::visible;

impl Removed {
    /// Prints the result of a removal from `databases`, or from all if there are none. After a failure, it prints only the
    /// changes that were made.
    pub fn write(
        &self,
        databases: &[String],
        printing: Printing,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let is_failure = self.failure.is_some();
        // A dry run that failed prints no changes.
        if !(is_failure && printing.dry_run) {
            print_changes(&self.changes, printing, out)?;
        }
        if is_failure {
            return Ok(());
        }
        for note in &self.notes {
            writeln!(out, "unchanged: {}", visible(note))?;
        }
        let summary = match (self.changes.len(), printing.dry_run) {
            (0, _) => {
                format!("nothing to change: posemo is not installed{}", in_databases(databases))
            }
            (count, true) => {
                format!("{} would be made; nothing was changed", counted(count, "change"))
            }
            (count, false) => format!("uninstalled: {}", counted(count, "change")),
        };
        if printing.quiet { Ok(()) } else { writeln!(out, "{summary}") }
    }
}

/// The databases that were searched. posemo can be installed in others.
fn in_databases(databases: &[String]) -> String {
    match databases {
        [] => String::new(),
        [only] => format!(" in database {}", visible(only)),
        _ => " in any of these databases".to_owned(),
    }
}
