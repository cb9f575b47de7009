//! Collects the checks to test and reads their cases, from folders, archives or the program itself.
//!
//! A folder that is not a check, and a file that cannot be read, do not prevent other tests.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::case_file::{CaseFile, CaseKind, UnreadableFile, read_text};
use super::offline::OfflineCase;
use super::scenario::Scenario;
use crate::catalog::check::Check;
use crate::catalog::error::CatalogError;
use crate::catalog::source;
use crate::catalog::{self, Catalog};
use crate::signature::bundle::NamedBytes;
use crate::signature::policy::SignaturePolicy;
use crate::text::pattern::NamePattern;
use crate::text::suggestion::suggestion_for_pattern;

/// The checks to test.
#[derive(Debug, Default)]
pub struct Collection {
    /// The checks, with their cases.
    pub checks: Vec<TestedCheck>,
    /// The names of folders that are not valid checks, with the reasons.
    pub broken: Vec<(String, BrokenCheck)>,
}

/// A check with its cases.
#[derive(Debug)]
pub struct TestedCheck {
    /// The check.
    pub check: Check,
    /// The folder; absent for a check that is part of the program, of an archive or of a signed folder.
    pub folder: Option<PathBuf>,
    /// Its cases.
    pub cases: Vec<CaseText>,
    /// Remarks on files that are ignored.
    pub remarks: Vec<String>,
}

/// A case with its text.
#[derive(Debug)]
pub struct CaseText {
    /// Name and kind.
    pub file: CaseFile,
    /// The path; absent for a case that is part of the program, of an archive or of a signed folder.
    pub path: Option<PathBuf>,
    /// The text of the file.
    pub text: Result<String, UnreadableFile>,
}

/// Why checks cannot be collected.
#[derive(Debug, thiserror::Error)]
pub enum CollectionError {
    /// A folder or archive cannot be read, or its signature is not valid.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A folder contains no check.
    #[error("{} contains no check: a check is a folder with a check.toml", .0.display())]
    NoCheck(PathBuf),
    /// No check has a name that was given.
    #[error("check \"{name}\" is not among those to test{suggestion}")]
    NoSuchCheck {
        /// The name.
        name: String,
        /// The most similar name, as the end of the sentence.
        suggestion: String,
    },
}

/// Why a folder is not a check to test.
#[derive(Debug, thiserror::Error)]
pub enum BrokenCheck {
    /// It has no check.toml.
    #[error("{}: is not a check: it has no check.toml", .0.display())]
    NoManifest(PathBuf),
    /// It cannot be read.
    #[error("{}: cannot be read: {error}", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// Another folder contains a check with the same name.
    #[error("the check exists twice: {first} and {second}")]
    Twice {
        /// The other folder.
        first: String,
        /// This folder.
        second: String,
    },
    /// The check is not valid.
    #[error("{}", with_cause(.0))]
    Invalid(#[from] CatalogError),
}

fn with_cause(error: &CatalogError) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

impl TestedCheck {
    fn new(check: Check, folder: Option<PathBuf>) -> TestedCheck {
        TestedCheck { check, folder, cases: Vec::new(), remarks: Vec::new() }
    }

    /// Adds a file of the folder `cases`.
    fn add(
        &mut self,
        name: &str,
        path: Option<PathBuf>,
        text: impl FnOnce() -> Result<String, UnreadableFile>,
    ) {
        if name.starts_with('.') || name.ends_with('~') {
            return;
        }
        match CaseFile::parse(&self.check.place, name) {
            Some(file) => self.cases.push(CaseText { file, path, text: text() }),
            None => {
                self.remarks.push(format!("ignores cases/{name}: a case is a .toml or .sql file"));
            }
        }
    }

    /// Its cases of a kind.
    pub fn of_kind(&self, kind: CaseKind) -> impl Iterator<Item = &CaseText> {
        self.cases.iter().filter(move |case| case.file.kind == kind)
    }

    /// Whether the server needs tables before the check can be linted: its owner set has some, or a scenario creates them.
    pub(super) fn needs_tables(&self) -> bool {
        self.check.own_owner.is_some() || self.creates_tables()
    }

    /// Whether a scenario has a block that runs before the check is installed.
    fn creates_tables(&self) -> bool {
        self.valid_cases().1.iter().any(|scenario| scenario.before)
    }

    /// Its valid cases.
    pub fn valid_cases(&self) -> (Vec<OfflineCase>, Vec<Scenario>) {
        let texts = |kind| {
            self.of_kind(kind)
                .filter_map(|case| Some((case.file.place.as_str(), case.text.as_deref().ok()?)))
        };
        let cases = texts(CaseKind::Offline)
            .filter_map(|(place, text)| OfflineCase::read(&self.check, place, text).ok());
        let scenarios =
            texts(CaseKind::Scenario).filter_map(|(place, text)| Scenario::read(place, text).ok());
        (cases.collect(), scenarios.collect())
    }
}

impl Collection {
    /// Adds the checks that are part of the program.
    pub fn add_embedded(&mut self) -> Result<(), CatalogError> {
        self.checks.extend(Catalog::embedded().checks()?.into_iter().map(embedded));
        Ok(())
    }

    /// Adds the checks of a folder or an archive. Each file of a signed one is read only once.
    pub fn add(&mut self, path: &Path, policy: &SignaturePolicy) -> Result<(), CollectionError> {
        if let Some(read) = source::read_whole(path, policy)? {
            for (name, check, cases) in read.checks() {
                let tested = check.map(|check| in_bundle(check, cases));
                self.add_check(name, tested.map_err(BrokenCheck::from));
            }
            return Ok(());
        }
        for folder in check_folders(path)? {
            let name = folder.canonicalize().unwrap_or_else(|_| folder.clone());
            let name = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let check = check_in(&folder, &name);
            self.add_check(&name, check.map(|check| in_folder(check, &folder)));
        }
        Ok(())
    }

    fn add_check(&mut self, name: &str, read: Result<TestedCheck, BrokenCheck>) {
        let tested = read.and_then(|tested| {
            let has_name = |other: &&TestedCheck| other.check.name == tested.check.name;
            match self.checks.iter().find(has_name) {
                None => Ok(tested),
                Some(other) => Err(BrokenCheck::Twice {
                    first: other.check.place.clone(),
                    second: tested.check.place,
                }),
            }
        });
        match tested {
            Ok(mut tested) => {
                if let Some(own) =
                    tested.check.own_owner.as_ref().filter(|_| !tested.creates_tables())
                {
                    let remark = format!(
                        "the linter and the server need the tables of {}: write a scenario that begins with -- before:",
                        own.place
                    );
                    tested.remarks.push(remark);
                }
                self.checks.push(tested);
            }
            Err(reason) => self.broken.push((name.to_owned(), reason)),
        }
    }

    /// Removes the checks without one of these names. Without names, all checks remain.
    pub fn keep(&mut self, names: &[String]) -> Result<(), CollectionError> {
        let known = self.checks.iter().map(|tested| tested.check.name.as_str());
        let known: Vec<&str> =
            known.chain(self.broken.iter().map(|(name, _)| name.as_str())).collect();
        let patterns: Vec<NamePattern> = names.iter().map(|name| NamePattern::new(name)).collect();
        let found = |pattern: &NamePattern| known.iter().any(|name| pattern.matches(name));
        if let Some(missing) = patterns.iter().find(|pattern| !found(pattern)) {
            let name = missing.to_string();
            let suggestion = suggestion_for_pattern(&name, known);
            return Err(CollectionError::NoSuchCheck { name, suggestion });
        }
        let is_wanted = |name: &String| {
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(name))
        };
        self.checks.retain(|tested| is_wanted(&tested.check.name));
        self.broken.retain(|(name, _)| is_wanted(name));
        Ok(())
    }
}

/// The check in a folder.
fn check_in(folder: &Path, name: &str) -> Result<Check, BrokenCheck> {
    let path = folder.to_owned();
    match fs::metadata(folder.join("check.toml")) {
        Ok(metadata) if metadata.is_file() => {
            let mut catalog = Catalog::empty();
            Ok(catalog.add(folder).and_then(|()| catalog.get(name))?)
        }
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(BrokenCheck::Unreadable { path, error })
        }
        _ => Err(BrokenCheck::NoManifest(path)),
    }
}

/// A check folder, or the folders in it that are not hidden.
fn check_folders(path: &Path) -> Result<Vec<PathBuf>, CollectionError> {
    if path.join("check.toml").is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |source| CatalogError::Read { path: path.to_owned(), source };
    let mut folders = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.path().is_dir() && !is_hidden && !source::is_owners(&entry.path()) {
            // Messages name the folder without `./`.
            let folder = entry.path();
            folders.push(folder.strip_prefix(".").unwrap_or(&folder).to_owned());
        }
    }
    if folders.is_empty() {
        return Err(CollectionError::NoCheck(path.to_owned()));
    }
    folders.sort();
    Ok(folders)
}

fn embedded(check: Check) -> TestedCheck {
    let mut tested = TestedCheck::new(check, None);
    for (name, text) in catalog::cases(&tested.check.name) {
        tested.add(name, None, || Ok((*text).to_owned()));
    }
    tested
}

fn in_bundle(check: Check, files: &[NamedBytes]) -> TestedCheck {
    let mut tested = TestedCheck::new(check, None);
    for (name, bytes) in files {
        let text = || String::from_utf8(bytes.clone()).map_err(|_| UnreadableFile::NotUtf8);
        tested.add(name, None, text);
    }
    tested
}

fn in_folder(check: Check, folder: &Path) -> TestedCheck {
    let mut tested = TestedCheck::new(check, Some(folder.to_owned()));
    let cases = folder.join("cases");
    let mut entries = Vec::new();
    match fs::read_dir(&cases) {
        Ok(found) => entries.extend(found.flatten()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            let (name, place) = ("cases".to_owned(), cases.display().to_string());
            let file = CaseFile { name, place, kind: CaseKind::Offline };
            tested.cases.push(CaseText { file, path: None, text: Err(error.into()) });
        }
    }
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
        tested.add(&name, Some(path.clone()), || read_text(&path));
    }
    tested
}
