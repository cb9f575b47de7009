//! Tables of what is in force for a check, each value with the place where it was said.
//!
//! What wins is found out by the settings, not here.

use std::io;

use indexmap::IndexMap;

use super::page::Page;
use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::settings::Settings;
use crate::settings::origin::{Item, Layer, Said};
use crate::settings::target::Target;

/// Everything that is in force for one target.
pub(super) fn on(
    check: &Check,
    catalog: &Catalog,
    settings: &Settings,
    target: &Target,
    page: &mut Page<'_>,
) -> io::Result<()> {
    page.prose(&format!("In force on target {}:", target.name))?;
    page.line("")?;
    table(check, &settings.origins(catalog, check, target), page)
}

/// What the catalogue says, and for which targets the settings say something else.
pub(super) fn everywhere(
    check: &Check,
    catalog: &Catalog,
    settings: &Settings,
    page: &mut Page<'_>,
) -> io::Result<()> {
    page.line("In force where no settings say otherwise:")?;
    page.line("")?;
    table(check, &Settings::default().origins(catalog, check, &Target::default()), page)?;
    for (said, targets) in different(check, catalog, settings) {
        page.line("")?;
        page.prose(&format!("{} says otherwise for {}:", settings.file(), named(&targets)))?;
        page.line("")?;
        table(check, &said, page)?;
    }
    Ok(())
}

/// What the settings say, and the targets for which they say the same.
fn different(
    check: &Check,
    catalog: &Catalog,
    settings: &Settings,
) -> IndexMap<Vec<Said>, Vec<String>> {
    let mut groups: IndexMap<Vec<Said>, Vec<String>> = IndexMap::new();
    // A server that is named on a command line only has what is said for every target.
    let unlisted = Target { name: "servers that it does not list".to_owned(), ..Target::default() };
    for target in settings.targets().iter().chain([&unlisted]) {
        let mut said = settings.origins(catalog, check, target);
        said.retain(|said| !matches!(said.layer, Layer::Default | Layer::Catalogue));
        if !said.is_empty() {
            groups.entry(said).or_default().push(target.name.clone());
        }
    }
    groups
}

/// Some names, and how many more there are.
fn named(names: &[String]) -> String {
    const MOST: usize = 8;
    match names {
        [one] => one.clone(),
        [first @ .., last] if names.len() <= MOST => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", names[..MOST].join(", "), names.len() - MOST),
    }
}

fn table(check: &Check, said: &[Said], page: &mut Page<'_>) -> io::Result<()> {
    let row = |said: &Said| {
        let place = match (&said.place, &said.layer) {
            (None, _) => "default".to_owned(),
            (Some(place), Layer::Catalogue) => place.clone(),
            (Some(place), layer) => format!("{place} ({layer})"),
        };
        [item(check, &said.item), said.value.clone(), place]
    };
    page.table(&said.iter().map(row).collect::<Vec<_>>())
}

fn item(check: &Check, item: &Item) -> String {
    let metric = |position: usize, critical: bool| {
        let name = check.metrics().nth(position).map_or("", |column| column.name.as_str());
        format!("{name} {}", if critical { "critical" } else { "warning" })
    };
    match item {
        Item::Enabled => "enabled".to_owned(),
        Item::Interval => "interval".to_owned(),
        Item::Argument(position) => {
            let name = check.arguments.get(*position).map_or("", |argument| argument.name.as_str());
            format!("argument {name}")
        }
        Item::Level(position, critical) => metric(*position, *critical),
        Item::Object(object) => format!("{object}: enabled"),
        Item::ObjectLevel(object, position, critical) => {
            format!("{object}: {}", metric(*position, *critical))
        }
    }
}
