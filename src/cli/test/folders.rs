//! Finds the checks to test and reads their cases: from folders or archives, or those that came with the program.
//!
//! A folder that is no check, or a file that cannot be read, keeps no other from being tested.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::cases::offline::Case;
use crate::cases::story::Story;
use crate::cases::{CaseFile, Kind, LARGEST};
use crate::catalog::check::Check;
use crate::catalog::error::CatalogError;
use crate::catalog::source;
use crate::catalog::{self, Catalog};
use crate::signature::bundle::NamedBytes;
use crate::signature::policy::SignaturePolicy;
use crate::text::suggestion::suggestion;

/// What there is to test.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) subjects: Vec<Subject>,
    /// Folders that are no checks, with the reason.
    pub(super) broken: Vec<(String, String)>,
}

/// A check with its cases.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) check: Check,
    /// Absent for a check that came with the program, in an archive, or signed.
    pub(super) folder: Option<PathBuf>,
    pub(super) cases: Vec<Written>,
    /// What is odd about the folder of its cases.
    pub(super) remarks: Vec<String>,
}

/// A case with its text, or why it cannot be read.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) file: CaseFile,
    /// Absent for one that came with the program, in an archive, or signed.
    pub(super) path: Option<PathBuf>,
    pub(super) text: Result<String, String>,
}

const NO_TEXT: &str = "is not UTF-8";

impl Subject {
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
                self.cases.push(Written { file, path, text });
            }
            None => self
                .remarks
                .push(format!("leaves out cases/{name}: a case is a .toml or .sql file")),
        }
    }

    /// Its cases of a kind.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Written> {
        self.cases.iter().filter(move |case| case.file.kind == kind)
    }

    /// Its cases that can be read.
    pub(super) fn readable(&self) -> (Vec<Case>, Vec<Story>) {
        let texts = |kind| {
            self.of_kind(kind)
                .filter_map(|case| Some((case.file.place.as_str(), case.text.as_deref().ok()?)))
        };
        let cases = texts(Kind::Offline)
            .filter_map(|(place, text)| Case::read(&self.check, place, text).ok());
        let stories = texts(Kind::Story).filter_map(|(place, text)| Story::read(place, text).ok());
        (cases.collect(), stories.collect())
    }
}

impl Gathered {
    /// Adds the checks that came with the program.
    pub(super) fn add_embedded(&mut self) -> anyhow::Result<()> {
        self.subjects.extend(Catalog::embedded().checks()?.into_iter().map(embedded));
        Ok(())
    }

    /// Adds the checks of a folder or an archive. Where it has to be signed, nothing of it is read again.
    pub(super) fn add(&mut self, path: &Path, trust: &SignaturePolicy) -> anyhow::Result<()> {
        if let Some(reading) = source::read_whole(path, trust)? {
            for (name, check, cases) in reading.checks() {
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

    fn take(&mut self, name: &str, read: Result<Subject, String>) {
        let twice = |other: &Subject, subject: &Subject| {
            let (first, second) = (&other.check.place, &subject.check.place);
            format!("the check exists twice: {first} and {second}")
        };
        match read {
            Err(reason) => self.broken.push((name.to_owned(), reason)),
            Ok(subject) => {
                let same = |other: &&Subject| other.check.name == subject.check.name;
                match self.subjects.iter().find(same) {
                    Some(other) => self.broken.push((name.to_owned(), twice(other, &subject))),
                    None => self.subjects.push(subject),
                }
            }
        }
    }

    /// Keeps only the checks of these names, if there are any.
    pub(super) fn keep(&mut self, names: &[String]) -> anyhow::Result<()> {
        let known = self.subjects.iter().map(|subject| subject.check.name.as_str());
        let known: Vec<&str> =
            known.chain(self.broken.iter().map(|(name, _)| name.as_str())).collect();
        if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
            anyhow::bail!(
                "there is no check \"{name}\" among those to test{}",
                suggestion(name, known)
            );
        }
        let wanted = |name: &String| names.is_empty() || names.contains(name);
        self.subjects.retain(|subject| wanted(&subject.check.name));
        self.broken.retain(|(name, _)| wanted(name));
        Ok(())
    }
}

/// The check of a folder on a disk, or why there is none.
fn check_in(folder: &Path, name: &str) -> Result<Check, String> {
    let manifest = fs::metadata(folder.join("check.toml"));
    if manifest.as_ref().is_ok_and(fs::Metadata::is_file) {
        let mut catalog = Catalog::empty();
        return catalog.add(folder).and_then(|()| catalog.get(name)).map_err(reason);
    }
    let hidden = manifest.err().filter(|error| error.kind() != ErrorKind::NotFound);
    let reason = hidden.map_or_else(
        || "is no check: it has no check.toml".to_owned(),
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
fn check_folders(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.join("check.toml").is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |error| anyhow::anyhow!("cannot read {}: {error}", path.display());
    let mut folders = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.path().is_dir() && !entry.file_name().to_string_lossy().starts_with('.') {
            // Nobody says ./mine where mine will do.
            let folder = entry.path();
            folders.push(folder.strip_prefix(".").unwrap_or(&folder).to_owned());
        }
    }
    if folders.is_empty() {
        anyhow::bail!("{} holds no check: a check is a folder with a check.toml", path.display());
    }
    folders.sort();
    Ok(folders)
}

fn embedded(check: Check) -> Subject {
    let case = |(name, text): &(&str, &str)| {
        let file = CaseFile::of(&check.place, name)?;
        Some(Written { file, path: None, text: Ok((*text).to_owned()) })
    };
    let cases = catalog::cases(&check.name).iter().filter_map(case).collect();
    Subject { check, folder: None, cases, remarks: Vec::new() }
}

fn packed(check: Check, files: &[NamedBytes]) -> Subject {
    let mut subject = Subject { check, folder: None, cases: Vec::new(), remarks: Vec::new() };
    for (name, bytes) in files {
        subject
            .add(name, None, || String::from_utf8(bytes.clone()).map_err(|_| NO_TEXT.to_owned()));
    }
    subject
}

fn from_folder(check: Check, folder: &Path) -> Subject {
    let mut subject =
        Subject { check, folder: Some(folder.to_owned()), cases: Vec::new(), remarks: Vec::new() };
    let cases = folder.join("cases");
    let mut entries = Vec::new();
    match fs::read_dir(&cases) {
        Ok(found) => entries.extend(found.flatten()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            let file =
                CaseFile { name: "cases".to_owned(), place: String::new(), kind: Kind::Offline };
            let text = Err(format!("{}: cannot be read: {error}", cases.display()));
            subject.cases.push(Written { file, path: None, text });
        }
    }
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
        subject.add(&name, Some(path.clone()), || text_of(&path));
    }
    subject
}

/// The text of a file, unless it is too large or no ordinary file.
pub(super) fn text_of(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    // Opening a pipe would wait for somebody to write into it.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err("is no ordinary file".to_owned());
    }
    let mut text = Vec::new();
    let mut file = fs::File::open(path).map_err(unreadable)?.take(LARGEST + 1);
    file.read_to_end(&mut text).map_err(unreadable)?;
    if text.len() as u64 > LARGEST {
        return Err(format!("is longer than {} MiB", LARGEST / 1024 / 1024));
    }
    String::from_utf8(text).map_err(|_| NO_TEXT.to_owned())
}
