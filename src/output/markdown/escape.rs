//! Escapes text for Markdown: it makes no emphasis, link, HTML, cell or mention of a user.
//!
//! The only link is made by `link`, of a harmless address.

use crate::text::visible::visible;

/// The text with each character escaped that has a meaning in Markdown, also in a table.
///
/// GitHub searches the result for names of users and addresses; an empty comment prevents that it finds one.
pub(super) fn markdown(text: &str) -> String {
    let visible = visible(text);
    let mut escaped = String::with_capacity(visible.len() + 16);
    for character in visible.trim().chars() {
        // These have no meaning between words; escaping them would only make the source hard to read.
        let has_meaning = character.is_ascii_punctuation() && !",;%'\"/?=()".contains(character);
        if has_meaning {
            escaped.push('\\');
        }
        escaped.push(character);
        if character == '@' {
            escaped.push_str("<!-- -->");
        }
    }
    escaped
}

/// The address as a link; `None` if it is not an `http` or `https` URL, or has characters that would need escapes.
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
    fn escaped_text_has_no_meaning() {
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
