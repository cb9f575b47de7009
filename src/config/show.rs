//! Shows what is in force, and where each value is set. Passwords are not shown.

use std::io::{self, Write};
use std::path::PathBuf;

use super::error::ConfigError;
use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::database::parameters::Environment;
use crate::database::parameters::listing::{self, KeywordSource};
use crate::explain;
use crate::settings::Settings;
use crate::settings::catalog::CatalogPath;
use crate::settings::target::Target;
use crate::text::visible::visible;
use crate::text::width::width;

/// A row: the setting, its value, and what sets it.
pub type ShownRow = [String; 3];

/// What is shown.
pub struct Shown<'a> {
    /// The catalog in force.
    pub catalog: &'a Catalog,
    /// The settings.
    pub settings: &'a Settings,
    /// The connection keywords of the command line.
    pub options: &'a [(String, String)],
    /// The environment.
    pub environment: &'a Environment,
}

impl Shown<'_> {
    /// The file, the folders of checks, the targets and the receivers. `more` are the folders of the command line.
    pub fn overview(&self, paths: &[CatalogPath], more: &[PathBuf]) -> Vec<ShownRow> {
        let settings = self.settings;
        let file = match settings.file() {
            "" => "none was found; the defaults are in force",
            file => file,
        };
        let mut rows = vec![["settings".to_owned(), file.to_owned(), String::new()]];
        rows.push(["checks".to_owned(), "those of posemo".to_owned(), "default".to_owned()]);
        for path in paths {
            rows.push(["checks".to_owned(), path.path.display().to_string(), path.place.clone()]);
        }
        for path in more {
            let place = "command line (--checks)".to_owned();
            rows.push(["checks".to_owned(), path.display().to_string(), place]);
        }
        for target in settings.targets() {
            let place = settings.place(&["targets", &target.name]).unwrap_or_default();
            let groups = target.groups.join(", ");
            let groups = if groups.is_empty() { groups } else { format!(" (groups {groups})") };
            rows.push(["target".to_owned(), format!("{}{groups}", target.name), place]);
        }
        for receiver in settings.receivers() {
            let place = settings.place(&["receivers", &receiver.name]).unwrap_or_default();
            rows.push(["receiver".to_owned(), receiver.name.clone(), place]);
        }
        rows
    }

    /// Everything on a target: the connection, and the settings of checks.
    pub fn target(&self, target: &Target, checks: &[Check]) -> Result<Vec<ShownRow>, ConfigError> {
        let mut rows = self.connection(target)?;
        for check in checks {
            let values = explain::in_force(check, self.catalog, self.settings, target)?;
            for [setting, value, place] in values {
                rows.push([format!("{}: {setting}", check.name), value, place]);
            }
        }
        Ok(rows)
    }

    fn connection(&self, target: &Target) -> Result<Vec<ShownRow>, ConfigError> {
        let settings = self.settings;
        let defaults = [("user", "posemo"), ("dbname", "posemo")];
        let place = |key: &str| {
            let own = || settings.place(&["targets", &target.name, key]).filter(|_| target.listed);
            let all = || Some(format!("{} (all targets)", settings.place(&["defaults", key])?));
            own().map(|place| format!("{place} (target {})", target.name)).or_else(all)
        };
        let from_options = |key: &str| self.options.iter().any(|(name, _)| name == key);
        let mut rows = Vec::new();
        for keyword in listing::list(&target.keywords, &defaults, self.environment)? {
            let source = match keyword.source {
                KeywordSource::Given if from_options(keyword.name) => "command line".to_owned(),
                KeywordSource::Given => match place(keyword.name) {
                    Some(place) => place,
                    // A connection string sets several keywords.
                    None if from_options("dbname") => "command line".to_owned(),
                    None => place("dbname").unwrap_or_default(),
                },
                KeywordSource::Service(service) => format!("service {service}"),
                KeywordSource::Environment(variable) => format!("environment ({variable})"),
                KeywordSource::Default => "default".to_owned(),
            };
            let value = keyword.value.unwrap_or_else(|| "(set, not printed)".to_owned());
            rows.push([keyword.name.to_owned(), value, source]);
        }
        let default = || "default".to_owned();
        let schema = target.schema.clone().unwrap_or_else(|| "posemo".to_owned());
        rows.push(["schema".to_owned(), schema, place("schema").unwrap_or_else(default)]);
        let databases = match &target.databases {
            None => "all with checks".to_owned(),
            Some(list) => list.to_string(),
        };
        rows.push(["databases".to_owned(), databases, place("databases").unwrap_or_else(default)]);
        for document in &target.documents {
            let name = format!("document {}", document.name);
            let key = ["targets", &target.name, "documents", &document.name];
            let place = settings.place(&key).unwrap_or_default();
            rows.push([name, document.path.display().to_string(), place]);
        }
        if !target.groups.is_empty() {
            let place = place("groups").unwrap_or_default();
            rows.push(["groups".to_owned(), target.groups.join(", "), place]);
        }
        Ok(rows)
    }
}

/// Writes rows as a table.
pub fn write(rows: &[ShownRow], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<[String; 3]> =
        rows.iter().map(|row| row.clone().map(|cell| visible(&cell))).collect();
    let widest = |column: usize| rows.iter().map(|row| width(&row[column])).max().unwrap_or(0);
    let widths = [widest(0), widest(1)];
    for [setting, value, place] in &rows {
        let padding = |text: &str, column: usize| " ".repeat(widths[column] - width(text) + 2);
        let line = format!("{setting}{}{value}{}{place}", padding(setting, 0), padding(value, 1));
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
