//! Passwords and tokens for receivers, each the first line of a file of its own.
//!
//! No message says anything of what is in such a file.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::DeliverError;

/// The most that is read: a longer line is no secret, but another file.
const LONGEST: u64 = 16 * 1024;

/// Reads the first line of a file without its end. Blanks belong to a password, and so to the line.
pub(super) fn read(path: &Path) -> Result<String, DeliverError> {
    let unreadable = |source| DeliverError::File { what: "read", path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_file() && metadata.mode() & 0o007 != 0 {
        // Where secrets are mounted into a container nobody else is there, so that it is no error.
        let path = path.display();
        tracing::warn!("{path}: everybody on this machine may use the secret in it; chmod 640 it");
    }
    first_line(file).map_err(unreadable)
}

fn first_line(input: impl Read) -> io::Result<String> {
    let wrong = |reason: &str| Err(io::Error::other(reason.to_owned()));
    let mut bytes = Vec::new();
    input.take(LONGEST).read_to_end(&mut bytes)?;
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    if end as u64 == LONGEST {
        return wrong("its first line is too long for a password or token");
    }
    bytes.truncate(end);
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    match String::from_utf8(bytes) {
        Ok(line) if line.trim().is_empty() => {
            wrong("its first line is empty; the password or token belongs there")
        }
        Ok(line) if line.contains(char::is_control) => {
            wrong("its first line has a control character in it, and is no password or token")
        }
        Ok(line) => Ok(line),
        Err(_) => wrong("its first line is no UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_first_line() {
        let long = "x".repeat(20_000);
        for (text, expected) in [
            ("sesame", Ok("sesame")),
            ("sesame\r\nmore\n", Ok("sesame")),
            (" se same \n", Ok(" se same ")),
            ("größe\n", Ok("größe")),
            ("", Err("its first line is empty")),
            ("\nsesame\n", Err("its first line is empty")),
            ("sesame\u{0}x", Err("control character")),
            (long.as_str(), Err("too long")),
        ] {
            let read = first_line(text.as_bytes()).map_err(|error| error.to_string());
            match expected {
                Ok(line) => assert_eq!(read.as_deref(), Ok(line)),
                Err(words) => {
                    let error = read.unwrap_err();
                    assert!(error.contains(words), "{error}");
                    assert!(!error.contains("sesame"), "{error}");
                }
            }
        }
    }
}
