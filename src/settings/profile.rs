//! Profiles: which checks an assessment asks, and their settings. A profile is a layer below the settings of a site.

use std::path::Path;
use std::rc::Rc;

use indexmap::IndexMap;
use serde::Deserialize;

use super::effective::Overlay;
use super::error::SettingsError;
use super::file::CheckEntry;
use super::section::CheckSection;
use super::source::{SettingLayer, SettingSource};
use super::text::SettingsText;
use crate::catalog::check::Check;
use crate::catalog::error::CatalogError;
use crate::catalog::{Catalog, TOPICS};
use crate::text::mistake::Mistakes;
use crate::text::pattern::NamePattern;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

/// The profile that changes nothing.
const DEFAULT: &str = "default";

/// The profiles of posemo.
const BUILT_IN: [(&str, &str, &str); 3] = [
    ("cis", "profiles/cis.toml", include_str!("profiles/cis.toml")),
    ("stig", "profiles/stig.toml", include_str!("profiles/stig.toml")),
    ("bsi", "profiles/bsi.toml", include_str!("profiles/bsi.toml")),
];

/// A profile.
#[derive(Debug, PartialEq)]
pub struct Profile {
    /// The name, or the path of the file.
    pub name: String,
    /// The file, as messages name it.
    place: String,
    text: String,
    file: ProfileFile,
    pub(super) base: Option<Rc<Profile>>,
}

/// The file of a profile, as it is written.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    /// One line for people.
    summary: String,
    /// A profile of posemo whose values this one replaces.
    extends: Option<String>,
    topics: Option<Vec<String>>,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    checks: IndexMap<String, CheckEntry>,
}

impl Profile {
    /// The names of the profiles of posemo.
    pub fn names() -> impl Iterator<Item = &'static str> {
        std::iter::once(DEFAULT).chain(BUILT_IN.iter().map(|(name, ..)| *name))
    }

    /// The profile with a name, or of a file. A relative path begins at the folder. `None` for the profile that changes
    /// nothing.
    pub fn find(
        name: &str,
        folder: &Path,
        catalog: &Catalog,
    ) -> Result<Option<Rc<Profile>>, SettingsError> {
        if name == DEFAULT {
            return Ok(None);
        }
        if let Some(built_in) = Profile::built_in(name, catalog) {
            return built_in.map(Some);
        }
        let path = Path::new(name);
        if name.contains('/') || path.extension().is_some_and(|ending| ending == "toml") {
            let text = SettingsText::read(&folder.join(path))?;
            return Profile::read(&text.name(), &text.name(), text.text, catalog).map(Some);
        }
        Err(SettingsError::NoSuchProfile {
            name: name.to_owned(),
            suggestion: suggestion(name, Profile::names()),
        })
    }

    /// The profile of posemo with a name.
    fn built_in(name: &str, catalog: &Catalog) -> Option<Result<Rc<Profile>, SettingsError>> {
        let (name, place, text) = BUILT_IN.iter().find(|(known, ..)| *known == name)?;
        Some(Profile::read(name, place, (*text).to_owned(), catalog))
    }

    /// Reads a profile, and validates every name in it.
    fn read(
        name: &str,
        place: &str,
        text: String,
        catalog: &Catalog,
    ) -> Result<Rc<Profile>, SettingsError> {
        let document = TomlDocument { file: place, text: &text };
        let (file, mut mistakes) = document.read_all::<ProfileFile>();
        let mut base = None;
        if let Some(file) = &file {
            base = extended(file, catalog, document, &mut mistakes)?;
            validate(file, catalog, document, &mut mistakes)?;
        }
        match (mistakes.sorted().into_iter().next(), file) {
            (None, Some(file)) => Ok(Rc::new(Profile {
                name: name.to_owned(),
                place: place.to_owned(),
                text,
                file,
                base,
            })),
            (mistake, _) => Err(mistake.unwrap_or_default().into()),
        }
    }

    /// Lays its values over those of the catalog.
    pub(super) fn lay_over(&self, overlay: &mut Overlay<'_>, mistakes: &mut Mistakes) {
        if !self.selects(overlay.check) {
            overlay.set_enabled(false, self.source("topics"));
        } else if self.includes(overlay.check) {
            // A check that runs only on demand is one that the profile names.
            overlay.set_enabled(true, self.source("include"));
        }
        self.lay_values_over(overlay, mistakes);
    }

    fn source(&self, key: &str) -> SettingSource {
        let line = self.document().line_of(&[key]).unwrap_or(1);
        SettingSource {
            layer: SettingLayer::Profile(self.name.clone()),
            key: vec![key.to_owned()],
            place: Some(format!("{}:{line}", self.place)),
        }
    }

    /// Whether it includes a check by its name.
    fn includes(&self, check: &Check) -> bool {
        let names_it = self.file.include.contains(&check.name);
        names_it || self.base.as_ref().is_some_and(|base| base.includes(check))
    }

    fn lay_values_over(&self, overlay: &mut Overlay<'_>, mistakes: &mut Mistakes) {
        if let Some(base) = &self.base {
            base.lay_values_over(overlay, mistakes);
        }
        let check = overlay.check;
        for name in std::iter::once(&check.name).chain(&check.was) {
            if let Some(entry) = self.file.checks.get(name) {
                let (document, path) = (self.document(), vec!["checks", name.as_str()]);
                let layer = SettingLayer::Profile(self.name.clone());
                CheckSection { document, path, layer, entry }.lay_over(overlay, mistakes);
            }
        }
    }

    /// Whether the assessment asks a check.
    fn selects(&self, check: &Check) -> bool {
        let included = |pattern: &String| NamePattern::new(pattern).matches(&check.name);
        let selected = match (&self.file.topics, &self.base) {
            (Some(topics), _) => topics.contains(&check.topic),
            (None, Some(base)) => base.selects(check),
            (None, None) => self.file.include.is_empty(),
        };
        selected || self.file.include.iter().any(included)
    }

    pub(super) fn document(&self) -> TomlDocument<'_> {
        TomlDocument { file: &self.place, text: &self.text }
    }
}

/// The profile that a file extends: one of posemo, so that profiles do not form a circle.
fn extended(
    file: &ProfileFile,
    catalog: &Catalog,
    document: TomlDocument<'_>,
    mistakes: &mut Mistakes,
) -> Result<Option<Rc<Profile>>, SettingsError> {
    let Some(name) = &file.extends else { return Ok(None) };
    let Some(built_in) = Profile::built_in(name, catalog) else {
        let near = suggestion(name, BUILT_IN.iter().map(|(known, ..)| *known));
        let message = format!("\"{name}\" is not a profile of posemo{near}");
        mistakes.push(document.mistake(&["extends"], message));
        return Ok(None);
    };
    built_in.map(Some)
}

fn validate(
    file: &ProfileFile,
    catalog: &Catalog,
    document: TomlDocument<'_>,
    mistakes: &mut Mistakes,
) -> Result<(), SettingsError> {
    for topic in file.topics.iter().flatten().filter(|topic| !TOPICS.contains(&topic.as_str())) {
        let near = suggestion(topic, TOPICS);
        mistakes
            .push(document.mistake(&["topics"], format!("topic \"{topic}\" does not exist{near}")));
    }
    // The other checks may be in a folder that was not read.
    let is_whole = !catalog.is_partial();
    for text in file.include.iter().filter(|_| is_whole) {
        let pattern = NamePattern::new(text);
        if !catalog.names().any(|name| pattern.matches(name)) {
            let near = suggestion(text, catalog.names());
            mistakes
                .push(document.mistake(&["include"], format!("no check matches \"{text}\"{near}")));
        }
    }
    for (name, entry) in &file.checks {
        let path = vec!["checks", name.as_str()];
        match catalog.get(name) {
            Ok(check) => {
                let layer = SettingLayer::Profile(document.file.to_owned());
                let mut overlay = Overlay::from_catalog(&check);
                CheckSection { document, path, layer, entry }.lay_over(&mut overlay, mistakes);
                for found in overlay.contradictions() {
                    mistakes.push(document.mistake(&["checks", name], found.message));
                }
            }
            Err(CatalogError::NoSuchCheck { .. }) if !is_whole => {}
            Err(CatalogError::NoSuchCheck { .. }) => {
                let near = suggestion(name, catalog.names());
                mistakes.push(
                    document.mistake(&path, format!("check \"{name}\" does not exist{near}")),
                );
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
