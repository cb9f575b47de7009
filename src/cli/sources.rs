//! What a command works from: the catalogue with added folders, and the settings.
//!
//! Where the settings file is looked for is decided here, and nowhere else.

use std::path::PathBuf;

use anyhow::Context;

use super::Common;
use crate::catalog::Catalog;
use crate::catalog::source;
use crate::settings::{self, Settings};
use crate::signature::policy::SignaturePolicy;

/// The embedded checks, and those of `--checks`.
pub(super) fn catalog(common: &Common) -> anyhow::Result<Catalog> {
    let mut catalog = Catalog::embedded();
    add(&mut catalog, &common.checks, common)?;
    Ok(catalog)
}

/// Adds the checks of folders and archives, as far as the settings trust them.
pub(super) fn add(catalog: &mut Catalog, paths: &[PathBuf], common: &Common) -> anyhow::Result<()> {
    // Without such paths the settings are not read for their sake.
    if paths.is_empty() {
        return Ok(());
    }
    let policy = signature_policy(common)?;
    for path in paths {
        catalog.take(source::read(path, &policy)?)?;
    }
    Ok(())
}

/// Whose signatures are believed, as the settings say.
pub(super) fn signature_policy(common: &Common) -> anyhow::Result<SignaturePolicy> {
    Ok(settings_file(common).map_or_else(
        || Ok(SignaturePolicy::default()),
        |path| settings::catalog::signature_policy(&path),
    )?)
}

/// The settings that were named, or the first of the usual ones that is there.
pub(super) fn settings(common: &Common, catalog: &Catalog) -> anyhow::Result<Settings> {
    match settings_file(common) {
        Some(path) => Ok(Settings::read(&path, catalog)?),
        None => Ok(Settings::default()),
    }
}

/// Where these settings are.
pub(super) fn settings_file(common: &Common) -> Option<PathBuf> {
    let named =
        common.config.clone().or_else(|| std::env::var_os("POSEMO_CONFIG").map(PathBuf::from));
    let usual = || {
        // A relative path would mean another file in each folder, and its owner would say whom to trust.
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
    crate::database::block_on(future).context("cannot start the event loop")
}
