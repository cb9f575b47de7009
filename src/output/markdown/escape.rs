//! Makes text stand in Markdown as it is: no emphasis, no link, no HTML, no cell, no person called.
//!
//! Makes nothing of its own but a link whose address is harmless.

use crate::text::visible::visible;

/// The text, in which nothing means anything.
///
/// A backslash takes the meaning of every sign that has one, for a table's bar as well. GitHub looks for
/// people and addresses after that, and is kept from finding them by an empty comment.
pub(super) fn markdown(text: &str) -> String {
    let visible = visible(text);
    let mut escaped = String::with_capacity(visible.len() + 16);
    for character in visible.trim().chars() {
        // Signs that mean nothing between words would only make the source hard to read.
        let means_something =
            character.is_ascii_punctuation() && !",;%'\"/?=()".contains(character);
        if means_something {
            escaped.push('\\');
        }
        escaped.push(character);
        if character == '@' {
            escaped.push_str("<!-- -->");
        }
    }
    escaped
}

/// The address as a link; nothing, where it is none of the web, or has signs in it that need care.
pub(super) fn link(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let harmless =
        |character: char| character.is_ascii_alphanumeric() || "-._~/?#=&%+,;:".contains(character);
    let whole = ["http", "https"].contains(&scheme) && !rest.is_empty();
    (whole && rest.chars().all(harmless)).then(|| format!("Read more: <{url}>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_means_anything() {
        for (text, expected) in [
            ("96 %, a=b", "96 %, a=b"),
            ("a_b*c", r"a\_b\*c"),
            ("x | y", r"x \| y"),
            ("<b>&amp;", r"\<b\>\&amp;"),
            ("[a](b)", r"\[a\](b)"),
            ("@someone", r"\@<!-- -->someone"),
            ("www.example.org", r"www\.example\.org"),
            ("https://x.org", r"https\://x\.org"),
            (r"a\|b", r"a\\\|b"),
            ("two\nlines", r"two\\nlines"),
            ("1. ~~x~~ `y` #7", r"1\. \~\~x\~\~ \`y\` \#7"),
        ] {
            assert_eq!(markdown(text), expected);
        }
    }

    #[test]
    fn only_a_harmless_address_is_a_link() {
        for url in ["https://example.org/a?b=c#d", "http://example.org"] {
            assert_eq!(link(url), Some(format!("Read more: <{url}>")));
        }
        for url in [
            "javascript:alert(1)",
            "javascript://%0aalert(1)",
            "https://a b",
            "https://a>b",
            "https://a|b",
            "https://",
            "/usr/share/doc",
            "",
        ] {
            assert_eq!(link(url), None, "{url}");
        }
    }
}
