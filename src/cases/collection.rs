//! Collects the checks to test and reads their cases, from folders, archives or the program itself.
//!
//! A folder that is not a check and a file that cannot be read do not prevent other tests.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::offline::Case;
use super::scenario::Scenario;
use super::{CaseFile, CaseKind, LARGEST};
use crate::catalog::check::Check;
use crate::catalog::error::CatalogError;
use crate::catalog::source;
use crate::catalog::{self, Catalog};
use crate::signature::bundle::NamedBytes;
use crate::signature::policy::SignaturePolicy;
use crate::text::suggestion::suggestion;

/// The checks to test.
#[derive(Debug, Default)]
pub struct Collection {
    /// The checks, with their cases.
    pub checks: Vec<TestedCheck>,
    /// Folders that are not valid checks, with the reason.
    pub broken: Vec<(String, String)>,
}

/// A check with its cases.
#[derive(Debug)]
pub struct TestedCheck {
    /// The check.
    pub check: Check,
    /// Absent for a check that is part of the program, in an archive, or signed.
    pub folder: Option<PathBuf>,
    /// Its cases.
    pub cases: Vec<CaseText>,
    /// Files in the folder of its cases that are ignored.
    pub remarks: Vec<String>,
}

/// A case with its text, or why it cannot be read.
#[derive(Debug)]
pub struct CaseText {
    /// Name and kind.
    pub file: CaseFile,
    /// Absent for a case that is part of the program, in an archive, or signed.
    pub path: Option<PathBuf>,
    /// The content, or why it cannot be read.
    pub text: Result<String, String>,
}

/// Why checks cannot be collected.
#[derive(Debug, thiserror::Error)]
pub enum CollectionError {
    /// A folder or archive cannot be read, or is refused.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A folder contains no check.
    #[error("{} contains no check: a check is a folder with a check.toml", .0.display())]
    NoCheck(PathBuf),
    /// None of the checks has a name that was given.
    #[error("there is no check \"{name}\" among those to test{suggestion}")]
    NoSuchCheck {
        /// The name.
        name: String,
        /// The nearest name, as the end of the sentence.
        suggestion: String,
    },
}

const NO_TEXT: &str = "is not UTF-8";

impl TestedCheck {
    /// Adds a file of its folder `cases`.
    fn add(
        &mut self,
        name: &str,
        path: Option<PathBuf>,
        text: impl FnOnce() -> Result<String, String>,
    ) {
        if name.starts_with('.') || name.ends_with('~') {
            return;
        }
        match CaseFile::of(&self.check.place, name) {
            Some(file) => {
                let text = text().map_err(|reason| format!("{}: {reason}", file.place));
                self.cases.push(CaseText { file, path, text });
            }
            None => self
                .remarks
                .push(format!("cases/{name} is ignored: a case is a .toml or .sql file")),
        }
    }

    /// Its cases of a kind.
    pub fn of_kind(&self, kind: CaseKind) -> impl Iterator<Item = &CaseText> {
        self.cases.iter().filter(move |case| case.file.kind == kind)
    }

    /// Its cases that can be read.
    pub fn readable(&self) -> (Vec<Case>, Vec<Scenario>) {
        let texts = |kind| {
            self.of_kind(kind)
                .filter_map(|case| Some((case.file.place.as_str(), case.text.as_deref().ok()?)))
        };
        let cases = texts(CaseKind::Offline)
            .filter_map(|(place, text)| Case::read(&self.check, place, text).ok());
        let stories =
            texts(CaseKind::Scenario).filter_map(|(place, text)| Scenario::read(place, text).ok());
        (cases.collect(), stories.collect())
    }
}

impl Collection {
    /// Adds the checks that are part of the program.
    pub fn add_embedded(&mut self) -> Result<(), CatalogError> {
        self.checks.extend(Catalog::embedded().checks()?.into_iter().map(embedded));
        Ok(())
    }

    /// Adds the checks of a folder or an archive. Of a signed one no file is read a second time.
    pub fn add(&mut self, path: &Path, policy: &SignaturePolicy) -> Result<(), CollectionError> {
        if let Some(read) = source::read_whole(path, policy)? {
            for (name, check, cases) in read.checks() {
                self.take(name, check.map(|check| packed(check, cases)).map_err(reason));
            }
            return Ok(());
        }
        for folder in check_folders(path)? {
            let name = folder.canonicalize().unwrap_or_else(|_| folder.clone());
            let name = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let check = check_in(&folder, &name);
            self.take(&name, check.map(|check| from_folder(check, &folder)));
        }
        Ok(())
    }

    fn take(&mut self, name: &str, read: Result<TestedCheck, String>) {
        let twice = |other: &TestedCheck, subject: &TestedCheck| {
            let (first, second) = (&other.check.place, &subject.check.place);
            format!("the check exists twice: {first} and {second}")
        };
        match read {
            Err(reason) => self.broken.push((name.to_owned(), reason)),
            Ok(subject) => {
                let same = |other: &&TestedCheck| other.check.name == subject.check.name;
                match self.checks.iter().find(same) {
                    Some(other) => self.broken.push((name.to_owned(), twice(other, &subject))),
                    None => self.checks.push(subject),
                }
            }
        }
    }

    /// Keeps only the checks with these names, if any are given.
    pub fn keep(&mut self, names: &[String]) -> Result<(), CollectionError> {
        let known = self.checks.iter().map(|subject| subject.check.name.as_str());
        let known: Vec<&str> =
            known.chain(self.broken.iter().map(|(name, _)| name.as_str())).collect();
        if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
            let (name, suggestion) = (name.clone(), suggestion(name, known));
            return Err(CollectionError::NoSuchCheck { name, suggestion });
        }
        let wanted = |name: &String| names.is_empty() || names.contains(name);
        self.checks.retain(|subject| wanted(&subject.check.name));
        self.broken.retain(|(name, _)| wanted(name));
        Ok(())
    }
}

/// The check in a folder.
fn check_in(folder: &Path, name: &str) -> Result<Check, String> {
    let manifest = fs::metadata(folder.join("check.toml"));
    if manifest.as_ref().is_ok_and(fs::Metadata::is_file) {
        let mut catalog = Catalog::empty();
        return catalog.add(folder).and_then(|()| catalog.get(name)).map_err(reason);
    }
    let hidden = manifest.err().filter(|error| error.kind() != ErrorKind::NotFound);
    let reason = hidden.map_or_else(
        || "is not a check: it has no check.toml".to_owned(),
        |error| format!("cannot be read: {error}"),
    );
    Err(format!("{}: {reason}", folder.display()))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn reason(error: CatalogError) -> String {
    let cause = std::error::Error::source(&error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
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
        if entry.path().is_dir() && !entry.file_name().to_string_lossy().starts_with('.') {
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
    let case = |(name, text): &(&str, &str)| {
        let file = CaseFile::of(&check.place, name)?;
        Some(CaseText { file, path: None, text: Ok((*text).to_owned()) })
    };
    let cases = catalog::cases(&check.name).iter().filter_map(case).collect();
    TestedCheck { check, folder: None, cases, remarks: Vec::new() }
}

fn packed(check: Check, files: &[NamedBytes]) -> TestedCheck {
    let mut subject = TestedCheck { check, folder: None, cases: Vec::new(), remarks: Vec::new() };
    for (name, bytes) in files {
        subject
            .add(name, None, || String::from_utf8(bytes.clone()).map_err(|_| NO_TEXT.to_owned()));
    }
    subject
}

fn from_folder(check: Check, folder: &Path) -> TestedCheck {
    let mut subject = TestedCheck {
        check,
        folder: Some(folder.to_owned()),
        cases: Vec::new(),
        remarks: Vec::new(),
    };
    let cases = folder.join("cases");
    let mut entries = Vec::new();
    match fs::read_dir(&cases) {
        Ok(found) => entries.extend(found.flatten()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            let file = CaseFile {
                name: "cases".to_owned(),
                place: String::new(),
                kind: CaseKind::Offline,
            };
            let text = Err(format!("{}: cannot be read: {error}", cases.display()));
            subject.cases.push(CaseText { file, path: None, text });
        }
    }
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
        subject.add(&name, Some(path.clone()), || text_of(&path));
    }
    subject
}

/// The text of a regular file of bounded size.
pub fn text_of(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    // Opening a pipe would wait for a writer.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err("is not a regular file".to_owned());
    }
    let mut text = Vec::new();
    let mut file = fs::File::open(path).map_err(unreadable)?.take(LARGEST + 1);
    file.read_to_end(&mut text).map_err(unreadable)?;
    if text.len() as u64 > LARGEST {
        return Err(format!("is longer than {} MiB", LARGEST / 1024 / 1024));
    }
    String::from_utf8(text).map_err(|_| NO_TEXT.to_owned())
}
