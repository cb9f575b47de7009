//! The file with defaults of `check_postgres`: options for all calls, one in each line, as `name=value`.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::error::CompatError;
use super::options::CHECK_POSTGRES;
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
        for path in places {
            let file = match files::open(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                other => other.and_then(|file| files::content(file, MOST)),
            };
            let text =
                file.and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other));
            return match text {
                Ok(text) => Ok(Some(DefaultsFile { path, text })),
                Err(error) => Err(CompatError::Usage(format!(
                    "cannot read {}: {error}; --no-check_postgresrc ignores the file",
                    visible(&path.display().to_string())
                ))),
            };
        }
        Ok(None)
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
            let Some(option) = CHECK_POSTGRES.named(name) else {
                let near = suggestion(name, CHECK_POSTGRES.options.iter().map(|one| one.names[0]));
                return Err(wrong(format!("is not an option of check_postgres{near}")));
            };
            let first = option.names[0];
            match option.meaning {
                OptionMeaning::Refused(reason) => {
                    return Err(wrong(format!("has no counterpart: {reason}")));
                }
                OptionMeaning::Some if !accepts.contains(&first) => {}
                _ if given.contains_key(first) || (!option.value && value == "0") => {}
                _ => added.entry(first).or_default().push(value.to_owned()),
            }
        }
        given.extend(added);
        Ok(())
    }
}

/// The name and the value of a line; absent for a comment and for what `check_postgres` passes over.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let is_word = |name: &str| name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    (!name.is_empty() && is_word(name) && !value.is_empty()).then_some((name, value))
}
