//! Says what an installation did, or would do.
//!
//! It does nothing itself, and asks nobody.

use super::super::{Common, Screen, apply};
use super::Install;
use crate::catalog::Catalog;
use crate::install::Options;
use crate::install::script::Script;
use crate::text::sql::identifier;
use crate::text::visible::visible;

/// What came of an installation.
pub(super) struct Outcome {
    /// What was to be done.
    pub(super) script: Script,
    /// What was done.
    pub(super) done: apply::Done,
    /// Databases beside the home database that posemo made to be one.
    pub(super) other_homes: Vec<String>,
}

impl Outcome {
    /// Says it line by line, and gives the exit code.
    pub(super) fn say(
        &self,
        command: &Install,
        common: &Common,
        catalog: &Catalog,
        screen: &mut Screen<'_>,
    ) -> anyhow::Result<u8> {
        let dry = command.scripted.dry_run;
        if !common.quiet {
            self.changes(dry, common.verbose > 0, screen)?;
        }
        self.remarks(command, common, catalog, screen)?;
        let refused = &self.done.refused;
        let out = &mut screen.out;
        for (database, reason) in refused {
            let (database, reason) = (visible(database), visible(reason));
            writeln!(out, "not installed in database {database}: {reason}")?;
        }
        let summary = match (self.done.changes.len(), dry) {
            (0, _) if !refused.is_empty() => "nothing to change elsewhere".to_owned(),
            (0, _) => "nothing to change: everything is as it should be".to_owned(),
            (count, true) => {
                format!("{} would be made; nothing was changed", apply::counted(count))
            }
            (count, false) => format!("installed: {}", apply::counted(count)),
        };
        if !common.quiet {
            writeln!(out, "{summary}")?;
        }
        Ok(u8::from(!refused.is_empty()))
    }

    fn changes(&self, dry: bool, verbose: bool, screen: &mut Screen<'_>) -> anyhow::Result<()> {
        let out = &mut screen.out;
        let would = if dry { "would " } else { "" };
        for change in &self.done.changes {
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

    /// What whoever installs should know, beside what was changed.
    fn remarks(
        &self,
        command: &Install,
        common: &Common,
        catalog: &Catalog,
        screen: &mut Screen<'_>,
    ) -> anyhow::Result<()> {
        let out = &mut screen.out;
        let (names, dry) = (&command.scripted.names, command.scripted.dry_run);
        for (check, reason) in &self.script.skipped {
            writeln!(out, "left out: {check}: {}", visible(reason))?;
        }
        for note in &self.script.notes {
            writeln!(out, "left as it is: {}", visible(note))?;
        }
        let home = visible(&command.scripted.home);
        for database in &self.other_homes {
            let (other, drop) = (visible(database), visible(&identifier(database)));
            writeln!(
                out,
                "left as it is: database {other}, which an earlier install made as the home database. Now that is {home}: \
                 say -d {home} to run, check and verify; if nobody asks in {other} any more, DROP DATABASE {drop}"
            )?;
        }
        let unknown = self.unknown(catalog);
        if !unknown.is_empty() {
            let would = if dry { "would be gone" } else { "gone" };
            writeln!(
                out,
                "{would}: {}, which no folder of this call has; name the folders of your own checks each time: --checks DIR",
                unknown.join(", ")
            )?;
        }
        let (usual, home) = (Options::default(), &command.scripted.home);
        let others: Vec<String> = [
            ("dbname", home, usual.home),
            ("user", &names.monitor_role, usual.monitor),
            ("schema", &names.schema, usual.schema),
        ]
        .into_iter()
        .filter(|(_, name, usual)| *name != usual)
        .map(|(key, name, _)| format!("{key} = {name:?}"))
        .collect();
        if !others.is_empty() && !self.done.changes.is_empty() && !dry && !common.quiet {
            let others = others.join(", ");
            writeln!(
                out,
                "not the usual names: where checks are run, the target in posemo.toml has {others}"
            )?;
        }
        let made = format!("create role {}", names.monitor_role);
        let is_new = self.done.changes.iter().any(|change| change.piece.what == made);
        if is_new && command.password_file.is_none() && !dry && !common.quiet {
            writeln!(
                out,
                "role {} has no password: where pg_hba.conf asks for one, install again with --password-file FILE",
                visible(&names.monitor_role)
            )?;
        }
        Ok(())
    }

    /// The checks whose functions are dropped and that the catalogue does not have, sorted.
    fn unknown(&self, catalog: &Catalog) -> Vec<String> {
        let dropped = self.done.changes.iter().flat_map(|change| &change.names);
        let mut checks: Vec<String> = dropped.filter_map(|line| check_of(line)).collect();
        checks.retain(|name| catalog.get(name).is_err());
        checks.sort();
        checks.dedup();
        checks
    }
}

/// The check in a line such as `function posemo.my_check__2(text), which no check needs`. Whatever else
/// the schema is called, the name of a function of posemo's holds no dot and no bracket.
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
