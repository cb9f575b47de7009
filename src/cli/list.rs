//! `posemo list`: the catalogue, one line a check.
//!
//! It asks no server: what is installed somewhere is not known here.

use super::run::Selection;
use super::{Common, Screen, sources};
use crate::catalog::check::{Check, Scope};
use crate::finding::report::ServerRole;
use crate::text::interval;
use crate::text::visible::visible;

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    selection: Selection,
}

pub(super) fn list(command: &List, common: &Common, screen: &mut Screen<'_>) -> anyhow::Result<u8> {
    let catalog = sources::catalog(common)?;
    let checks = command.selection.of(&catalog)?;
    let header = ["CHECK", "TOPIC", "ASKED", "OF", "OWNER", "EVERY", "FROM", "SUMMARY"];
    let header = header.map(str::to_owned);
    let mut rows: Vec<Vec<String>> =
        std::iter::once(header).chain(checks.iter().map(row)).map(Vec::from).collect();
    // Where all came with posemo, there is nothing to tell apart.
    if checks.iter().all(|check| check.shipped) {
        for row in &mut rows {
            row.remove(FROM);
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

/// The column that says whether a check came with posemo, or else its folder.
const FROM: usize = 6;

fn row(check: &Check) -> [String; 8] {
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
        check.role.map_or("any", ServerRole::name).to_owned(),
        check.owner.clone(),
        interval::write(check.interval),
        if check.shipped { "posemo".to_owned() } else { visible(&check.place) },
        format!("{deprecated}{}", check.summary),
    ]
}
