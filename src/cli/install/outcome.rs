//! Prints what an installation did, or would do.

use super::super::{Common, Screen};
use super::Install;
use crate::admin::installation::Installed;
use crate::catalog::Catalog;
use crate::install::InstallOptions;
use crate::text::number::counted;
use crate::text::sql::identifier;
use crate::text::visible::visible;

/// The result of an installation.
pub(super) struct Outcome<'c> {
    pub(super) command: &'c Install,
    pub(super) installed: Installed,
}

impl Outcome<'_> {
    /// Prints it line by line, and returns the exit code.
    pub(super) fn print(
        &self,
        common: &Common,
        catalog: &Catalog,
        screen: &mut Screen<'_>,
    ) -> anyhow::Result<u8> {
        let dry = self.command.scripted.dry_run;
        if !common.quiet {
            self.changes(dry, common.verbose > 0, screen)?;
        }
        self.remarks(common, catalog, screen)?;
        let refused = &self.installed.applied.refused;
        let out = &mut screen.out;
        for (database, reason) in refused {
            let (database, reason) = (visible(database), visible(reason));
            writeln!(out, "not installed in database {database}: {reason}")?;
        }
        let summary = match (self.installed.applied.changes.len(), dry) {
            (0, _) if !refused.is_empty() => "nothing to change elsewhere".to_owned(),
            (0, _) => "nothing to change: everything is installed as expected".to_owned(),
            (count, true) => {
                format!("{} would be made; nothing was changed", counted(count, "change"))
            }
            (count, false) => format!("installed: {}", counted(count, "change")),
        };
        if !common.quiet {
            writeln!(out, "{summary}")?;
        }
        Ok(u8::from(!refused.is_empty()))
    }

    fn changes(&self, dry: bool, verbose: bool, screen: &mut Screen<'_>) -> anyhow::Result<()> {
        let out = &mut screen.out;
        let would = if dry { "would " } else { "" };
        for change in &self.installed.applied.changes {
            writeln!(out, "{would}{}", visible(&change.piece.what))?;
            for name in &change.names {
                writeln!(out, "  {}", visible(name))?;
            }
            let shown = verbose && !change.piece.secret;
            for line in change.piece.sql.lines().filter(|_| shown) {
                writeln!(out, "    {line}")?;
            }
        }
        Ok(())
    }

    /// Prints what the administrator should know besides the changes.
    fn remarks(
        &self,
        common: &Common,
        catalog: &Catalog,
        screen: &mut Screen<'_>,
    ) -> anyhow::Result<()> {
        let (out, command) = (&mut screen.out, self.command);
        let (names, dry) = (&command.scripted.names, command.scripted.dry_run);
        for (check, reason) in &self.installed.script.skipped {
            writeln!(out, "left out: {check}: {}", visible(reason))?;
        }
        for note in &self.installed.script.notes {
            writeln!(out, "unchanged: {}", visible(note))?;
        }
        let home = visible(&command.scripted.home);
        for database in &self.installed.other_homes {
            let (other, drop) = (visible(database), visible(&identifier(database)));
            writeln!(
                out,
                "unchanged: database {other}, the home database of an earlier installation. The home database is now {home}: \
                 use -d {home} with run, check and verify; if no target uses {other} any more, DROP DATABASE {drop}"
            )?;
        }
        let unknown = self.unknown(catalog);
        if !unknown.is_empty() {
            let would = if dry { "would be dropped" } else { "dropped" };
            writeln!(
                out,
                "{would}: {}, which no folder of this command contains; give the folders of your own checks each time: --checks DIR",
                unknown.join(", ")
            )?;
        }
        let (usual, home) = (InstallOptions::default(), &command.scripted.home);
        let others: Vec<String> = [
            ("dbname", home, usual.home),
            ("user", &names.monitor_role, usual.monitor),
            ("schema", &names.schema, usual.schema),
        ]
        .into_iter()
        .filter(|(_, name, usual)| *name != usual)
        .map(|(key, name, _)| format!("{key} = {name:?}"))
        .collect();
        if !others.is_empty() && !self.installed.applied.changes.is_empty() && !dry && !common.quiet
        {
            let others = others.join(", ");
            writeln!(
                out,
                "not the default names: in posemo.toml where checks run, set for this target {others}"
            )?;
        }
        let made = format!("create role {}", names.monitor_role);
        let is_new = self.installed.applied.changes.iter().any(|change| change.piece.what == made);
        if is_new && command.password_file.is_none() && !dry && !common.quiet {
            writeln!(
                out,
                "role {} has no password: if pg_hba.conf requires one, run install again with --password-file FILE",
                visible(&names.monitor_role)
            )?;
        }
        Ok(())
    }

    /// The checks whose functions are dropped and that the catalog does not contain, sorted.
    fn unknown(&self, catalog: &Catalog) -> Vec<String> {
        let dropped = self.installed.applied.changes.iter().flat_map(|change| &change.names);
        let mut checks: Vec<String> = dropped.filter_map(|line| check_of(line)).collect();
        checks.retain(|name| catalog.get(name).is_err());
        checks.sort();
        checks.dedup();
        checks
    }
}

/// The check in a line such as `function posemo.my_check__2(text), which no check needs`. Whatever the name of the
/// schema, the name of a function of posemo contains neither a dot nor a parenthesis.
fn check_of(line: &str) -> Option<String> {
    let (signature, _) = line.strip_prefix("function ")?.rsplit_once(", which no check needs")?;
    let (function, _) = signature.rsplit_once('(')?;
    let name = function.rsplit('.').next()?;
    Some(name.split("__").next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::check_of;

    #[test]
    fn a_dropped_function_names_its_check() {
        for (line, check) in [
            ("function posemo.mine(), which no check needs", Some("mine")),
            (
                "function \"odd (schema.\".mine__2(text,double precision), which no check needs",
                Some("mine"),
            ),
            ("function posemo.mine(), which is not as it is to be", None),
            ("role posemo_old", None),
        ] {
            assert_eq!(check_of(line).as_deref(), check, "{line}");
        }
    }
}
