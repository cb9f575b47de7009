//! `posemo list`: the catalogue, one line a check.
//!
//! It asks no server: what is installed somewhere is not known here.

use super::run::Selection;
use super::{Common, Screen, sources};
use crate::catalog::check::{Check, Scope};
use crate::catalog::interval;
use crate::finding::report::Role;

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    selection: Selection,
}

pub(super) fn list(command: &List, common: &Common, screen: &mut Screen<'_>) -> anyhow::Result<u8> {
    let catalog = sources::catalog(common)?;
    let header = ["CHECK", "TOPIC", "ASKED", "OF", "OWNER", "EVERY", "SUMMARY"].map(str::to_owned);
    let rows: Vec<[String; 7]> =
        std::iter::once(header).chain(command.selection.of(&catalog)?.iter().map(row)).collect();
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..7).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        writeln!(screen.out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(0)
}

fn row(check: &Check) -> [String; 7] {
    let asked = match check.scope {
        Scope::Cluster => "once",
        Scope::Database => "per database",
    };
    let deprecated = check
        .deprecated
        .as_ref()
        .map(|instead| format!("(deprecated: {instead}) "))
        .unwrap_or_default();
    [
        check.name.clone(),
        check.topic.clone(),
        asked.to_owned(),
        check.role.map_or("any", Role::name).to_owned(),
        check.owner.clone(),
        interval::write(check.interval),
        format!("{deprecated}{}", check.summary),
    ]
}
