//! Prints what an installation did, or would do.

use std::io::{self, Write};

use indexmap::IndexMap;

use super::change_text::{Printing, print_changes};
use super::installation::Installed;
use super::server_facts::OtherHome;
use crate::catalog::check::Check;
use crate::install::{InstallOptions, OtherFunctions};
use crate::text::number::counted;
use crate::text::sql::identifier;
use crate::text::visible::visible;

/// The warning about queries that were not linted, because this needs a server; absent if all checks are posemo's.
pub fn unlinted(checks: &[Check]) -> Option<String> {
    let own: Vec<&str> =
        checks.iter().filter(|check| !check.shipped).map(|check| &*check.name).collect();
    (!own.is_empty()).then(|| {
        format!(
            "warning: the script contains queries that were not linted, because this needs a server: {}. Run posemo test, or install --dry-run on a server, before you run the script.",
            own.join(", ")
        )
    })
}

/// The result of an installation.
#[derive(Debug)]
pub struct InstallationText<'i> {
    /// The names of the installation.
    pub options: &'i InstallOptions,
    /// Whether the installation sets the password of the monitor role.
    pub sets_password: bool,
    /// How much to print.
    pub printing: Printing,
    /// What was installed.
    pub installed: &'i Installed,
    /// Folders of checks that are not valid.
    pub invalid: &'i [String],
}

impl InstallationText<'_> {
    /// Whether no check was refused, and every database was installed.
    pub fn is_complete(&self) -> bool {
        self.installed.applied.refused.is_empty()
            && self.invalid.is_empty()
            && self.installed.refusals.is_empty()
    }

    /// Prints the result.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Printing { quiet, dry_run, .. } = self.printing;
        let changes = &self.installed.applied.changes;
        print_changes(changes, self.printing, out)?;
        self.omissions(out)?;
        self.other_homes(out)?;
        self.unknown_checks(out)?;
        if !quiet && !changes.is_empty() && !dry_run {
            self.names(out)?;
            self.password(out)?;
        }
        for database in &self.installed.applied.lost {
            let database = visible(database);
            writeln!(
                out,
                "left out: database {database}, which was dropped, renamed or moved meanwhile"
            )?;
        }
        for (database, reason) in &self.installed.applied.refused {
            let (database, reason) = (visible(database), visible(reason));
            writeln!(out, "not installed in database {database}: {reason}")?;
        }
        self.refusals(out)?;
        if !quiet {
            writeln!(out, "{}", self.summary())?;
        }
        Ok(())
    }

    /// Checks that are not installed because they are not valid or the linter refuses them.
    fn refusals(&self, out: &mut dyn Write) -> io::Result<()> {
        for error in self.invalid {
            writeln!(out, "refused: {}", visible(error))?;
        }
        for refusal in &self.installed.refusals {
            writeln!(out, "refused: {}: {}", refusal.check, visible(&refusal.reason))?;
        }
        Ok(())
    }

    fn summary(&self) -> String {
        let applied = &self.installed.applied;
        match (applied.changes.len(), self.printing.dry_run) {
            (0, _) if !self.is_complete() => "nothing to change elsewhere".to_owned(),
            (0, _) => "nothing to change: everything is installed as expected".to_owned(),
            (count, true) => {
                format!("{} would be made; nothing was changed", counted(count, "change"))
            }
            (count, false) => format!("installed: {}", counted(count, "change")),
        }
    }

    /// Checks that are left out, and objects that the installing role may not change.
    fn omissions(&self, out: &mut dyn Write) -> io::Result<()> {
        // Many checks can be left out for the same reason.
        let mut reasons = IndexMap::<&str, Vec<&str>>::new();
        for (check, reason) in &self.installed.script.skipped {
            reasons.entry(reason).or_default().push(check);
        }
        for (reason, checks) in reasons {
            writeln!(out, "left out: {}: {}", checks.join(", "), visible(reason))?;
        }
        for (reason, checks) in self.inapplicable() {
            writeln!(out, "left out: {}: {}", checks.join(", "), visible(reason))?;
        }
        for note in &self.installed.script.notes {
            writeln!(out, "unchanged: {}", visible(note))?;
        }
        Ok(())
    }

    /// The checks that a database cannot have because of their extension, by reason. Not every user wants the extension, so
    /// a missing one is reported by the first installation, by one of named checks, and in detail.
    fn inapplicable(&self) -> IndexMap<&str, Vec<&str>> {
        let named = self.options.others == OtherFunctions::Kept;
        let Printing { quiet, verbose, .. } = self.printing;
        let all = !quiet && (verbose || named || self.creates_monitor());
        let mut reasons = IndexMap::<&str, Vec<&str>>::new();
        for left in self.installed.applied.inapplicable.iter().filter(|it| all || !it.missing) {
            reasons.entry(&left.reason).or_default().push(&left.check);
        }
        reasons
    }

    /// Whether the monitor role is new.
    fn creates_monitor(&self) -> bool {
        let created = format!("create role {}", self.options.monitor);
        self.installed.applied.changes.iter().any(|change| change.piece.what == created)
    }

    /// Home databases that this installation used before, and those of other installations.
    fn other_homes(&self, out: &mut dyn Write) -> io::Result<()> {
        let home = visible(&self.options.home);
        for OtherHome { database, entered } in &self.installed.other_homes {
            let (other, drop) = (visible(database), visible(&identifier(database)));
            if !entered {
                writeln!(
                    out,
                    "unchanged: database {other}, the home database of another installation"
                )?;
                continue;
            }
            writeln!(
                out,
                "unchanged: database {other}, the home database of an earlier installation. The home database is now {home}: \
                 use -d {home} with run, check and verify; if no target uses {other} any more, DROP DATABASE {drop}"
            )?;
        }
        Ok(())
    }

    /// Functions that remain because the catalog does not contain their checks.
    fn unknown_checks(&self, out: &mut dyn Write) -> io::Result<()> {
        for (database, function) in &self.installed.applied.unknown {
            writeln!(
                out,
                "unchanged: function {} in database {} belongs to a check that is not in the catalog; name its folder in [catalog] paths or with --checks, or remove it with --prune",
                visible(function),
                visible(database)
            )?;
        }
        Ok(())
    }

    /// Names that the settings must contain, as they are not the default names.
    fn names(&self, out: &mut dyn Write) -> io::Result<()> {
        let (usual, names) = (InstallOptions::default(), self.options);
        let others: Vec<String> = [
            ("dbname", &self.options.home, usual.home),
            ("user", &names.monitor, usual.monitor),
            ("schema", &names.schema, usual.schema),
        ]
        .into_iter()
        .filter(|(_, name, usual)| *name != usual)
        .map(|(key, name, _)| format!("{key} = {name:?}"))
        .collect();
        if others.is_empty() {
            return Ok(());
        }
        let others = others.join(", ");
        writeln!(
            out,
            "not the default names: in posemo.toml on the machine that runs the checks, set for this target {others}"
        )
    }

    /// How to set a password for a new monitor role without one.
    fn password(&self, out: &mut dyn Write) -> io::Result<()> {
        let role = &self.options.monitor;
        if !self.creates_monitor() || self.sets_password {
            return Ok(());
        }
        writeln!(
            out,
            "role {} has no password: if pg_hba.conf requires one, run install again with --password-file FILE",
            visible(role)
        )
    }
}
