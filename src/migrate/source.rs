//! A file of another program, and its lines.

use std::path::PathBuf;
use std::rc::Rc;

use super::place::DefinitionPlace;

/// A file that was read.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    /// Its path.
    pub path: PathBuf,
    /// Its name in messages.
    pub name: Rc<str>,
    /// Its text. Bytes that are not UTF-8 are replaced.
    pub text: String,
}

impl SourceFile {
    /// A line of the file.
    pub(super) fn place(&self, line: usize) -> DefinitionPlace {
        DefinitionPlace { file: Rc::clone(&self.name), line }
    }

    /// The lines without comments; one that ends with a backslash continues in the next.
    pub(super) fn logical_lines(&self) -> Vec<(DefinitionPlace, String)> {
        let mut lines: Vec<(DefinitionPlace, String)> = Vec::new();
        let mut open = false;
        for (number, line) in (1..).zip(self.text.lines()) {
            if !open && line.trim_start().starts_with('#') {
                continue;
            }
            // Two backslashes at the end are an escaped one.
            let (content, continues) = match line.strip_suffix('\\') {
                Some(content) if !content.ends_with('\\') => (content, true),
                _ => (line, false),
            };
            match lines.last_mut().filter(|_| open) {
                Some((_, whole)) => whole.push_str(content.trim_start()),
                None => lines.push((self.place(number), content.to_owned())),
            }
            open = continues;
        }
        lines
    }
}
