//! Reports all mistakes of a settings file, and what has no effect.

use std::io::{self, Write};
use std::path::PathBuf;

use super::catalog;
use super::error::ConfigError;
use crate::catalog::Catalog;
use crate::database::parameters::{Environment, Parameters, place_keyword};
use crate::settings::Settings;
use crate::settings::error::SettingsError;
use crate::settings::history::HistoryStore;
use crate::settings::review::{self, SettingsReview};
use crate::settings::text::SettingsText;
use crate::text::causes::one_line;
use crate::text::mistake::Mistake;
use crate::text::number::counted;
use crate::text::visible::visible;

/// A settings file that was checked.
#[derive(Debug)]
pub struct CheckedSettings {
    file: String,
    /// Why the catalog cannot be read, and the names of checks are not validated; or why the store of the history is wrong.
    unreadable: Option<String>,
    review: SettingsReview,
}

/// Checks a file. `more` are the folders and archives of the command line.
pub fn check(text: &SettingsText, more: &[PathBuf]) -> Result<CheckedSettings, ConfigError> {
    let partial = || Catalog::embedded().partial();
    let (catalog, unreadable) = match catalog::whole(Some(text), more) {
        Ok(catalog) => (catalog, None),
        // The review finds a mistake in the section too.
        Err(ConfigError::Settings(SettingsError::Mistake(_))) => (partial(), None),
        Err(error) => (partial(), Some(one_line(&error))),
    };
    let review = review::review(text, &catalog)?;
    let unreadable = unreadable.or_else(|| wrong_store(review.settings.as_ref()?));
    Ok(CheckedSettings { file: text.path.display().to_string(), unreadable, review })
}

/// Why the server of the history cannot be found with its parameters.
fn wrong_store(settings: &Settings) -> Option<String> {
    let HistoryStore::Server(text) = &settings.history().store else { return None };
    let environment = Environment::of_process();
    let parameters = Parameters::resolve(&[place_keyword(text)], &[], &environment);
    Some(format!("store in [history]: {}", parameters.err()?))
}

impl CheckedSettings {
    /// The number of mistakes.
    pub fn errors(&self) -> usize {
        self.review.mistakes.len() + usize::from(self.unreadable.is_some())
    }

    /// The number of settings without effect.
    pub fn warnings(&self) -> usize {
        self.review.remarks.len()
    }

    /// Writes a line for each problem; without `quiet`, a line with their number follows.
    pub fn write(&self, quiet: bool, out: &mut dyn Write) -> io::Result<()> {
        if let Some(error) = &self.unreadable {
            writeln!(out, "error: {}", visible(error))?;
        }
        for mistake in &self.review.mistakes {
            writeln!(out, "{}", line(mistake, "error"))?;
        }
        for remark in &self.review.remarks {
            writeln!(out, "{}", line(remark, "warning"))?;
        }
        if quiet {
            return Ok(());
        }
        let (file, warnings) = (&self.file, counted(self.warnings(), "warning"));
        match (self.errors(), &self.review.settings) {
            (0, Some(settings)) => {
                let targets = counted(settings.targets().len(), "target");
                let receivers = counted(settings.receivers().len(), "receiver");
                writeln!(out, "{file}: no errors, {warnings}: {targets}, {receivers}")
            }
            (errors, _) => writeln!(out, "{file}: {}, {warnings}", counted(errors, "error")),
        }
    }
}

/// A line as compilers print it, which editors understand: `posemo.toml:2: error: targets.db1.hots: unknown key …`.
fn line(mistake: &Mistake, word: &str) -> String {
    let at = if mistake.line > 0 { format!(":{}", mistake.line) } else { String::new() };
    let key = if mistake.key.is_empty() { String::new() } else { format!("{}: ", mistake.key) };
    visible(&format!("{}{at}: {word}: {key}{}", mistake.file, mistake.message))
}
