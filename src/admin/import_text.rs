//! Prints what an import did.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use super::describe::Drafts;
use super::import::ImportResult;
use crate::percona::folders::CheckFolder;
use crate::text::number::counted;
use crate::text::visible::visible;

/// The result of an import.
#[derive(Debug)]
pub struct ImportText<'i> {
    /// The folder with the checks.
    pub into: &'i Path,
    /// What was imported.
    pub result: &'i ImportResult,
    /// Print only refusals and faults.
    pub quiet: bool,
    /// Print what to review.
    pub verbose: bool,
}

impl ImportText<'_> {
    /// Prints the result, and the refused checks on `err`.
    pub fn write(&self, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<()> {
        let into = self.into.display().to_string();
        self.advisors(&into, out)?;
        self.foreign(&into, out)?;
        for part in self.result.ignored.iter().filter(|_| !self.quiet) {
            // A whole file or folder has no line.
            let line = Some(part.line).filter(|line| *line > 0).map(|line| format!(":{line}"));
            writeln!(
                out,
                "{}: ignored: {} ({}{})",
                visible(&part.what),
                visible(&part.reason),
                visible(&part.file),
                line.unwrap_or_default()
            )?;
        }
        let ImportResult { drafts, foreign, .. } = self.result;
        for refused in drafts.refused.iter().chain(&foreign.refused) {
            writeln!(err, "{}", visible(&refused.to_string()))?;
        }
        if self.quiet {
            return Ok(());
        }
        writeln!(out, "{}", self.totals())?;
        if !drafts.imported.is_empty() || !foreign.imported.is_empty() {
            writeln!(
                out,
                "\nEach README.md lists the guesses of the import under \"To review\"; -v prints them. Next steps:\n  posemo test {into}\n  posemo install --checks {into} --dry-run -H HOST -U postgres --all-databases"
            )?;
        }
        Ok(())
    }

    /// Percona's advisor checks.
    fn advisors(&self, into: &str, out: &mut dyn Write) -> io::Result<()> {
        for imported in &self.result.drafts.imported {
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
        Ok(())
    }

    /// Queries of other programs: the outcome of each, with its file and line.
    fn foreign(&self, into: &str, out: &mut dyn Write) -> io::Result<()> {
        for draft in self.result.foreign.imported.iter().filter(|_| !self.quiet) {
            let (name, query) = (draft.folder(), draft.query());
            let remarks = match draft.remarks().len() {
                0 => String::new(),
                number => format!(", {}", counted(number, "remark")),
            };
            writeln!(
                out,
                "{name}: imported into {into}/{name} ({}{remarks}; {}:{})",
                draft.outline(),
                visible(&query.file),
                query.line
            )?;
            for remark in draft.remarks().iter().filter(|_| self.verbose) {
                writeln!(out, "  to review: {}", visible(remark))?;
            }
        }
        let sets = self.result.foreign.imported.iter().filter_map(CheckFolder::owner_set);
        let sets: BTreeSet<String> =
            sets.filter(|set| set.is_new && !self.quiet).map(|set| set.name).collect();
        for name in sets {
            let tables = self.result.foreign.imported.iter().find_map(|draft| draft.grants(&name));
            let tables = visible(&tables.unwrap_or_default());
            writeln!(
                out,
                "{name}: owner set, written to {into}/owners/{name}.toml; it may read {tables}"
            )?;
        }
        Ok(())
    }

    fn totals(&self) -> String {
        let ImportResult { drafts: Drafts { imported, refused }, foreign, ignored } = self.result;
        let written = imported.len() + foreign.imported.len();
        let mut parts = vec![format!("{} imported", counted(written, "check"))];
        let blocked = imported.iter().filter(|imported| !imported.refusals.is_empty()).count();
        if blocked > 0 {
            parts.push(format!("{blocked} of them cannot be installed yet"));
        }
        if !ignored.is_empty() {
            parts.push(format!("{} ignored", ignored.len()));
        }
        let refused = refused.len() + foreign.refused.len();
        if refused > 0 {
            parts.push(format!("{refused} refused"));
        }
        parts.join(", ")
    }
}
