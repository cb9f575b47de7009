//! Turns the filters of the other plugins, names and regular expressions, into posemo's patterns.

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

/// The patterns that match what a regular expression matches; nothing if patterns cannot express it.
///
/// Literal letters, `.`, `.*`, `.+`, `\.`, anchors and alternatives at the top have a counterpart.
pub fn of_regex(regex: &str) -> Option<Vec<String>> {
    let grouped = |text: &str| {
        let inner = text.strip_prefix("^(")?.strip_suffix(")$")?;
        (!inner.contains(['(', ')']))
            .then(|| inner.split('|').map(|one| format!("^{one}$")).collect())
    };
    let alternatives: Vec<String> =
        grouped(regex).unwrap_or_else(|| regex.split('|').map(str::to_owned).collect());
    if alternatives.len() > MOST {
        return None;
    }
    alternatives.iter().map(|one| alternative(one)).collect()
}

fn alternative(regex: &str) -> Option<String> {
    let (start, rest) = match regex.strip_prefix('^') {
        Some(rest) => ("", rest),
        None => ("*", regex),
    };
    let (middle, end) = match rest.strip_suffix('$') {
        Some(middle) if !middle.ends_with('\\') => (middle, ""),
        _ => (rest, "*"),
    };
    let mut pattern = start.to_owned();
    let mut letters = middle.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '.' => match letters.next_if(|next| "*+".contains(*next)) {
                Some('*') => pattern.push('*'),
                Some(_) => pattern.push_str("?*"),
                None => pattern.push('?'),
            },
            '\\' => match letters.next()? {
                escaped if escaped.is_ascii_alphanumeric() => return None,
                escaped => pattern.push_str(&exact(escaped.encode_utf8(&mut [0; 4]))),
            },
            '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            plain => pattern.push(plain),
        }
        // A repetition of the letter before.
        if letters.peek().is_some_and(|next| "*+?{".contains(*next)) {
            return None;
        }
    }
    pattern.push_str(end);
    while pattern.contains("**") {
        pattern = pattern.replace("**", "*");
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
            ("[0-9]+", None),
            ("a+", None),
            ("\\d", None),
            ("(a|b)c", None),
            ("a.?", None),
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
