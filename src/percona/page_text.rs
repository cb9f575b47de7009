//! Texts of a file for a page or a manifest: in one line, visible, and without marks that Markdown reads.

use crate::text::visible::{is_plain, visible};

/// A text in one line of visible characters.
pub fn one_line(text: &str) -> String {
    visible(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A description without lines that would change the structure of the page.
pub fn paragraph(text: &str) -> String {
    text.trim()
        .lines()
        .map(|line| harmless(&visible(line.trim_end())))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A text from the file in one harmless line.
pub fn harmless_line(text: &str) -> String {
    harmless(&one_line(text))
}

/// A line in which Markdown finds no heading, code block, tag or comment. These could hide the lines after it, and "To
/// review" is the last section.
fn harmless(line: &str) -> String {
    let before = |c: char| c.is_whitespace() || c.is_ascii_digit() || "->*+.)".contains(c);
    let begins = line.trim_start_matches(before);
    let whole = line.trim();
    let underlines =
        ['=', '-'].into_iter().any(|sign| !whole.is_empty() && whole.trim_matches(sign).is_empty());
    let mut harmless = String::new();
    if begins.starts_with('#') || begins.starts_with("```") || begins.starts_with("~~~") {
        harmless.push_str(line[..line.len() - begins.len()].trim_start());
        harmless.push('\\');
        harmless.push_str(begins);
    } else if underlines {
        harmless.push('\\');
        harmless.push_str(whole);
    } else {
        harmless.push_str(line);
    }
    escape_tags(&harmless)
}

/// The line with a backslash before each bracket that begins a tag.
fn escape_tags(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        let tag = |next: &char| next.is_ascii_alphabetic() || matches!(next, '!' | '/' | '?');
        if character == '<' && rest.peek().is_some_and(tag) {
            shown.push('\\');
        }
        shown.push(character);
    }
    shown
}

/// A remark on characters that a reader of the text does not see. They can hide what the text does.
pub fn invisible(what: &str, text: &str) -> Option<String> {
    let hidden = |line: &str| line.replace('\t', "").chars().find(|&one| !is_plain(one));
    let (number, hidden) =
        (1..).zip(text.lines()).find_map(|(number, line)| Some((number, hidden(line)?)))?;
    Some(format!(
        "{what} contains characters that are invisible or change the direction of the text; the first is U+{:04X} in line {number}.",
        u32::from(hidden)
    ))
}
