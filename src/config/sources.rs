//! Reads the catalog and the settings for a command.

use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::{catalog, file};
use crate::catalog::{Catalog, source};
use crate::settings::Settings;
use crate::settings::text::SettingsText;
use crate::signature::policy::SignaturePolicy;
use crate::text::causes::one_line;

/// The files that the options of a command name.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The file with the settings, if one is named.
    pub config: Option<&'a Path>,
    /// The folders and archives with checks.
    pub checks: &'a [PathBuf],
}

impl Sources<'_> {
    /// The file with the settings: the one that is named, or the first of the usual files that exists.
    pub fn settings_file(&self) -> Option<PathBuf> {
        file::settings_file(self.config)
    }

    /// The text of the settings, if a file exists.
    pub fn settings_text(&self) -> Result<Option<SettingsText>, ConfigError> {
        Ok(self.settings_file().map(|path| SettingsText::read(&path)).transpose()?)
    }

    /// The catalog in force: the checks of posemo, of the settings and of the command line.
    pub fn catalog(&self) -> Result<Catalog, ConfigError> {
        catalog::whole(self.settings_text()?.as_ref(), self.checks)
    }

    /// The catalog in force, and the settings.
    pub fn all(&self) -> Result<(Catalog, Settings), ConfigError> {
        let text = self.settings_text()?;
        let catalog = catalog::whole(text.as_ref(), self.checks)?;
        let settings = settings(text.as_ref(), &catalog)?;
        Ok((catalog, settings))
    }

    /// The catalog for a command that needs one check, and the settings.
    pub fn for_check(&self, name: &str) -> Result<(Catalog, Settings), ConfigError> {
        let text = self.settings_text()?;
        let catalog = catalog::for_check(name, text.as_ref(), self.checks)?;
        let settings = settings(text.as_ref(), &catalog)?;
        Ok((catalog, settings))
    }

    /// The catalog for a command that needs one check and no settings, which the user may not be allowed to read.
    pub fn catalog_for_check(&self, name: &str) -> Result<Catalog, ConfigError> {
        let embedded = Catalog::embedded();
        let is_enough = self.checks.is_empty() && embedded.contains(name);
        if is_enough { Ok(embedded.partial()) } else { self.catalog() }
    }

    /// The catalog in force without the checks that have a mistake, and their errors.
    pub fn valid_catalog(&self) -> Result<(Catalog, Vec<String>), ConfigError> {
        let (catalog, errors) = catalog::valid(self.settings_text()?.as_ref(), self.checks)?;
        Ok((catalog, errors.iter().map(|error| one_line(error)).collect()))
    }

    /// The catalog in force without the checks that have a mistake, the settings, and the errors of these checks.
    pub fn all_valid(&self) -> Result<(Catalog, Settings, Vec<String>), ConfigError> {
        let (catalog, errors) = self.valid_catalog()?;
        // The settings may name a check that has a mistake.
        let catalog = if errors.is_empty() { catalog } else { catalog.partial() };
        let settings = settings(self.settings_text()?.as_ref(), &catalog)?;
        Ok((catalog, settings, errors))
    }

    /// Adds the checks of folders and archives; the settings determine which need a signature.
    pub fn add(&self, catalog: &mut Catalog, paths: &[PathBuf]) -> Result<(), ConfigError> {
        let policy = self.signature_policy()?;
        for path in paths {
            catalog.add_folders(source::read(path, &policy)?)?;
        }
        Ok(())
    }

    /// Which signatures the settings trust and require.
    pub fn signature_policy(&self) -> Result<SignaturePolicy, ConfigError> {
        Ok(catalog::section(self.settings_text()?.as_ref())?.policy)
    }
}

/// The settings; the defaults where no file exists.
fn settings(text: Option<&SettingsText>, catalog: &Catalog) -> Result<Settings, ConfigError> {
    Ok(text.map_or_else(|| Ok(Settings::default()), |text| Settings::of(text, catalog))?)
}
