//! Reads a new password of the monitor role from a file or from standard input, and computes its SCRAM verifier.
//!
//! The password itself is neither sent nor printed.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::database::password::scram_verifier;

/// Bytes. PostgreSQL's clients refuse longer passwords.
const LONGEST: u64 = 1024;

/// Why a password cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Standard input is a terminal.
    #[error(
        "--password-file -: standard input is a terminal, which shows the password; use a pipe or a file"
    )]
    Terminal,
    /// The file cannot be read.
    #[error("cannot read the password file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The first line is empty.
    #[error("--password-file {}: the first line is empty", .0.display())]
    Empty(PathBuf),
    /// The first line is not a password.
    #[error(
        "--password-file {}: the first line is not a password: it is longer than {LONGEST} bytes or contains a NUL",
        .0.display()
    )]
    NotAPassword(PathBuf),
}

/// The verifier of the password in the first line of a file, or of standard input for `-`, and a warning if other
/// users can read the file.
pub fn verifier(path: &Path) -> Result<(String, Option<String>), PasswordError> {
    let unreadable = |source| PasswordError::Read { path: path.to_owned(), source };
    let (text, warning) = if path == Path::new("-") {
        let input = io::stdin();
        if input.is_terminal() {
            return Err(PasswordError::Terminal);
        }
        (first_line(input), None)
    } else {
        let file = File::open(path).map_err(unreadable)?;
        let warning = others_can_read(&file).then(|| {
            format!(
                "{}: other users can read this password file; change its mode with chmod 600",
                path.display()
            )
        });
        (first_line(file), warning)
    };
    let line = text.map_err(unreadable)?;
    if line.is_empty() {
        return Err(PasswordError::Empty(path.to_owned()));
    }
    if line.len() as u64 >= LONGEST || line.contains(&0) {
        return Err(PasswordError::NotAPassword(path.to_owned()));
    }
    Ok((scram_verifier(&line), warning))
}

/// The first line without its line end, as libpq's programs read a password.
fn first_line(input: impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    input.take(LONGEST + 2).read_to_end(&mut text)?;
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    text.truncate(end);
    if text.last() == Some(&b'\r') {
        text.pop();
    }
    Ok(text)
}

#[cfg(unix)]
fn others_can_read(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_can_read(_: &File) -> bool {
    false
}
