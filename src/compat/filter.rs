//! Turns the filters of the other plugins, names and regular expressions, into posemo's patterns.

use std::iter::Peekable;
use std::str::Chars;

/// The largest number of patterns that one regular expression becomes.
const MOST: usize = 32;

/// A name as a pattern that matches only it.
pub(super) fn exact(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len());
    for letter in name.chars() {
        if matches!(letter, '*' | '?' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

/// The deepest group in groups.
const DEEPEST: usize = 8;

/// The patterns that match what a regular expression matches; nothing if patterns cannot express it.
///
/// Literal letters, `.`, `.*`, `.+`, `\.` and anchors have a counterpart. Alternatives, groups of them, sets of letters, `\d` and
/// `?` make several patterns.
pub fn of_regex(regex: &str) -> Option<Vec<String>> {
    let mut expander = RegexExpander { letters: regex.chars().peekable() };
    let alternatives = expander.alternatives(0)?;
    // A parenthesis without a beginning is left.
    if expander.letters.next().is_some() {
        return None;
    }
    let mut patterns = Vec::new();
    for one in &alternatives {
        let pattern = alternative(one)?;
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    Some(patterns)
}

/// Reads a regular expression as several without groups and sets.
struct RegexExpander<'r> {
    letters: Peekable<Chars<'r>>,
}

impl RegexExpander<'_> {
    fn alternatives(&mut self, depth: usize) -> Option<Vec<String>> {
        let mut all = self.sequence(depth)?;
        while self.letters.next_if_eq(&'|').is_some() {
            all.extend(self.sequence(depth)?);
            if all.len() > MOST {
                return None;
            }
        }
        Some(all)
    }

    fn sequence(&mut self, depth: usize) -> Option<Vec<String>> {
        let mut texts = vec![String::new()];
        while let Some(letter) = self.letters.next_if(|letter| !matches!(letter, '|' | ')')) {
            let mut pieces = match letter {
                '(' if depth < DEEPEST => self.group(depth + 1)?,
                '[' => self.set()?,
                '.' => vec![self.dots()],
                '\\' => match self.letters.next()? {
                    'd' => ('0'..='9').map(String::from).collect(),
                    escaped => vec![format!("\\{escaped}")],
                },
                '*' | '+' | '?' | '(' | ']' | '{' | '}' => return None,
                plain => vec![plain.to_string()],
            };
            if self.letters.next_if_eq(&'?').is_some() {
                pieces.push(String::new());
            }
            if self.letters.peek().is_some_and(|next| "*+?{".contains(*next)) {
                return None;
            }
            if texts.len() * pieces.len() > MOST {
                return None;
            }
            let joined =
                texts.iter().flat_map(|text| pieces.iter().map(move |piece| text.clone() + piece));
            texts = joined.collect();
        }
        Some(texts)
    }

    /// The alternatives of a group, after its parenthesis.
    fn group(&mut self, depth: usize) -> Option<Vec<String>> {
        if self.letters.next_if_eq(&'?').is_some() {
            self.letters.next_if_eq(&':')?;
        }
        let inner = self.alternatives(depth)?;
        self.letters.next_if_eq(&')')?;
        Some(inner)
    }

    /// The letters of a set, after its bracket.
    fn set(&mut self) -> Option<Vec<String>> {
        let mut letters: Vec<char> = Vec::new();
        loop {
            match self.letters.next()? {
                ']' if !letters.is_empty() => break,
                '-' if !letters.is_empty() && self.letters.peek() != Some(&']') => {
                    let (start, end) = (*letters.last()?, self.letters.next()?);
                    if !start.is_ascii_alphanumeric() || !end.is_ascii_alphanumeric() || end < start
                    {
                        return None;
                    }
                    letters.extend((start..=end).skip(1));
                }
                '^' | '[' | ']' => return None,
                '\\' => {
                    letters.push(self.letters.next_if(|letter| !letter.is_ascii_alphanumeric())?);
                }
                plain => letters.push(plain),
            }
            if letters.len() > MOST {
                return None;
            }
        }
        let literal = |letter: &char| match letter {
            plain if plain.is_ascii_alphanumeric() => plain.to_string(),
            other => format!("\\{other}"),
        };
        Some(letters.iter().map(literal).collect())
    }

    /// A dot and its repetition.
    fn dots(&mut self) -> String {
        match self.letters.next_if(|next| "*+".contains(*next)) {
            // The shortest match is a match.
            Some(repeated) => {
                self.letters.next_if_eq(&'?');
                format!(".{repeated}")
            }
            None => ".".to_owned(),
        }
    }
}

fn alternative(regex: &str) -> Option<String> {
    let (starts, rest) = match regex.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, regex),
    };
    let (middle, ends) = match rest.strip_suffix('$') {
        Some(middle) if !middle.ends_with('\\') => (middle, true),
        _ => (rest, false),
    };
    let mut pattern = String::new();
    // Two stars are one, unless the first is a letter of the name.
    let any = |pattern: &mut String| {
        if !pattern.ends_with('*') || pattern.ends_with("\\*") {
            pattern.push('*');
        }
    };
    if !starts {
        any(&mut pattern);
    }
    let mut letters = middle.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '.' => match letters.next_if(|next| "*+".contains(*next)) {
                Some('*') => any(&mut pattern),
                Some(_) => pattern.push_str("?*"),
                None => pattern.push('?'),
            },
            '\\' => match letters.next()? {
                escaped if escaped.is_ascii_alphanumeric() => return None,
                escaped => pattern.push_str(&exact(escaped.encode_utf8(&mut [0; 4]))),
            },
            '^' | '$' => return None,
            plain => pattern.push(plain),
        }
    }
    if !ends {
        any(&mut pattern);
    }
    Some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::pattern::NamePattern;

    #[test]
    fn regular_expressions_become_patterns() {
        for (regex, expected) in [
            ("^test", Some(vec!["test*"])),
            ("tmp", Some(vec!["*tmp*"])),
            ("^app$", Some(vec!["app"])),
            ("_old$", Some(vec!["*_old"])),
            ("^a.b$", Some(vec!["a?b"])),
            ("^a\\.b$", Some(vec!["a.b"])),
            ("^pg_.*", Some(vec!["pg_*"])),
            ("a|^b$", Some(vec!["*a*", "b"])),
            ("^(a|b)$", Some(vec!["a", "b"])),
            ("^(a|b)c", Some(vec!["ac*", "bc*"])),
            ("^(?:a|(b|c)d)_$", Some(vec!["a_", "bd_", "cd_"])),
            ("^template[01]$", Some(vec!["template0", "template1"])),
            ("^t[a-c_.]$", Some(vec!["ta", "tb", "tc", "t_", "t."])),
            ("^a[-*]$", Some(vec!["a-", "a\\*"])),
            ("^a\\d$", Some(vec!["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"])),
            ("^logs?$", Some(vec!["logs", "log"])),
            ("^a.?$", Some(vec!["a?", "a"])),
            ("a.?", Some(vec!["*a?*", "*a*"])),
            ("^a.*?b$", Some(vec!["a*b"])),
            ("(^a|b$)", Some(vec!["a*", "*b"])),
            ("^a\\*", Some(vec!["a\\**"])),
            ("^a\\\\.*b", Some(vec!["a\\\\*b*"])),
            ("^a.+.*", Some(vec!["a?*"])),
            ("x|", Some(vec!["*x*", "*"])),
            ("[0-9]+", None),
            ("a+", None),
            ("a(b)*", None),
            ("(?i:sleep)", None),
            ("[^a]", None),
            ("[[:alpha:]]", None),
            ("[b-a]", None),
            ("[", None),
            ("[]", None),
            ("(", None),
            (")", None),
            ("a)b", None),
            ("\\", None),
            ("\\w", None),
            ("\\d\\d", None),
            ("a^b", None),
            ("(a$)b", None),
            ("a{2}", None),
            ("?a", None),
            ("a??", None),
        ] {
            let expected = expected.map(|all| all.into_iter().map(str::to_owned).collect());
            assert_eq!(of_regex(regex), expected, "{regex}");
        }
        assert_eq!(of_regex(&"a|".repeat(40)), None);
    }

    #[test]
    fn a_name_matches_only_itself() {
        let pattern = NamePattern::new(&exact("a*b?c\\d"));
        assert!(pattern.matches("a*b?c\\d") && !pattern.matches("axb?c\\d"));
    }
}
