//! Measures text in columns of a terminal, and wraps it.

use unicode_width::UnicodeWidthStr;

/// How many columns of a terminal a text takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text in lines that fit into so many columns, broken at blanks, and inside a word only where it
/// is wider than a line. There is one line at least, and only an
/// empty text makes an empty one.
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
        while width(&line) > columns {
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

/// The length in bytes of the longest beginning that fits, and of one character at the least.
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
    fn wraps_at_blanks_and_breaks_only_what_is_too_wide() {
        for (text, columns, expected) in [
            ("", 5, &[""][..]),
            ("one two three", 7, &["one two", "three"]),
            ("abcdefgh", 3, &["abc", "def", "gh"]),
            ("a abcdefgh", 4, &["a", "abcd", "efgh"]),
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
