//! Splits a page of Markdown into fenced blocks and the text between them.

use std::fmt;

/// A fenced block, or the lines between two of them.
pub(super) enum Part {
    Text(String),
    Block(Block),
}

/// A fenced block.
#[derive(Default)]
pub(super) struct Block {
    /// The word after the fence.
    pub(super) language: String,
    /// The file name in the line before the fence, if the line contains only a file name in backticks.
    pub(super) file: Option<String>,
    /// The last line of text before the fence.
    pub(super) before: String,
    /// The line of the page where it begins, from 1.
    pub(super) line: usize,
    /// Its content.
    pub(super) text: String,
}

/// The parts of a page, in order.
pub(super) fn parts(page: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut text, mut block): (String, Option<Block>) = (String::new(), None);
    for (number, line) in page.lines().enumerate() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(language)) => {
                let before =
                    text.lines().rfind(|line| !line.is_empty()).unwrap_or_default().to_owned();
                let name = before.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
                let file = name.filter(|name| name.contains('.') && !name.contains('`'));
                block = Some(Block {
                    language: language.to_owned(),
                    file: file.map(str::to_owned),
                    line: number + 1,
                    before: before.clone(),
                    text: String::new(),
                });
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            (None, None) => text.extend([line, "\n"]),
            (Some(_), Some("")) => parts.extend(block.take().map(Part::Block)),
            (Some(block), _) => block.text.extend([line, "\n"]),
        }
    }
    assert!(block.is_none(), "a block does not end");
    parts.push(Part::Text(text));
    parts
}

impl Block {
    /// The commands of a console, each with its output.
    pub(super) fn commands(&self) -> Vec<(&str, String)> {
        let mut commands: Vec<(&str, String)> = Vec::new();
        for line in self.text.lines() {
            match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push((command, String::new())),
                (None, Some((_, output))) => output.extend([line, "\n"]),
                (None, None) => panic!("line {}: output without a command", self.line),
            }
        }
        commands
    }

    /// The block with another content.
    pub(super) fn with(&self, text: &str) -> String {
        format!("```{}\n{text}```\n", self.language)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Text(text) => out.write_str(text),
            Part::Block(block) => out.write_str(&block.with(&block.text)),
        }
    }
}
