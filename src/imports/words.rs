//! Splits a command line into words as a shell does, and runs nothing.

/// The words of a command line. `None` if a quote does not end.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\'' => {
                let text = word.get_or_insert_default();
                loop {
                    match rest.next()? {
                        '\'' => break,
                        other => text.push(other),
                    }
                }
            }
            '"' => {
                let text = word.get_or_insert_default();
                loop {
                    match rest.next()? {
                        '"' => break,
                        '\\' => match rest.next()? {
                            escaped @ ('"' | '\\' | '$' | '`') => text.push(escaped),
                            other => {
                                text.push('\\');
                                text.push(other);
                            }
                        },
                        other => text.push(other),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(rest.next()),
            '#' if word.is_none() => break,
            ' ' | '\t' => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_those_of_a_shell() {
        for (line, expected) in [
            ("a b  c", Some(vec!["a", "b", "c"])),
            (
                "--query=\"SELECT 'x' AS \\\"a b\\\"\" -w 5",
                Some(vec!["--query=SELECT 'x' AS \"a b\"", "-w", "5"]),
            ),
            ("-q 'a \"b\" \\' c # d", Some(vec!["-q", "a \"b\" \\", "c"])),
            ("a\\ b '' \"\\d\"", Some(vec!["a b", "", "\\d"])),
            ("x 'open", None),
            ("x \"open\\\"", None),
        ] {
            let found = words(line);
            let found: Option<Vec<&str>> =
                found.as_ref().map(|words| words.iter().map(String::as_str).collect());
            assert_eq!(found, expected, "{line}");
        }
    }
}
