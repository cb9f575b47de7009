//! `posemo list`: prints one line for each check of the catalog.
//!
//! It does not connect to a server.

use super::options::GlobalOptions;
use super::screen::Screen;
use super::selection::Selection;
use super::sources;
use crate::catalog::check::{Check, Scope};
use crate::finding::report::ServerRole;
use crate::text::interval;
use crate::text::visible::visible;

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub(super) struct ListCommand {
    #[command(flatten)]
    selection: Selection,
}

const HEADER: [&str; 8] =
    ["CHECK", "TOPIC", "SCOPE", "ROLE", "OWNER", "INTERVAL", "SOURCE", "SUMMARY"];

/// The column with `posemo` or the folder of the check.
const SOURCE: usize = 6;

pub(super) fn list(
    command: &ListCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let catalog = sources::catalog(global)?;
    let checks = command.selection.checks(&catalog)?;
    let header = HEADER.map(str::to_owned);
    let mut rows: Vec<Vec<String>> =
        std::iter::once(header).chain(checks.iter().map(row)).map(Vec::from).collect();
    if checks.iter().all(|check| check.shipped) {
        for row in &mut rows {
            row.remove(SOURCE);
        }
    }
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        writeln!(screen.out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(0)
}

fn row(check: &Check) -> [String; HEADER.len()] {
    let scope = match check.scope {
        Scope::Cluster => "cluster",
        Scope::Database => "database",
    };
    let deprecated = check.deprecated.as_ref().map(|instead| format!("(deprecated: {instead}) "));
    [
        check.name.clone(),
        check.topic.clone(),
        scope.to_owned(),
        check.role.map_or("any", ServerRole::name).to_owned(),
        check.owner.clone(),
        interval::write(check.interval),
        if check.shipped { "posemo".to_owned() } else { visible(&check.place) },
        format!("{}{}", deprecated.unwrap_or_default(), check.summary),
    ]
}
