//! The words of a command line: programs that call others, their options, variables and passwords.

use crate::text::shell_words::ShellWord;

/// The last part of a path.
pub(super) fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Programs in the same line that do not call the plugin, although a word of them can name it.
pub(super) fn is_harmless(program: &str) -> bool {
    matches!(
        program,
        "echo"
            | "grep"
            | "test"
            | "["
            | "cd"
            | "rm"
            | "cat"
            | "sed"
            | "awk"
            | "printf"
            | "ls"
            | "head"
            | "tail"
            | "tee"
            | "true"
            | "exit"
    )
}

/// The words after the options of a program that calls another one.
pub(super) fn after_options<'w>(words: &'w [ShellWord], with_value: &[&str]) -> &'w [ShellWord] {
    let mut rest = words;
    while let [first, tail @ ..] = rest {
        let text = first.text.as_str();
        if text == "--" {
            return tail;
        }
        if !text.starts_with('-') {
            break;
        }
        rest = if with_value.contains(&text) { tail.get(1..).unwrap_or_default() } else { tail };
    }
    rest
}

/// `NAME=VALUE`, if the name is one of a variable.
pub(super) fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_name.then_some((name, value))
}

/// The value of an option with a letter or a long name.
pub(super) fn option(words: &[ShellWord], letter: &str, long: &str) -> Option<String> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = word.text.as_str();
        if text == letter || text == long {
            return words.next().map(|word| word.text.clone());
        }
        let attached = text.strip_prefix(long).and_then(|rest| rest.strip_prefix('='));
        if let Some(value) = attached.or_else(|| text.strip_prefix(letter)) {
            return Some(value.to_owned());
        }
    }
    None
}

/// Whether a name is that of the option with a password, or a beginning of it.
pub(super) fn is_password(name: &str) -> bool {
    let name = name.trim_end_matches(|last: char| last.is_ascii_digit());
    name == "dbpass" || name == "dbpas" || name == "dbpa" || name.starts_with("dbpass")
}
