//! Text for the guard's shell and for the server's configuration, quoted.
//!
//! Pure: runs and writes nothing.

use std::ffi::OsStr;

use super::error::TempServerError;

/// A shell command line in the making; every word is quoted.
#[derive(Debug, Default)]
pub(super) struct Line(Vec<u8>);

impl Line {
    /// A job for the guard: one program with its arguments.
    pub(super) fn run(words: &[&OsStr]) -> Self {
        let mut line = Self(b"run".to_vec());
        line.words(words);
        line
    }

    /// Adds a program that runs if those before it succeeded.
    pub(super) fn then(mut self, words: &[&OsStr]) -> Self {
        self.0.extend_from_slice(b" &&");
        self.words(words);
        self
    }

    /// Adds the writing of a file, under the same condition. The guard's shell writes it, so that it has
    /// the right owner and nobody can make root follow a link.
    pub(super) fn then_write(mut self, redirection: &str, file: &str, text: &str) -> Self {
        // `printf %b` undoes the backslashes: a line for the guard cannot hold a line break.
        let text = text.replace('\\', r"\\").replace('\n', r"\n");
        self = self.then(&["printf".as_ref(), "%b".as_ref(), text.as_ref()]);
        self.0.extend_from_slice(redirection.as_bytes());
        self.0.extend_from_slice(&quoted(file.as_ref()));
        self
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn words(&mut self, words: &[&OsStr]) {
        for word in words {
            self.0.push(b' ');
            self.0.extend_from_slice(&quoted(word));
        }
    }
}

/// The lines of a configuration file, the last of two equal names counting.
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

/// One word for a shell, in single quotes.
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

    use super::{Line, configuration};

    #[test]
    fn a_shell_takes_every_word_as_it_was() {
        let words = ["printf", "<%s>", "a b", "it's", "$HOME `id` \\ * \"", ""].map(AsRef::as_ref);
        let line = Line::run(&words);
        let line = String::from_utf8(line.as_bytes().to_owned()).unwrap();
        let output = Command::new("/bin/sh").arg("-c").arg(&line["run ".len()..]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "<a b><it's><$HOME `id` \\ * \"><>");
    }

    #[test]
    fn a_file_is_written_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let (file, text) = (directory.path().join("it's"), "a\nb'c \\n %s $x \\\\\n");
        let line = Line::run(&["true".as_ref()]).then_write(">", file.to_str().unwrap(), text);
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
