//! Reads the catalog and the settings for a command.

use std::path::PathBuf;

use anyhow::Context;

use super::exit::error_text;
use super::options::GlobalOptions;
use crate::catalog::Catalog;
use crate::catalog::error::CatalogError;
use crate::catalog::source;
use crate::settings::{self, Settings};
use crate::signature::policy::SignaturePolicy;

/// The checks of posemo and those of `--checks`.
pub(super) fn catalog(global: &GlobalOptions) -> anyhow::Result<Catalog> {
    let mut catalog = Catalog::embedded();
    add(&mut catalog, &global.checks, global)?;
    Ok(catalog)
}

/// The checks of posemo and those of `--checks` that are valid, and the errors of the others.
pub(super) fn valid_catalog(global: &GlobalOptions) -> anyhow::Result<(Catalog, Vec<String>)> {
    let (mut catalog, mut errors) = (Catalog::embedded(), Vec::<CatalogError>::new());
    if !global.checks.is_empty() {
        let policy = signature_policy(global)?;
        for path in &global.checks {
            match source::read(path, &policy) {
                Ok(read) => errors.extend(catalog.add_valid(read)),
                Err(error) => errors.push(error),
            }
        }
    }
    let texts = errors.into_iter().map(|error| error_text(&error.into()));
    Ok((catalog, texts.collect()))
}

/// Adds the checks of folders and archives; the settings determine which need a signature.
pub(super) fn add(
    catalog: &mut Catalog,
    paths: &[PathBuf],
    global: &GlobalOptions,
) -> anyhow::Result<()> {
    // A command without such paths does not need the settings for their signatures.
    if paths.is_empty() {
        return Ok(());
    }
    let policy = signature_policy(global)?;
    for path in paths {
        catalog.add_folders(source::read(path, &policy)?)?;
    }
    Ok(())
}

/// Which signatures the settings trust and require.
pub(super) fn signature_policy(global: &GlobalOptions) -> anyhow::Result<SignaturePolicy> {
    Ok(settings_file(global).map_or_else(
        || Ok(SignaturePolicy::default()),
        |path| settings::catalog::signature_policy(&path),
    )?)
}

/// The settings; the defaults where no file exists.
pub(super) fn settings(global: &GlobalOptions, catalog: &Catalog) -> anyhow::Result<Settings> {
    match settings_file(global) {
        Some(path) => Ok(Settings::read(&path, catalog)?),
        None => Ok(Settings::default()),
    }
}

/// The file with the settings: the one of `--config` or `POSEMO_CONFIG`, or the first of the usual files that exists.
pub(super) fn settings_file(global: &GlobalOptions) -> Option<PathBuf> {
    let named =
        global.config.clone().or_else(|| std::env::var_os("POSEMO_CONFIG").map(PathBuf::from));
    let usual = || {
        // A relative path is another file in each folder, and the owner of the folder could change which keys are
        // trusted.
        let absolute = |name: &str| {
            std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
        };
        let home = absolute("XDG_CONFIG_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".config")));
        let own = home.map(|home| home.join("posemo/posemo.toml"));
        own.into_iter()
            .chain([PathBuf::from("/etc/posemo/posemo.toml")])
            .find(|path| path.is_file())
    };
    named.filter(|path| !path.as_os_str().is_empty()).or_else(usual)
}

/// Runs a future that connects to servers.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    crate::database::block_on(future).context("cannot start the runtime")
}
