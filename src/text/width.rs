//! Measures text in columns of a terminal, and wraps it.

use unicode_width::UnicodeWidthStr;

/// The number of terminal columns that a text takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text in lines of at most `columns` columns. Lines are broken at blanks, and inside a word only if the word is
/// wider than a line. A URL is not broken, as a terminal could not open its parts. The result has at least one line; only an empty text makes an empty line.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for (position, word) in text.split(' ').enumerate() {
        if position > 0 {
            if width(&line) + 1 + width(word) <= columns {
                line.push(' ');
            } else {
                lines.push(std::mem::take(&mut line));
            }
        }
        line.push_str(word);
        while width(&line) > columns && !is_url(&line) {
            let rest = line.split_off(fitting(&line, columns));
            if rest.is_empty() {
                break;
            }
            lines.push(std::mem::replace(&mut line, rest));
        }
    }
    lines.push(line);
    let mut lines = lines.iter().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    lines.retain(|line| !line.is_empty());
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// Whether a word is a URL, also in parentheses or quotes.
fn is_url(word: &str) -> bool {
    let word = word.trim_start_matches(|first: char| first.is_ascii_punctuation());
    word.starts_with("https://") || word.starts_with("http://")
}

/// The length in bytes of the longest beginning that fits; at least one character.
fn fitting(text: &str, columns: usize) -> usize {
    let ends = text.char_indices().map(|(start, character)| start + character.len_utf8());
    let mut fitting = 0;
    for end in ends {
        if fitting > 0 && width(&text[..end]) > columns {
            break;
        }
        fitting = end;
    }
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_blanks_and_only_wide_words_are_broken() {
        for (text, columns, expected) in [
            ("", 5, &[""][..]),
            ("one two three", 7, &["one two", "three"]),
            ("abcdefgh", 3, &["abc", "def", "gh"]),
            ("a abcdefgh", 4, &["a", "abcd", "efgh"]),
            ("see https://example.org/a now", 8, &["see", "https://example.org/a", "now"]),
            ("(http://example.org)", 8, &["(http://example.org)"]),
            ("xhttp://example", 8, &["xhttp://", "example"]),
            ("表表表", 5, &["表表", "表"]),
            ("表", 1, &["表"]),
            ("a  b", 10, &["a  b"]),
            ("a       b", 3, &["a", "b"]),
            ("   ", 2, &[""]),
        ] {
            assert_eq!(wrap(text, columns), expected, "{text:?} in {columns}");
        }
    }
}
