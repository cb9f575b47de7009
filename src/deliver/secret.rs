//! Reads passwords and tokens for receivers. Each is the first line of a separate file.
//!
//! A message never contains a part of such a file.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::error::DeliverError;

/// The number of bytes that are read. A longer line is not a secret; the wrong file is given.
const LONGEST: u64 = 16 * 1024;

/// Reads the first line of a file without its line end. Blanks are part of a password, so they are kept.
pub(super) fn read(path: &Path) -> Result<String, DeliverError> {
    let unreadable = |source| DeliverError::File { action: "read", path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_file() && metadata.mode() & 0o007 != 0 {
        // Not an error: a container, into which secrets are mounted, has no other users.
        let path = path.display();
        tracing::warn!(
            "{path}: all users of this machine can read the secret; run chmod 640 on the file"
        );
    }
    first_line(file).map_err(unreadable)
}

fn first_line(input: impl Read) -> io::Result<String> {
    let wrong = |reason: &str| Err(io::Error::other(reason.to_owned()));
    let mut bytes = Vec::new();
    input.take(LONGEST).read_to_end(&mut bytes)?;
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    if end as u64 == LONGEST {
        return wrong("the first line is too long for a password or token");
    }
    bytes.truncate(end);
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    match String::from_utf8(bytes) {
        Ok(line) if line.trim().is_empty() => {
            wrong("the first line is empty; write the password or token there")
        }
        Ok(line) if line.contains(char::is_control) => {
            wrong("the first line contains a control character and is not a password or token")
        }
        Ok(line) => Ok(line),
        Err(_) => wrong("the first line is not UTF-8"),
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
            ("", Err("the first line is empty")),
            ("\nsesame\n", Err("the first line is empty")),
            ("sesame\u{0}x", Err("control character")),
            (long.as_str(), Err("too long")),
        ] {
            let read = first_line(text.as_bytes()).map_err(|error| error.to_string());
            match expected {
                Ok(line) => assert_eq!(read.as_deref(), Ok(line)),
                Err(message) => {
                    let error = read.unwrap_err();
                    assert!(error.contains(message), "{error}");
                    assert!(!error.contains("sesame"), "{error}");
                }
            }
        }
    }
}
