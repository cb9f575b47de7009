//! A message of SARIF: text for people in which nothing is a link or a place-holder.
//!
//! Says nothing of where the exact words are to be had: that is the document's business.

use serde::Serialize;

use crate::text::visible::visible;

/// A message.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Message {
    text: String,
}

/// The message that reads as the text does.
///
/// Braces would be place-holders (section 3.11.5 of the specification) and brackets links (3.11.6), made
/// by whoever chose the name that stands in the text.
pub(super) fn message(text: &str) -> Message {
    let visible = visible(text);
    let mut text = String::with_capacity(visible.len());
    for character in visible.chars() {
        match character {
            '{' => text.push_str("{{"),
            '}' => text.push_str("}}"),
            '[' | ']' => text.extend(['\\', character]),
            other => text.push(other),
        }
    }
    Message { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_link_nor_a_place_holder_comes_out() {
        let text = |text| message(text).text;
        assert_eq!(text("[here](https://example.org) {0}"), r"\[here\](https://example.org) {{0}}");
        assert_eq!(text("96 % of a\nb"), "96 % of a\\nb");
    }
}
