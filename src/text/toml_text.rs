//! Values of TOML in one line each, whatever they contain.

use std::fmt::Write as _;

use super::visible::is_plain;

/// A text as a basic string.
pub fn text(text: &str) -> String {
    let mut written = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            _ if is_plain(letter) => written.push(letter),
            _ => {
                let _ = write!(written, "\\U{:08X}", u32::from(letter));
            }
        }
    }
    written.push('"');
    written
}

/// A list of texts.
pub fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|one| text(one)).collect();
    format!("[{}]", texts.join(", "))
}

/// A part of a key.
pub fn key(part: &str) -> String {
    let is_bare = !part.is_empty()
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if is_bare { part.to_owned() } else { text(part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_text_stays_one_value() {
        for sample in ["plain", "a\"b\\c", "x\n[targets.evil]", "\u{202e}\u{0}", "'", "größe", ""]
        {
            let line = format!("{} = {}\n", key(sample), list(&[sample.to_owned()]));
            let read: toml::Table =
                toml::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!(read[sample][0].as_str(), Some(sample), "{line}");
            assert_eq!(line.lines().count(), 1);
        }
    }
}
