//! Patterns for names, as in file names: `*` matches any text, `?` one character.

use std::fmt;

/// A pattern for names. A backslash before `*`, `?` or `\` removes the special meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    text: String,
    parts: Vec<PatternPart>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PatternPart {
    Text,
    One,
    Exactly(char),
}

impl NamePattern {
    /// The pattern of a text. Every text is a pattern.
    pub fn new(text: &str) -> NamePattern {
        let mut parts = Vec::new();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            parts.push(match character {
                '*' => PatternPart::Text,
                '?' => PatternPart::One,
                '\\' => {
                    let escaped = characters.next_if(|next| ['*', '?', '\\'].contains(next));
                    PatternPart::Exactly(escaped.unwrap_or('\\'))
                }
                other => PatternPart::Exactly(other),
            });
        }
        parts.dedup_by(|a, b| *a == PatternPart::Text && *b == PatternPart::Text);
        NamePattern { text: text.to_owned(), parts }
    }

    /// The name, if only one name matches.
    pub fn exact(&self) -> Option<String> {
        let one = |part: &PatternPart| match part {
            PatternPart::Exactly(character) => Some(*character),
            PatternPart::Text | PatternPart::One => None,
        };
        self.parts.iter().map(one).collect()
    }

    /// Whether a name matches. The time is at most the product of both lengths.
    pub fn matches(&self, name: &str) -> bool {
        let (mut rest, mut part) = (name.chars(), 0);
        // Where to continue if the rest does not match: after the last `*`, one character later each time.
        let mut retry = None;
        loop {
            let before = rest.clone();
            let fits = match (self.parts.get(part), rest.next()) {
                (None, None) => return true,
                (Some(PatternPart::Text), _) => {
                    rest = before.clone();
                    retry = Some((part, before));
                    true
                }
                (Some(PatternPart::One), Some(_)) => true,
                (Some(PatternPart::Exactly(wanted)), Some(found)) => *wanted == found,
                (None, Some(_)) | (Some(_), None) => false,
            };
            if fits {
                part += 1;
                continue;
            }
            let Some((text, later)) = &mut retry else { return false };
            if later.next().is_none() {
                return false;
            }
            (part, rest) = (*text + 1, later.clone());
        }
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_in_file_names() {
        for (pattern, good, bad) in [
            ("", &[""][..], &["a"][..]),
            ("a", &["a"], &["", "A", "ab", "ba"]),
            ("*", &["", "a", "a.b", "ä\n"], &[]),
            ("public.seq_*", &["public.seq_", "public.seq_1"], &["public.seq", "xpublic.seq_1"]),
            ("*_seq", &["_seq", "a_seq", "a_seq_seq"], &["a_seq2"]),
            ("a*b*c", &["abc", "aXbXbXc", "abbc"], &["ab", "acb", "abcd"]),
            ("?", &["a", "ä"], &["", "ab"]),
            ("a?c*", &["abc", "abcd"], &["ac"]),
            (r"a\*", &["a*"], &["a", "ab"]),
            (r"a\\\?", &[r"a\?"], &[r"a\x"]),
            (r"a\b", &[r"a\b"], &["ab"]),
        ] {
            let parsed = NamePattern::new(pattern);
            for name in good {
                assert!(parsed.matches(name), "{pattern} {name}");
            }
            for name in bad {
                assert!(!parsed.matches(name), "{pattern} {name}");
            }
        }
        assert_eq!(NamePattern::new(r"a\*").exact().as_deref(), Some("a*"));
        assert_eq!(NamePattern::new("a*").exact(), None);
    }

    #[test]
    fn a_long_name_takes_little_time() {
        let began = std::time::Instant::now();
        let pattern = NamePattern::new(&"a*".repeat(1000));
        assert!(!pattern.matches(&format!("{}b{}", "a".repeat(999), "c".repeat(10_000))));
        assert!(began.elapsed() < std::time::Duration::from_secs(5));
    }
}
