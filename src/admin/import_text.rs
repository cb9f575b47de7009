//! Prints what an import did.

use std::io::{self, Write};
use std::path::Path;

use super::describe::Drafts;
use crate::percona::advisor_check::IgnoredPart;
use crate::text::number::counted;
use crate::text::visible::visible;

/// The result of an import.
#[derive(Debug)]
pub struct ImportText<'i> {
    /// The folder with the checks.
    pub into: &'i Path,
    /// The checks.
    pub drafts: &'i Drafts,
    /// What was not imported.
    pub ignored: &'i [IgnoredPart],
    /// Print only refusals and faults.
    pub quiet: bool,
    /// Print what to review.
    pub verbose: bool,
}

impl ImportText<'_> {
    /// Prints the result, and the refused checks on `err`.
    pub fn write(&self, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<()> {
        let into = self.into.display().to_string();
        for imported in &self.drafts.imported {
            let name = imported.draft.folder();
            if !self.quiet {
                writeln!(
                    out,
                    "{name}: imported into {into}/{name} ({})",
                    imported.draft.outline()
                )?;
            }
            for complaint in &imported.refusals {
                let what = if self.quiet { format!("{name}: ") } else { "  ".to_owned() };
                writeln!(out, "{what}install refuses it: {}", visible(complaint))?;
            }
            for fault in &imported.faults {
                let what = if self.quiet { format!("{name}: ") } else { "  ".to_owned() };
                writeln!(out, "{what}fault: {}", visible(fault))?;
            }
            for remark in imported.draft.remarks().iter().filter(|_| self.verbose) {
                writeln!(out, "  to review: {}", visible(remark))?;
            }
        }
        for part in self.ignored.iter().filter(|_| !self.quiet) {
            writeln!(
                out,
                "{}: ignored: {} ({}:{})",
                part.what,
                part.reason,
                visible(&part.file),
                part.line
            )?;
        }
        for refused in &self.drafts.refused {
            writeln!(err, "{}", visible(&refused.to_string()))?;
        }
        if self.quiet {
            return Ok(());
        }
        writeln!(out, "{}", self.totals())?;
        if !self.drafts.imported.is_empty() {
            writeln!(
                out,
                "\nEach README.md lists the guesses of the import under \"To review\"; -v prints them. Next steps:\n  posemo test {into}\n  posemo install --checks {into} --dry-run -H HOST -U postgres --all-databases"
            )?;
        }
        Ok(())
    }

    fn totals(&self) -> String {
        let Drafts { imported, refused } = self.drafts;
        let mut parts = vec![format!("{} imported", counted(imported.len(), "check"))];
        let blocked = imported.iter().filter(|imported| !imported.refusals.is_empty()).count();
        if blocked > 0 {
            parts.push(format!("{blocked} of them cannot be installed yet"));
        }
        if !self.ignored.is_empty() {
            parts.push(format!("{} ignored", self.ignored.len()));
        }
        if !refused.is_empty() {
            parts.push(format!("{} refused", refused.len()));
        }
        parts.join(", ")
    }
}
