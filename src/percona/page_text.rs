//! Texts of a file for a page or a manifest: in one line, visible, and without marks that Markdown reads.

use crate::text::visible::{is_plain, truncated, visible};

/// A text in one line of visible characters.
pub fn one_line(text: &str) -> String {
    visible(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A description without lines that would change the structure of the page.
pub fn paragraph(text: &str) -> String {
    text.trim()
        .lines()
        .map(|line| harmless(&escaped(&visible(line.trim_end()), true)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A text from the file in one harmless line.
pub fn harmless_line(text: &str) -> String {
    harmless(&escaped(&one_line(text), true))
}

/// A remark in one harmless line. Its pairs of backticks stay; what Markdown shows as code is harmless.
pub fn harmless_remark(text: &str) -> String {
    /// The longest remark, in characters. Names of a file can be longer.
    const LONGEST: usize = 2_000;
    harmless(&escaped(&truncated(&one_line(text), LONGEST), false))
}

/// A text from the file as code. A longer run of backticks than any in the text encloses it.
pub fn code(text: &str) -> String {
    let text = one_line(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let blank = if longest > 0 { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// The text with a backslash before each character with which Markdown begins code, a link or an image, and before each
/// backslash that would escape the next character. Without `all`, pairs of backticks stay, with what is between them.
fn escaped(text: &str, all: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        if character == '`' {
            let run = &rest[..rest.len() - rest.trim_start_matches('`').len()];
            let end = end_of_code(&rest[run.len()..], run.len()).filter(|_| !all);
            if let Some(end) = end {
                let end = run.len() + end;
                shown.push_str(&rest[..end]);
                rest = &rest[end..];
            } else {
                shown.push_str(&"\\`".repeat(run.len()));
                rest = &rest[run.len()..];
            }
            continue;
        }
        let next = after.chars().next();
        let escapes = match character {
            '[' | ']' => true,
            '!' => next == Some('['),
            '\\' => next.is_none_or(|next| next.is_ascii_punctuation()),
            _ => false,
        };
        if escapes {
            shown.push('\\');
        }
        shown.push(character);
        rest = after;
    }
    shown
}

/// Where code ends that begins before a text: after the first run of exactly as many backticks.
fn end_of_code(text: &str, length: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(start) = text[at..].find('`').map(|start| at + start) {
        let end = start + text[start..].len() - text[start..].trim_start_matches('`').len();
        if end - start == length {
            return Some(end);
        }
        at = end;
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_texts_contain_no_links_and_no_code() {
        for (text, expected) in [
            ("![x](http://evil/x.png)", "\\!\\[x\\](http://evil/x.png)"),
            ("a [b](c) `d` Done!", "a \\[b\\](c) \\`d\\` Done!"),
            ("\\[x](y) \\x1b \\", "\\\\\\[x\\](y) \\x1b \\\\"),
            ("\\<img src=x>", "\\\\\\<img src=x>"),
        ] {
            assert_eq!(harmless_line(text), expected);
        }
    }

    #[test]
    fn remarks_keep_their_code() {
        for (text, expected) in [
            ("`tags: [x]`: [y](z)", "`tags: [x]`: \\[y\\](z)"),
            ("`a` is `b`` ![c](d)", "`a` is \\`b\\`\\` \\!\\[c\\](d)"),
            ("``a`b`` [c]", "``a`b`` \\[c\\]"),
        ] {
            assert_eq!(harmless_remark(text), expected);
        }
        assert_eq!(code("a b"), "`a b`");
        assert_eq!(code("`x` ``[y](z)"), "``` `x` ``[y](z) ```");
    }
}
