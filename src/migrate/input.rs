//! Reads the files that a user names, the files in folders, and those that a file includes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::MigrateError;
use super::format::MigrateFormat;
use super::found::names_plugin;
use super::place::DefinitionPlace;
use super::source::SourceFile;
use crate::files;
use crate::text::mistake::Mistake;
use crate::text::pattern::NamePattern;

/// The most bytes of a file.
const MOST_OF_FILE: u64 = 8 << 20;

/// The most bytes of all files.
const MOST_BYTES: usize = 64 << 20;

/// The most files.
const MOST_FILES: usize = 5_000;

/// The most entries of all folders.
const MOST_ENTRIES: usize = 50_000;

/// The deepest folder below one that is named, and the deepest inclusion.
const DEEPEST: usize = 12;

/// The files and their formats.
#[derive(Debug, Default)]
pub struct MigrateInput {
    /// The files, in the order in which they were found.
    pub(super) files: Vec<(MigrateFormat, SourceFile)>,
    /// Files that are named in others and cannot be read.
    pub(super) unclear: Vec<Mistake>,
    /// The seconds of a unit of time in Nagios.
    pub(super) interval_length: Option<u64>,
    /// Whether Nagios reads all names as regular expressions.
    pub(super) true_regexp: bool,
    seen: BTreeSet<PathBuf>,
    bytes: usize,
    entries: usize,
}

/// A file or folder to read.
struct Wanted<'a> {
    path: &'a Path,
    format: Option<MigrateFormat>,
    /// Whether a user named it: then it must be in a known format.
    is_named: bool,
    depth: usize,
}

impl MigrateInput {
    /// Reads files and folders. The content determines the format, unless one is given.
    pub fn read(
        paths: &[PathBuf],
        format: Option<MigrateFormat>,
    ) -> Result<MigrateInput, MigrateError> {
        let mut input = MigrateInput::default();
        for path in paths {
            input.add(&Wanted { path, format, is_named: true, depth: 0 })?;
        }
        Ok(input)
    }

    /// Adds a text that is in no file.
    pub fn of_text(name: &str, text: &str, format: MigrateFormat) -> MigrateInput {
        let file = SourceFile { path: name.into(), name: name.into(), text: text.to_owned() };
        MigrateInput { files: vec![(format, file)], ..MigrateInput::default() }
    }

    fn add(&mut self, wanted: &Wanted<'_>) -> Result<(), MigrateError> {
        let unreadable = |source| MigrateError::Unreadable(wanted.path.to_owned(), source);
        // A file that is reached through a link or twice is read once.
        let real = fs::canonicalize(wanted.path).map_err(unreadable)?;
        if !self.seen.insert(real.clone()) {
            return Ok(());
        }
        if real.is_dir() {
            return self.folder(wanted);
        }
        if wanted.path.file_name().is_some_and(|name| name.to_str().is_some_and(is_defaults)) {
            self.defaults(wanted.path);
            return Ok(());
        }
        if self.files.len() >= MOST_FILES {
            return Err(MigrateError::TooMany("files", MOST_FILES));
        }
        let file = files::open(wanted.path).map_err(unreadable)?;
        let bytes = files::content(file, MOST_OF_FILE).map_err(unreadable)?;
        self.bytes += bytes.len();
        if self.bytes > MOST_BYTES {
            return Err(MigrateError::TooMany("bytes", MOST_BYTES));
        }
        // Older files are in Latin-1; what matters in them is ASCII.
        let text = String::from_utf8_lossy(&bytes);
        // Editors of Windows write this sign before the first line.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        let name = wanted.path.display().to_string();
        let file = SourceFile { path: wanted.path.to_owned(), name: name.into(), text };
        let Some(format) = wanted.format.or_else(|| MigrateFormat::of(&file.text)) else {
            if wanted.is_named {
                return Err(MigrateError::UnknownFormat(wanted.path.to_owned()));
            }
            // What names no plugin is a file of another program.
            if let Some(line) = file.text.lines().position(names_plugin) {
                let message = "the file is in no known format; name it with --format";
                self.refuse(&file.place(line + 1), message.to_owned());
            }
            return Ok(());
        };
        let included = self.included(format, &file)?;
        self.files.push((format, file));
        for (line, path) in included {
            if wanted.depth >= DEEPEST {
                self.refuse(
                    &line,
                    format!(
                        "files include each other more than {DEEPEST} deep; name this one: {}",
                        path.display()
                    ),
                );
                continue;
            }
            let next = Wanted {
                path: &path,
                format: Some(format).filter(|_| !path.is_dir()),
                is_named: false,
                depth: wanted.depth + 1,
            };
            match self.add(&next) {
                Err(MigrateError::Unreadable(path, error)) => {
                    self.refuse(
                        &line,
                        format!(
                            "cannot read {}: {error}; name it if it is elsewhere",
                            path.display()
                        ),
                    );
                }
                other => other?,
            }
        }
        Ok(())
    }

    fn folder(&mut self, wanted: &Wanted<'_>) -> Result<(), MigrateError> {
        let unreadable = |source| MigrateError::Unreadable(wanted.path.to_owned(), source);
        let mut paths = Vec::new();
        for entry in fs::read_dir(wanted.path).map_err(unreadable)? {
            self.count_entry()?;
            paths.push(entry.map_err(unreadable)?.path());
        }
        paths.sort();
        let before = self.files.len();
        let mut first_error = None;
        for path in &paths {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let is_defaults = name.as_deref().is_some_and(is_defaults);
            let is_hidden = name.is_some_and(|name| name.starts_with('.') || name.ends_with('~'));
            if !is_defaults && (is_hidden || !(path.is_dir() || is_configuration(path))) {
                continue;
            }
            if wanted.depth >= DEEPEST {
                return Err(MigrateError::TooMany("folders within each other", DEEPEST));
            }
            let format = wanted.format.filter(|_| !path.is_dir());
            match self.add(&Wanted { path, format, is_named: false, depth: wanted.depth + 1 }) {
                // A file that includes the folder gets the message; the other files of the folder are read.
                Err(error @ MigrateError::Unreadable(..)) if !wanted.is_named => {
                    first_error.get_or_insert(error);
                }
                other => other?,
            }
        }
        if let Some(error) = first_error {
            return Err(error);
        }
        if wanted.is_named && self.files.len() == before {
            return Err(MigrateError::EmptyFolder(wanted.path.to_owned()));
        }
        Ok(())
    }

    /// Reports a file with options for all calls. It belongs to the machine on which the plugin runs, which may be another.
    fn defaults(&mut self, path: &Path) {
        let place = DefinitionPlace { file: path.display().to_string().into(), line: 1 };
        let message = "options in this file are not read; write them into the calls that use it, and migrate again";
        self.refuse(&place, message.to_owned());
    }

    /// The files that a file includes, each with its line.
    fn included(
        &mut self,
        format: MigrateFormat,
        file: &SourceFile,
    ) -> Result<Vec<(DefinitionPlace, PathBuf)>, MigrateError> {
        let folder = files::folder(&file.path);
        let mut found = Vec::new();
        for (place, line) in file.logical_lines() {
            let line = line.trim();
            if format == MigrateFormat::Icinga2 {
                let rest =
                    line.strip_prefix("include").filter(|rest| rest.starts_with([' ', '\t', '_']));
                let name =
                    rest.and_then(|rest| rest.split('"').nth(1)).filter(|name| !name.is_empty());
                if let Some(name) = name {
                    let paths = self.matching(&joined(folder, name))?;
                    found.extend(paths.into_iter().map(|path| (place.clone(), path)));
                }
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let (key, value) = (key.trim(), value.trim());
            let is_included = match format {
                MigrateFormat::Nagios => {
                    if key == "interval_length" {
                        self.interval_length = value.parse().ok().filter(|length| *length > 0);
                    }
                    self.true_regexp |= key == "use_true_regexp_matching" && value == "1";
                    matches!(key, "cfg_file" | "cfg_dir" | "resource_file")
                }
                MigrateFormat::Nrpe => matches!(key, "include" | "include_file" | "include_dir"),
                MigrateFormat::Zabbix => key == "Include",
                _ => false,
            };
            if is_included && !value.is_empty() {
                let paths = self.matching(&joined(folder, value))?;
                found.extend(paths.into_iter().map(|path| (place.clone(), path)));
            }
        }
        Ok(found)
    }

    /// The files of a path whose last part can have `*`.
    fn matching(&mut self, path: &Path) -> Result<Vec<PathBuf>, MigrateError> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let pattern = name.filter(|name| name.contains('*'));
        let entries = pattern.as_ref().and_then(|_| fs::read_dir(files::folder(path)).ok());
        let (Some(pattern), Some(entries)) = (pattern, entries) else {
            return Ok(vec![path.to_owned()]);
        };
        let pattern = NamePattern::new(&pattern);
        let mut paths = Vec::new();
        for entry in entries {
            self.count_entry()?;
            let path = entry.ok().map(|entry| entry.path());
            let is_it = |path: &PathBuf| {
                path.file_name().is_some_and(|name| pattern.matches(&name.to_string_lossy()))
            };
            paths.extend(path.filter(is_it));
        }
        paths.sort();
        Ok(paths)
    }

    fn count_entry(&mut self) -> Result<(), MigrateError> {
        self.entries += 1;
        if self.entries > MOST_ENTRIES {
            return Err(MigrateError::TooMany("files and folders", MOST_ENTRIES));
        }
        Ok(())
    }

    fn refuse(&mut self, place: &DefinitionPlace, message: String) {
        self.unclear.push(place.mistake("", message));
    }
}

/// A path in a folder, without points that mean the same folder.
fn joined(folder: &Path, name: &str) -> PathBuf {
    let path: PathBuf = folder.join(name).components().collect();
    match path.strip_prefix(".") {
        Ok(rest) if rest != Path::new("") => rest.to_owned(),
        _ => path,
    }
}

/// Whether a file has options for all calls of `check_postgres`, by its name.
fn is_defaults(name: &str) -> bool {
    matches!(name, ".check_postgresrc" | "check_postgresrc")
}

/// Whether a file in a folder can be one of a monitoring system, by its name.
fn is_configuration(path: &Path) -> bool {
    let extension = path.extension().map(|one| one.to_string_lossy().to_ascii_lowercase());
    matches!(extension.as_deref(), Some("cfg" | "conf" | "yml" | "yaml" | "json" | "xml"))
}
