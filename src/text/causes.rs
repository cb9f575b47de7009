//! An error and its causes in one line.

use super::visible::truncated;

/// Characters of one message at most. A server chooses a part of them.
const MOST: usize = 3000;

/// The messages of an error and of its causes, joined by colons. The messages of some libraries contain the cause; it is
/// not repeated.
pub fn one_line(error: &dyn std::error::Error) -> String {
    truncated(&each_within(error, MOST), 2 * MOST)
}

/// The same with other limits: `most` characters of each message, and no limit for all of them together.
pub fn each_within(error: &dyn std::error::Error, most: usize) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut whole: Vec<String> = Vec::new();
    for text in causes.map(ToString::to_string) {
        // The driver writes a server's detail and hint on separate lines.
        let text = text.replace("\nDETAIL: ", ": ").replace("\nHINT: ", " ");
        let text = truncated(&text, most);
        if !whole.iter().any(|part| part.contains(&text)) {
            whole.push(text);
        }
    }
    whole.join(": ")
}

/// The message of an error in the arguments in one line, as a plugin prints it.
pub fn usage_line(message: &str) -> String {
    let lines = message.trim_start_matches("error: ").lines().map(str::trim);
    let lines = lines.take_while(|line| !line.starts_with("Usage:"));
    let reason = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    // A monitoring system reads performance data after a bar.
    reason.replace(" tip: ", "; ").replace('|', "/")
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Outer {
        text: String,
        source: io::Error,
    }

    fn outer(text: &str, cause: &str) -> String {
        one_line(&Outer { text: text.to_owned(), source: io::Error::other(cause.to_owned()) })
    }

    #[test]
    fn a_cause_is_added_once_and_long_texts_are_cut() {
        assert_eq!(outer("cannot read", "no file"), "cannot read: no file");
        assert_eq!(outer("cannot read: no file", "no file"), "cannot read: no file");
        let refused = "FATAL: permission denied\nDETAIL: User does not have CONNECT privilege.";
        let expected = "db1: FATAL: permission denied: User does not have CONNECT privilege.";
        assert_eq!(outer(expected, refused), expected);
        let long = "x".repeat(40_000);
        assert!(outer(&long, &"y".repeat(40_000)).chars().count() <= 2 * MOST + 1);
        assert!(outer("short", &long).chars().count() < MOST + 20);
    }
}
