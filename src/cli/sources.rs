//! Reads the catalog and the settings for a command.

use std::path::PathBuf;

use anyhow::Context;

use super::exit::error_text;
use super::options::GlobalOptions;
use crate::catalog::Catalog;
use crate::catalog::source;
use crate::config::{catalog, file};
use crate::settings::Settings;
use crate::settings::text::SettingsText;
use crate::signature::policy::SignaturePolicy;

/// The catalog in force: the checks of posemo, of the settings and of `--checks`.
pub(super) fn catalog(global: &GlobalOptions) -> anyhow::Result<Catalog> {
    Ok(catalog::whole(read_settings(global)?.as_ref(), &global.checks)?)
}

/// The catalog in force, and the settings.
pub(super) fn all(global: &GlobalOptions) -> anyhow::Result<(Catalog, Settings)> {
    let text = read_settings(global)?;
    let catalog = catalog::whole(text.as_ref(), &global.checks)?;
    let settings = settings(text.as_ref(), &catalog)?;
    Ok((catalog, settings))
}

/// The catalog for a command that needs one check, and the settings.
pub(super) fn for_check(name: &str, global: &GlobalOptions) -> anyhow::Result<(Catalog, Settings)> {
    let text = read_settings(global)?;
    let catalog = catalog::for_check(name, text.as_ref(), &global.checks)?;
    let settings = settings(text.as_ref(), &catalog)?;
    Ok((catalog, settings))
}

/// The catalog for a command that needs one check and no settings, which the user may not be allowed to read.
pub(super) fn catalog_for_check(name: &str, global: &GlobalOptions) -> anyhow::Result<Catalog> {
    let embedded = Catalog::embedded();
    let is_enough = global.checks.is_empty() && embedded.contains(name);
    if is_enough { Ok(embedded.partial()) } else { catalog(global) }
}

/// The catalog in force without the checks that have a mistake, and their errors.
pub(super) fn valid_catalog(global: &GlobalOptions) -> anyhow::Result<(Catalog, Vec<String>)> {
    let (catalog, errors) = catalog::valid(read_settings(global)?.as_ref(), &global.checks)?;
    let texts = errors.into_iter().map(|error| error_text(&error.into()));
    Ok((catalog, texts.collect()))
}

/// The catalog in force without the checks that have a mistake, the settings, and the errors of these checks.
pub(super) fn all_valid(
    global: &GlobalOptions,
) -> anyhow::Result<(Catalog, Settings, Vec<String>)> {
    let (catalog, errors) = valid_catalog(global)?;
    // The settings may name a check that has a mistake.
    let catalog = if errors.is_empty() { catalog } else { catalog.partial() };
    let settings = settings(read_settings(global)?.as_ref(), &catalog)?;
    Ok((catalog, settings, errors))
}

/// Adds the checks of folders and archives; the settings determine which need a signature.
pub(super) fn add(
    catalog: &mut Catalog,
    paths: &[PathBuf],
    global: &GlobalOptions,
) -> anyhow::Result<()> {
    let policy = signature_policy(global)?;
    for path in paths {
        catalog.add_folders(source::read(path, &policy)?)?;
    }
    Ok(())
}

/// Which signatures the settings trust and require.
pub(super) fn signature_policy(global: &GlobalOptions) -> anyhow::Result<SignaturePolicy> {
    Ok(catalog::section(read_settings(global)?.as_ref())?.policy)
}

/// The file with the settings, if one exists.
pub(super) fn read_settings(global: &GlobalOptions) -> anyhow::Result<Option<SettingsText>> {
    Ok(settings_file(global).map(|path| SettingsText::read(&path)).transpose()?)
}

/// The settings; the defaults where no file exists.
fn settings(text: Option<&SettingsText>, catalog: &Catalog) -> anyhow::Result<Settings> {
    Ok(text.map_or_else(|| Ok(Settings::default()), |text| Settings::of(text, catalog))?)
}

/// The file with the settings: the one of `--config` or `POSEMO_CONFIG`, or the first of the usual files that exists.
pub(super) fn settings_file(global: &GlobalOptions) -> Option<PathBuf> {
    file::settings_file(global.config.as_deref())
}

/// Runs a future that connects to servers.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    crate::database::block_on(future).context("cannot start the runtime")
}
