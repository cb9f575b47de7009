//! Reads a script of an advisor check as text: the severities that it returns, and where it uses a column.
//!
//! It runs nothing. What a script computes is not found.

/// A part of a script, without comments.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ScriptToken {
    /// The content of a string literal.
    Literal(String),
    /// A name, a keyword or a number.
    Word(String),
    /// Any other character.
    Sign(char),
}

/// The tokens of a script, each with its line, from 1.
pub(super) struct ScriptText<'s> {
    script: &'s str,
    tokens: Vec<(usize, ScriptToken)>,
}

impl ScriptText<'_> {
    pub(super) fn new(script: &str) -> ScriptText<'_> {
        ScriptText { script, tokens: tokens(script) }
    }

    /// The severities that are written as literals in findings, with their lines: in a dict, as an argument of `dict()`,
    /// after `else`, or as the value of a variable that is used there.
    pub(super) fn severities(&self) -> Vec<(usize, &str)> {
        let mut found = Vec::new();
        for index in 0..self.tokens.len() {
            let value = match (self.at(index), self.at(index + 1), self.at(index + 2)) {
                (Some(ScriptToken::Literal(key)), Some(ScriptToken::Sign(':')), _)
                    if key == "severity" =>
                {
                    index + 2
                }
                (
                    Some(ScriptToken::Literal(key)),
                    Some(ScriptToken::Sign(']')),
                    Some(ScriptToken::Sign('=')),
                ) if key == "severity" => index + 3,
                (Some(ScriptToken::Word(key)), Some(ScriptToken::Sign('=')), _)
                    if key == "severity" && self.is_argument(index) =>
                {
                    index + 2
                }
                _ => continue,
            };
            match self.at(value) {
                Some(ScriptToken::Word(name)) if self.ends(value + 1) => {
                    for assigned in self.assignments(name) {
                        self.literals(assigned, &mut found);
                    }
                }
                _ => self.literals(value, &mut found),
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The first condition of the script that uses a column, or else the first line that does, with its number.
    pub(super) fn use_of(&self, column: &str) -> Option<(usize, &str)> {
        let is_use = |index: usize| {
            let before = |distance: usize| index.checked_sub(distance).and_then(|at| self.at(at));
            let index_of = before(1) == Some(&ScriptToken::Sign('['))
                && self.at(index + 1) == Some(&ScriptToken::Sign(']'));
            let argument_of_get = before(1) == Some(&ScriptToken::Sign('('))
                && before(2) == Some(&ScriptToken::Word("get".to_owned()));
            index_of || argument_of_get
        };
        let mut first = None;
        for (index, (number, token)) in self.tokens.iter().enumerate() {
            if !matches!(token, ScriptToken::Literal(text) if text == column) || !is_use(index) {
                continue;
            }
            let line = self.script.lines().nth(number - 1).unwrap_or_default().trim();
            if ["if ", "elif ", "while "].iter().any(|word| line.starts_with(word)) {
                return Some((*number, line));
            }
            first.get_or_insert((*number, line));
        }
        first
    }

    fn at(&self, index: usize) -> Option<&ScriptToken> {
        self.tokens.get(index).map(|(_, token)| token)
    }

    /// Whether a value ends before a token.
    fn ends(&self, index: usize) -> bool {
        matches!(
            self.at(index),
            None | Some(ScriptToken::Sign(',' | '}' | ')') | ScriptToken::Word(_))
        )
    }

    fn is_argument(&self, index: usize) -> bool {
        let before = index.checked_sub(1).and_then(|before| self.at(before));
        matches!(before, Some(ScriptToken::Sign('(' | ',')))
    }

    /// Where the values of a variable begin.
    fn assignments(&self, name: &str) -> impl Iterator<Item = usize> {
        (0..self.tokens.len()).filter_map(move |index| {
            let is_name = matches!(self.at(index), Some(ScriptToken::Word(word)) if word == name);
            let assigns = self.at(index + 1) == Some(&ScriptToken::Sign('='))
                && self.at(index + 2) != Some(&ScriptToken::Sign('='));
            (is_name && assigns).then_some(index + 2)
        })
    }

    /// The literal at a position, and the one after `else` in the same line. A literal that is a part of an expression is
    /// not a severity.
    fn literals<'t>(&'t self, start: usize, found: &mut Vec<(usize, &'t str)>) {
        let Some((line, ScriptToken::Literal(word))) = self.tokens.get(start) else { return };
        if !self.ends(start + 1) {
            return;
        }
        found.push((*line, word));
        if self.at(start + 1) != Some(&ScriptToken::Word("if".to_owned())) {
            return;
        }
        let rest = self.tokens[start + 1..].iter().take_while(|(other, _)| other == line);
        let is_else =
            |token: &ScriptToken| matches!(token, ScriptToken::Word(word) if word == "else");
        let after = rest.skip_while(|(_, token)| !is_else(token)).nth(1);
        if let Some((line, ScriptToken::Literal(word))) = after {
            found.push((*line, word));
        }
    }
}

fn tokens(script: &str) -> Vec<(usize, ScriptToken)> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (script, 1);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => {
                let (content, length) = literal(rest, first);
                tokens.push((line, ScriptToken::Literal(content.to_owned())));
                length
            }
            _ if first.is_alphanumeric() || first == '_' => {
                let in_word = |letter: char| letter.is_alphanumeric() || letter == '_';
                let end = rest.find(|letter| !in_word(letter)).unwrap_or(rest.len());
                tokens.push((line, ScriptToken::Word(rest[..end].to_owned())));
                end
            }
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                tokens.push((line, ScriptToken::Sign(first)));
                first.len_utf8()
            }
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// The content of the string literal at the start of a text, with its escapes, and the length of the literal.
fn literal(text: &str, quote: char) -> (&str, usize) {
    let triple = [quote; 3].iter().collect::<String>();
    let single = quote.to_string();
    let mark = if text.starts_with(&triple) { &triple } else { &single };
    let mut at = mark.len();
    while at < text.len() {
        if text[at..].starts_with(mark.as_str()) {
            return (&text[mark.len()..at], at + mark.len());
        }
        let mut letters = text[at..].chars();
        let first = letters.next().map_or(1, char::len_utf8);
        let escaped = text[at..].starts_with('\\');
        at += first + if escaped { letters.next().map_or(0, char::len_utf8) } else { 0 };
    }
    (&text[mark.len().min(text.len())..], text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_found_where_findings_have_them() {
        for (script, expected) in [
            (r#"return [{"severity": "error", "x": "y"}]"#, &["error"][..]),
            (r"{'severity': 'eror'}", &["eror"]),
            (
                r#"{"severity": "error" if row["a"] == "on" else "warnin", "x": 1}"#,
                &["error", "warnin"],
            ),
            (
                "level = \"a\"\nif x == \"y\":\n    level = \"b\"\nr = {\"severity\": level}",
                &["a", "b"],
            ),
            (r#"f["severity"] = "x""#, &["x"]),
            (r#"dict(summary="s", severity="x")"#, &["x"]),
            ("# {\"severity\": \"comment\"}\n", &[]),
            (r#""""{"severity": "text"}""""#, &[]),
            (r#"{"severity": "war" + "ning"}"#, &[]),
            (r#"{"severity": name("x")}"#, &[]),
            (r#"{"summary": "severity", "x": "y"}"#, &[]),
            (r#""\"", {"severity": "a"#, &["a"]),
        ] {
            let text = ScriptText::new(script);
            let found: Vec<&str> = text.severities().into_iter().map(|(_, word)| word).collect();
            assert_eq!(found, expected, "{script}");
        }
    }

    #[test]
    fn a_condition_says_more_about_a_column_than_another_use() {
        let script = "def f(rows):\n    print(row[\"age\"])\n    if row[\"age\"] > 3:\n        x = row.get(\"name\")\n    y = \"unused\"\n";
        let text = ScriptText::new(script);
        assert_eq!(text.use_of("age"), Some((3, "if row[\"age\"] > 3:")));
        assert_eq!(text.use_of("name"), Some((4, "x = row.get(\"name\")")));
        assert_eq!(text.use_of("unused"), None);
    }
}
