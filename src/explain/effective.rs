//! Tables of the values that are in force for a check, each with the place where it is set.

use std::io;

use indexmap::IndexMap;

use super::error::ExplainError;
use super::page::TerminalPage;
use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::settings::Settings;
use crate::settings::error::SettingsError;
use crate::settings::source::measure::Measure;
use crate::settings::source::{SettingItem, SettingLayer, SettingWithSource, ThresholdLevel};
use crate::settings::target::Target;

/// The values for one target.
pub(super) fn on_target(
    check: &Check,
    catalog: &Catalog,
    settings: &Settings,
    target: &Target,
    page: &mut TerminalPage<'_>,
) -> Result<(), ExplainError> {
    page.prose(&format!("In force on target {}:", target.name))?;
    page.line("")?;
    table(check, &settings.with_sources(catalog, check, target)?, page)?;
    Ok(())
}

/// The values of the catalog, then those that the settings change, with their targets.
pub(super) fn on_all_targets(
    check: &Check,
    catalog: &Catalog,
    settings: &Settings,
    page: &mut TerminalPage<'_>,
) -> Result<(), ExplainError> {
    page.line("In force by default:")?;
    page.line("")?;
    table(check, &by_default(check, catalog)?, page)?;
    for (changed, targets) in changes(check, catalog, settings)? {
        page.line("")?;
        page.prose(&format!(
            "{} sets other values for {}:",
            settings.file(),
            enumeration(&targets)
        ))?;
        page.line("")?;
        table(check, &changed, page)?;
    }
    Ok(())
}

/// The values of the catalog.
pub(super) fn by_default(
    check: &Check,
    catalog: &Catalog,
) -> Result<Vec<SettingWithSource>, SettingsError> {
    Settings::default().with_sources(catalog, check, &Target::default())
}

/// The values that the settings change, and the targets with the same changes.
pub(super) fn changes(
    check: &Check,
    catalog: &Catalog,
    settings: &Settings,
) -> Result<IndexMap<Vec<SettingWithSource>, Vec<String>>, SettingsError> {
    let mut groups = IndexMap::<Vec<SettingWithSource>, Vec<String>>::new();
    // A server that only a command line names has the settings of all targets.
    let unlisted = Target { name: "servers that it does not list".to_owned(), ..Target::default() };
    for target in settings.targets().iter().chain([&unlisted]) {
        let mut changed = settings.with_sources(catalog, check, target)?;
        changed.retain(|setting| {
            !matches!(setting.layer, SettingLayer::Default | SettingLayer::Catalog)
        });
        if !changed.is_empty() {
            groups.entry(changed).or_default().push(target.name.clone());
        }
    }
    Ok(groups)
}

/// Some names, and the number of those that are left out.
fn enumeration(names: &[String]) -> String {
    const MOST: usize = 8;
    match names {
        [one] => one.clone(),
        [first @ .., last] if names.len() <= MOST => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", names[..MOST].join(", "), names.len() - MOST),
    }
}

/// The values for one target: the setting, its value, and the place where it is set.
pub(super) fn rows(check: &Check, settings: &[SettingWithSource]) -> Vec<[String; 3]> {
    let row = |setting: &SettingWithSource| {
        let place = match (&setting.place, &setting.layer) {
            (None, _) => "default".to_owned(),
            // The head of the page has the folder.
            (Some(place), SettingLayer::Catalog) => {
                let file =
                    place.strip_prefix(&check.place).map(|file| file.trim_start_matches('/'));
                file.unwrap_or(place).to_owned()
            }
            (Some(place), layer) => format!("{place} ({layer})"),
        };
        [item_name(check, &setting.item), setting.value.clone(), place]
    };
    settings.iter().map(row).collect()
}

fn table(
    check: &Check,
    settings: &[SettingWithSource],
    page: &mut TerminalPage<'_>,
) -> io::Result<()> {
    page.table(&rows(check, settings))
}

/// The name of a value, without the check.
pub(super) fn item_name(check: &Check, item: &SettingItem) -> String {
    let threshold = |measure: Measure, level: ThresholdLevel| {
        format!("{} {}{}", measure.name(check), level.name(), by_serve(measure))
    };
    match item {
        SettingItem::Enabled => "enabled".to_owned(),
        SettingItem::Interval => "interval".to_owned(),
        SettingItem::Hold => "hold".to_owned(),
        SettingItem::Confirm => "confirm".to_owned(),
        SettingItem::Release => "release".to_owned(),
        SettingItem::Recheck => "recheck".to_owned(),
        SettingItem::Databases => "databases".to_owned(),
        SettingItem::RowLimit => "row limit".to_owned(),
        SettingItem::Argument(position) => {
            let name = check.arguments.get(*position).map_or("", |argument| argument.name.as_str());
            format!("argument {name}")
        }
        SettingItem::Threshold(measure, level) => threshold(*measure, *level),
        SettingItem::Window(measure) => {
            format!("{} window{}", measure.name(check), by_serve(*measure))
        }
        SettingItem::Object(object) => format!("{object}: enabled"),
        SettingItem::ObjectThreshold(object, measure, level) => {
            format!("{object}: {}", threshold(*measure, *level))
        }
    }
}

/// Who judges a rate: single runs do not.
fn by_serve(measure: Measure) -> &'static str {
    if matches!(measure, Measure::Rate(..)) { " (posemo serve)" } else { "" }
}
