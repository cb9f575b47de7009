//! Writes the page about a check: what it watches, its columns, its thresholds, its owner and its SQL.
//!
//! It does not connect to a server. The SQL is that of an installation on a given version.

use std::io::{self, Write};

use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::catalog::server_version::ServerVersion;
use crate::install::{self, InstallOptions};
use crate::settings::Settings;
use crate::settings::target::Target;
pub use error::ExplainError;
pub use json::CheckList;
pub use list::list;
use page::TerminalPage;

mod effective;
mod error;
mod facts;
mod json;
mod list;
mod page;
mod suggested;

/// A part of the page. The page has them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The README: what the check watches, why it matters, what to do.
    Readme,
    /// What the functions return, and their arguments.
    Columns,
    /// The thresholds and arguments that are in force, and where each is set.
    Thresholds,
    /// The owner of the functions, and its privileges.
    Owner,
    /// The script that judges the rows, if there is one.
    Script,
    /// The functions as they are installed.
    Sql,
}

impl Part {
    /// All parts.
    pub const ALL: [Part; 6] =
        [Self::Readme, Self::Columns, Self::Thresholds, Self::Owner, Self::Script, Self::Sql];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Readme => "readme",
            Self::Columns => "columns",
            Self::Thresholds => "thresholds",
            Self::Owner => "owner",
            Self::Script => "script",
            Self::Sql => "sql",
        }
    }
}

/// The values that are in force for a check on a target: the setting, its value, and the place where it is set.
pub fn in_force(
    check: &Check,
    catalog: &Catalog,
    settings: &Settings,
    target: &Target,
) -> Result<Vec<[String; 3]>, ExplainError> {
    Ok(effective::rows(check, &settings.with_sources(catalog, check, target)?))
}

/// The page of a check, to be written.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// The check.
    pub check: &'a Check,
    /// The catalog, which sets its thresholds.
    pub catalog: &'a Catalog,
    /// The settings, which may change them.
    pub settings: &'a Settings,
    /// The targets for which to print the thresholds that are in force. If empty, the differences between targets.
    pub targets: &'a [&'a Target],
    /// The version of the server for which to print the SQL.
    pub version: ServerVersion,
    /// The parts to print; all if it is empty.
    pub parts: &'a [Part],
}

impl Explanation<'_> {
    /// Writes the page for a terminal of this width.
    pub fn write(&self, out: &mut dyn Write, width: usize) -> Result<(), ExplainError> {
        let mut page = TerminalPage::new(out, width);
        let all = self.parts.is_empty();
        if all {
            facts::write(self.check, self.catalog, &mut page)?;
        }
        // A single part has no heading, so that it can be piped.
        page.headings = self.parts.len() != 1;
        for part in Part::ALL {
            if !all && !self.parts.contains(&part) {
                continue;
            }
            // A document needs no owner and no function.
            let of_server = matches!(part, Part::Owner | Part::Sql);
            if of_server && self.check.document.is_some() {
                if !all {
                    page.line("The check has no function: it judges a document.")?;
                }
                continue;
            }
            match part {
                Part::Readme => page.prose(&self.check.readme)?,
                Part::Columns => facts::columns(self.check, &mut page)?,
                Part::Thresholds => self.thresholds(&mut page)?,
                Part::Owner => owner(self.check, self.version, &mut page)?,
                Part::Script => self.script(&mut page)?,
                Part::Sql => sql(self.check, self.version, &mut page)?,
            }
        }
        Ok(())
    }

    fn thresholds(&self, page: &mut TerminalPage<'_>) -> Result<(), ExplainError> {
        page.heading("Thresholds and arguments")?;
        let Explanation { check, catalog, settings, .. } = self;
        if self.targets.is_empty() {
            effective::on_all_targets(check, catalog, settings, page)?;
            return Ok(suggested::write(check, page)?);
        }
        for (index, target) in self.targets.iter().enumerate() {
            if index > 0 {
                page.line("")?;
            }
            effective::on_target(check, catalog, settings, target, page)?;
        }
        Ok(())
    }

    fn script(&self, page: &mut TerminalPage<'_>) -> io::Result<()> {
        match &self.check.script {
            Some(script) => {
                page.heading("The script")?;
                page.verbatim(script.trim_end())
            }
            None if self.parts.is_empty() => Ok(()),
            None => {
                page.heading("The script")?;
                page.line("The check has no script: thresholds judge the rows.")
            }
        }
    }
}

fn owner(
    check: &Check,
    version: ServerVersion,
    page: &mut TerminalPage<'_>,
) -> Result<(), ExplainError> {
    page.heading("Owner")?;
    let role = check.owner_role();
    let functions = if check.queries.len() == 1 { "function belongs" } else { "functions belong" };
    if check.owner == "superuser" {
        page.prose(&format!(
            "The {functions} to role {role}, which is a superuser and has all privileges."
        ))?;
        return Ok(());
    }
    let grants = install::grants_of(check, version)?;
    if grants.is_empty() {
        page.prose(&format!(
            "The {functions} to role {role}, which cannot log in and has only the privileges of PUBLIC."
        ))?;
        return Ok(());
    }
    page.prose(&format!(
        "The {functions} to role {role}, which cannot log in and has been granted:"
    ))?;
    page.line("")?;
    for grant in grants {
        page.verbatim(grant.trim())?;
    }
    Ok(())
}

fn sql(
    check: &Check,
    version: ServerVersion,
    page: &mut TerminalPage<'_>,
) -> Result<(), ExplainError> {
    page.heading(&format!("As installed on PostgreSQL {version}"))?;
    if !check.servers.contains(version.major()) {
        page.line(&format!(
            "The check is not installed on this version: it is for PostgreSQL {}.",
            check.servers
        ))?;
        return Ok(());
    }
    let options = InstallOptions { superuser_owner: true, ..InstallOptions::default() };
    for (function, hash) in install::hashes(check, &options, version)? {
        page.line(&format!("-- {}.{function}, whose comment contains this hash:", options.schema))?;
        page.line(&format!("-- {hash}"))?;
    }
    for definition in install::definitions(check, &options, version)? {
        page.line("")?;
        page.verbatim(definition.trim())?;
    }
    Ok(())
}
