//! The file with defaults of `check_postgres`: options for all calls, one in each line, as `name=value`.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use super::error::CompatError;
use super::options::{CHECK_POSTGRES, other_format};
use super::words::{GivenOptions, OptionMeaning};
use crate::files;
use crate::text::suggestion::suggestion;
use crate::text::visible::visible;

/// The most bytes of the file.
const MOST: u64 = 1 << 20;

/// The files of the system.
const OF_SYSTEM: [&str; 2] = ["/etc/check_postgresrc", "/usr/local/etc/check_postgresrc"];

/// A file with options of `check_postgres`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultsFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl DefaultsFile {
    /// The file that `check_postgres` reads: in the current directory, the home directory or the system, the first that
    /// exists.
    pub fn found() -> Result<Option<DefaultsFile>, CompatError> {
        let own = ".check_postgresrc";
        let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(own));
        let places = [Some(PathBuf::from(own)), home];
        let places = places.into_iter().flatten().chain(OF_SYSTEM.map(PathBuf::from));
        // A daemon can have the home directory of root, where this user finds nothing.
        let Some(path) = places.into_iter().find(|path| path.metadata().is_ok()) else {
            return Ok(None);
        };
        let bytes =
            files::open(&path).and_then(trusted).and_then(|file| files::content(file, MOST));
        match bytes.and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other)) {
            Ok(text) => Ok(Some(DefaultsFile { path, text })),
            Err(error) => Err(CompatError::Usage(format!(
                "cannot read {}: {error}; --no-check_postgresrc ignores the file",
                visible(&path.display().to_string())
            ))),
        }
    }

    /// Adds the options that a call does not contain. `accepts` are those of its action among the options that only some
    /// actions have.
    pub(super) fn complete(
        &self,
        given: &mut GivenOptions,
        accepts: &[&str],
    ) -> Result<(), CompatError> {
        let mut added = GivenOptions::new();
        for (line, number) in self.text.lines().zip(1..) {
            let Some((name, value)) = assignment(line) else { continue };
            let wrong = |reason: String| {
                let path = visible(&self.path.display().to_string());
                CompatError::Usage(format!("{path}:{number}: {} {reason}", visible(name)))
            };
            if is_of_another_server(name) {
                continue;
            }
            let Some(option) = CHECK_POSTGRES.named(name) else {
                let near = suggestion(name, CHECK_POSTGRES.options.iter().map(|one| one.names[0]));
                return Err(wrong(format!("is not an option of check_postgres{near}")));
            };
            let first = option.names[0];
            let is_given = |one: &&str| given.contains_key(*one);
            if instead_of(first).iter().any(is_given) || (!option.value && value == "0") {
                continue;
            }
            let refused = match option.meaning {
                OptionMeaning::Refused(reason) => Some(reason),
                _ => other_format(first, value),
            };
            if let Some(reason) = refused {
                return Err(wrong(format!("has no counterpart: {reason}")));
            }
            if option.meaning != OptionMeaning::Some || accepts.contains(&first) {
                added.entry(first).or_default().push(value.to_owned());
            }
        }
        given.extend(added);
        Ok(())
    }
}

/// The file, unless another user chooses with it which server is asked.
fn trusted(file: File) -> io::Result<File> {
    let about = file.metadata()?;
    let own = rustix::process::geteuid().as_raw();
    if (about.uid() == own || about.uid() == 0) && about.mode() & 0o002 == 0 {
        Ok(file)
    } else {
        Err(io::Error::other(
            "another user can write it; it must belong to this user or to root, and give others no right to write",
        ))
    }
}

/// Whether an option has the number of another server, as `host2`, which `check_postgres` reads and does not use.
fn is_of_another_server(name: &str) -> bool {
    let bare = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    !matches!(&name[bare.len()..], "" | "1") && CHECK_POSTGRES.named(bare).is_some()
}

/// The options of a call that count instead of this one of the file.
fn instead_of(option: &'static str) -> Vec<&'static str> {
    match option {
        "host" => vec!["host", "dbhost2"],
        "port" => vec!["port", "dbport2"],
        "target" => vec!["target", "host", "dbhost2", "port", "dbport2", "dbservice"],
        _ => vec![option],
    }
}

/// The name and the value of a line; absent for a comment and for what `check_postgres` passes over.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let is_word = |name: &str| name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    (!name.is_empty() && is_word(name) && !value.is_empty()).then_some((name, value))
}
