//! Quotes text for the guard's shell and for the server's configuration.

use std::ffi::OsStr;

use super::error::TempServerError;

/// A job for the guard: a shell command line in which every word is quoted.
#[derive(Debug, Default)]
pub(super) struct GuardJob(Vec<u8>);

impl GuardJob {
    /// One program with its arguments.
    pub(super) fn new(command: &[&OsStr]) -> Self {
        let mut job = Self(b"run".to_vec());
        job.push(command);
        job
    }

    /// Adds a program that runs if the programs before it succeed.
    pub(super) fn then(mut self, command: &[&OsStr]) -> Self {
        self.0.extend_from_slice(b" &&");
        self.push(command);
        self
    }

    /// Writes a file if the programs before succeed. The guard's shell writes it, so that the file has the right owner
    /// and root follows no symbolic link.
    pub(super) fn then_write(mut self, redirection: &str, file: &str, text: &str) -> Self {
        // A line for the guard cannot contain a line break; `printf %b` decodes the backslashes.
        let text = text.replace('\\', r"\\").replace('\n', r"\n");
        self = self.then(&["printf".as_ref(), "%b".as_ref(), text.as_ref()]);
        self.0.extend_from_slice(redirection.as_bytes());
        self.0.extend_from_slice(&quoted(file.as_ref()));
        self
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn push(&mut self, command: &[&OsStr]) {
        for word in command {
            self.0.push(b' ');
            self.0.extend_from_slice(&quoted(word));
        }
    }
}

/// The lines of a configuration file. The last of two equal names applies.
pub(super) fn configuration(settings: &[(String, String)]) -> Result<String, TempServerError> {
    settings.iter().map(|(name, value)| assignment(name, value)).collect()
}

fn assignment(name: &str, value: &str) -> Result<String, TempServerError> {
    let first = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !first || !name.chars().all(|other| other.is_ascii_alphanumeric() || "_.".contains(other)) {
        return Err(TempServerError::Setting { name: name.to_owned() });
    }
    let value = value.replace('\\', r"\\").replace('\n', r"\n").replace('\'', "''");
    Ok(format!("{name} = '{value}'\n"))
}

/// A word for a shell, in single quotes.
fn quoted(word: &OsStr) -> Vec<u8> {
    let mut quoted = vec![b'\''];
    for &byte in word.as_encoded_bytes() {
        match byte {
            b'\'' => quoted.extend_from_slice(br"'\''"),
            _ => quoted.push(byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{GuardJob, configuration};

    #[test]
    fn a_shell_reads_every_word_unchanged() {
        let words = ["printf", "<%s>", "a b", "it's", "$HOME `id` \\ * \"", ""].map(AsRef::as_ref);
        let line = GuardJob::new(&words);
        let line = String::from_utf8(line.as_bytes().to_owned()).unwrap();
        let output = Command::new("/bin/sh").arg("-c").arg(&line["run ".len()..]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "<a b><it's><$HOME `id` \\ * \"><>");
    }

    #[test]
    fn a_file_is_written_unchanged() {
        let directory = tempfile::tempdir().unwrap();
        let (file, text) = (directory.path().join("it's"), "a\nb'c \\n %s $x \\\\\n");
        let line = GuardJob::new(&["true".as_ref()]).then_write(">", file.to_str().unwrap(), text);
        let line = String::from_utf8(line.as_bytes().to_owned()).unwrap();
        assert!(!line.contains('\n'), "{line:?}");
        assert!(
            Command::new("/bin/sh")
                .arg("-c")
                .arg(&line["run ".len()..])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(std::fs::read_to_string(file).unwrap(), text);
    }

    #[test]
    fn values_are_quoted_and_names_are_checked() {
        let setting = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
        assert_eq!(
            configuration(&setting("a.b_2", "it's \\x\n")).unwrap(),
            "a.b_2 = 'it''s \\\\x\\n'\n"
        );
        for name in ["", "2a", "a b", "a\nb", "a=b", ".a", "ä"] {
            let error = configuration(&setting(name, "")).unwrap_err().to_string();
            assert!(error.ends_with("is not the name of a PostgreSQL setting"), "{error}");
        }
    }
}
