//! `posemo explain`: everything there is to know of a check before it is installed, and what settings make of it.
//!
//! It asks no server: the SQL is what would be installed on a server of a version.

use clap::ValueEnum;

use super::{Common, Screen, sources};
use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::catalog::server_version::{NEWEST, ServerVersion};
use crate::install::{self, Options};
use crate::settings::Settings;
use crate::settings::target::Target;
use page::Page;

mod facts;
mod force;
mod page;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// The check; `posemo list` names them
    name: String,
    /// Say what is in force for this target of the settings; repeatable
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,
    /// Show this part only; repeatable
    #[arg(long = "section", value_name = "PART", value_enum)]
    sections: Vec<Part>,
    /// Show the SQL for servers of this version
    #[arg(long, value_name = "X.Y")]
    server_version: Option<ServerVersion>,
}

/// The parts of the page, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// What it watches, why that matters, what to do
    Readme,
    /// What can leave the server, and what can be said to the function
    Columns,
    /// Thresholds, arguments and the like that are in force, and where each was said
    Thresholds,
    /// As whom the function runs, and what that role may do
    Owner,
    /// What judges the rows, where thresholds do not
    Script,
    /// The functions as they are installed
    Sql,
}

pub(super) fn explain(
    command: &Explain,
    common: &Common,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let catalog = sources::catalog(common)?;
    let check = catalog.get(&command.name)?;
    let version = command.server_version.unwrap_or_else(|| ServerVersion::newest_of(NEWEST));
    // Other parts are the same whatever the settings say, and can be shown where these may not be read.
    let all = command.sections.is_empty();
    let wanted = all || command.sections.contains(&Part::Thresholds) || !command.targets.is_empty();
    let settings = if wanted { sources::settings(common, &catalog)? } else { Settings::default() };
    let targets = command.targets.iter().map(|name| settings.target(name));
    let targets = targets.collect::<Result<Vec<_>, _>>()?;
    let width = screen.width.min(100);
    let mut page = Page::new(screen.out, width);
    if all {
        facts::write(&check, &catalog, &mut page)?;
    }
    // One part alone needs no heading, and can be piped to where it is of use.
    page.headings = command.sections.len() != 1;
    for part in Part::value_variants() {
        if !all && !command.sections.contains(part) {
            continue;
        }
        match part {
            Part::Readme => page.prose(&check.readme)?,
            Part::Columns => facts::columns(&check, &mut page)?,
            Part::Thresholds => in_force(&targets, &check, &catalog, &settings, &mut page)?,
            Part::Owner => owner(&check, version, &mut page)?,
            Part::Script => script(&check, command, &mut page)?,
            Part::Sql => sql(&check, version, &mut page)?,
        }
    }
    Ok(0)
}

fn in_force(
    targets: &[&Target],
    check: &Check,
    catalog: &Catalog,
    settings: &Settings,
    page: &mut Page<'_>,
) -> std::io::Result<()> {
    page.heading("Thresholds and arguments")?;
    if targets.is_empty() {
        return force::everywhere(check, catalog, settings, page);
    }
    for (index, target) in targets.iter().enumerate() {
        if index > 0 {
            page.line("")?;
        }
        force::on(check, catalog, settings, target, page)?;
    }
    Ok(())
}

fn owner(check: &Check, version: ServerVersion, page: &mut Page<'_>) -> anyhow::Result<()> {
    page.heading("As whom")?;
    let role = install::owner_role(&check.owner);
    let functions = if check.queries.len() == 1 { "function belongs" } else { "functions belong" };
    if check.owner == "superuser" {
        page.prose(&format!(
            "The {functions} to role {role}, which is a superuser: it may do everything."
        ))?;
        return Ok(());
    }
    let grants = install::grants_of(&check.owner, version)?;
    if grants.is_empty() {
        page.prose(&format!(
            "The {functions} to role {role}, which may do nothing that not every role may."
        ))?;
        return Ok(());
    }
    page.prose(&format!("The {functions} to role {role}, which cannot log in and is granted:"))?;
    page.line("")?;
    for grant in grants {
        page.verbatim(grant.trim())?;
    }
    Ok(())
}

fn script(check: &Check, command: &Explain, page: &mut Page<'_>) -> anyhow::Result<()> {
    match &check.script {
        Some(script) => {
            page.heading("The script")?;
            page.verbatim(script.trim_end())?;
        }
        None if command.sections.is_empty() => {}
        None => {
            page.heading("The script")?;
            page.line("There is none: thresholds judge the rows.")?;
        }
    }
    Ok(())
}

fn sql(check: &Check, version: ServerVersion, page: &mut Page<'_>) -> anyhow::Result<()> {
    page.heading(&format!("As installed on PostgreSQL {version}"))?;
    if !check.servers.contains(version.major()) {
        page.line(&format!("It is not installed there: it is for PostgreSQL {}.", check.servers))?;
        return Ok(());
    }
    let options = Options { superuser_owner: true, ..Options::default() };
    for (function, hash) in install::hashes(check, &options, version)? {
        page.line(&format!("-- {}.{function}, with this hash in its comment:", options.schema))?;
        page.line(&format!("-- {hash}"))?;
    }
    for definition in install::definitions(check, &options, version)? {
        page.line("")?;
        page.verbatim(definition.trim())?;
    }
    Ok(())
}
