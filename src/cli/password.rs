//! A new password for the monitor, from a file or from standard input, and from nowhere else.
//!
//! What leaves this file is the verifier; the password itself is neither sent nor shown.

use std::io::{IsTerminal, Read};
use std::path::Path;

use anyhow::Context;

use crate::database::password::scram_verifier;

/// The most that is read: PostgreSQL takes no longer passwords from its own clients.
const LONGEST: u64 = 1024;

/// Reads the first line of a file, or of standard input for `-`, and makes a verifier of it. Says what
/// else there is to say about the file.
pub(super) fn verifier(path: &Path) -> anyhow::Result<(String, Option<String>)> {
    let (text, warning) = if path == Path::new("-") {
        let input = std::io::stdin();
        if input.is_terminal() {
            anyhow::bail!(
                "--password-file -: standard input is a terminal, where everybody could read along; use a pipe or a file"
            );
        }
        (first_line(input), None)
    } else {
        let file = std::fs::File::open(path).with_context(|| open(path))?;
        let warning = others_may_read(&file).then(|| {
            format!("{}: others may read this password file; chmod 600 it", path.display())
        });
        (first_line(file), warning)
    };
    let line = text.with_context(|| open(path))?;
    if line.is_empty() {
        anyhow::bail!("--password-file {}: the first line is empty", path.display());
    }
    if line.len() as u64 >= LONGEST || line.contains(&0) {
        anyhow::bail!(
            "--password-file {}: the first line is no password: it is longer than {LONGEST} bytes, or has a NUL in it",
            path.display()
        );
    }
    Ok((scram_verifier(&line), warning))
}

fn open(path: &Path) -> String {
    format!("cannot read the password file {}", path.display())
}

/// The first line without its end, as libpq's programs read one.
fn first_line(input: impl Read) -> std::io::Result<Vec<u8>> {
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
fn others_may_read(file: &std::fs::File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_: &std::fs::File) -> bool {
    false
}
