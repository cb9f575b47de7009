//! `posemo explain`: everything there is to know of a check before it is installed.
//!
//! It asks no server: the SQL is what would be installed on a server of a version.

use super::{Common, Screen, sources};
use crate::catalog::check::{Check, Scope};
use crate::catalog::interval;
use crate::catalog::server_version::{NEWEST, ServerVersion};
use crate::catalog::signature::ArgumentValue;
use crate::install::{self, Options};

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// The check; `posemo list` names them
    name: String,
    /// Show the SQL for servers of this version
    #[arg(long, value_name = "X.Y")]
    server_version: Option<ServerVersion>,
}

pub(super) fn explain(
    command: &Explain,
    common: &Common,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let catalog = sources::catalog(common)?;
    let check = catalog.get(&command.name)?;
    let version = command.server_version.unwrap_or_else(|| ServerVersion::newest_of(NEWEST));
    let out = &mut screen.out;
    writeln!(out, "{}: {}\n", check.name, check.summary)?;
    for (what, said) in facts(&check) {
        writeln!(out, "{what:<12}{said}")?;
    }
    writeln!(out, "\n{}", check.readme.trim())?;
    columns(&check, out)?;
    writeln!(
        out,
        "\n## As whom\n\nThe functions belong to role {}, which may:\n",
        install::owner_role(&check.owner)
    )?;
    let grants = if check.owner == "superuser" {
        Vec::new()
    } else {
        install::grants_of(&check.owner, version)?
    };
    match (check.owner.as_str(), grants.is_empty()) {
        ("superuser", _) => writeln!(out, "everything: it is a superuser")?,
        (_, true) => writeln!(out, "nothing that not every role may")?,
        (_, false) => grants.iter().try_for_each(|grant| writeln!(out, "{}", grant.trim()))?,
    }
    if let Some(script) = &check.script {
        writeln!(out, "\n## The script\n\n{}", script.trim())?;
    }
    writeln!(out, "\n## As installed on PostgreSQL {version}\n")?;
    if !check.servers.contains(version.major()) {
        writeln!(out, "It is not installed there: it is for PostgreSQL {}.", check.servers)?;
        return Ok(0);
    }
    let options = Options { superuser_owner: true, ..Options::default() };
    for definition in install::definitions(&check, &options, version)? {
        writeln!(out, "{}", definition.trim())?;
    }
    Ok(0)
}

fn facts(check: &Check) -> Vec<(&'static str, String)> {
    let asked = match check.scope {
        Scope::Cluster => "once, in the home database",
        Scope::Database => "in every database where it is installed",
    };
    let mut facts = vec![
        ("topic", check.topic.clone()),
        ("asked", asked.to_owned()),
        ("of", check.role.map_or("any server", crate::finding::report::Role::name).to_owned()),
        ("servers", format!("PostgreSQL {}", check.servers)),
        ("every", interval::write(check.interval)),
        ("from", check.place.clone()),
    ];
    if let Some(instead) = &check.deprecated {
        facts.push(("deprecated", instead.clone()));
    }
    if !check.was.is_empty() {
        facts.push(("was", check.was.join(", ")));
    }
    facts
}

fn columns(check: &Check, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    writeln!(out, "\n## Columns\n")?;
    for column in check.columns() {
        let unit = match column.unit {
            crate::finding::Unit::None => String::new(),
            unit => format!(", {}", unit.name()),
        };
        let role = format!("{:?}", column.role).to_lowercase();
        writeln!(
            out,
            "{} ({}, {role}{unit}): {}",
            column.name,
            column.sql_type.sql(),
            column.help
        )?;
        if let Some(levels) = check.thresholds.levels.get(&column.name) {
            for (name, range) in [("warning", &levels.warning), ("critical", &levels.critical)] {
                if let Some(range) = range {
                    writeln!(out, "    {name} {range}")?;
                }
            }
        }
    }
    if !check.arguments.is_empty() {
        writeln!(out, "\n## Arguments\n")?;
    }
    for argument in &check.arguments {
        let default = match &argument.default {
            ArgumentValue::Text(text) => format!("{text:?}"),
            ArgumentValue::Boolean(truth) => truth.to_string(),
            ArgumentValue::Integer(number) => number.to_string(),
            ArgumentValue::Double(number) => number.to_string(),
        };
        writeln!(
            out,
            "{} ({}, default {default}): {}",
            argument.name,
            argument.sql_type.sql(),
            argument.help
        )?;
    }
    Ok(())
}
