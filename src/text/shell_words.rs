//! Splits a command line into words and operators as a shell does, and runs nothing.

/// A part of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShellToken {
    /// A word, without its quotes.
    Word(ShellWord),
    /// What ends a command: `|`, `||`, `&`, `&&` or `;`.
    End(String),
    /// A redirection, with its file.
    Redirection,
}

/// A word of a command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShellWord {
    /// The word without its quotes.
    pub text: String,
    /// The first variable or command in it, which only a shell can replace: `$NAME`, `$(…)`.
    pub expansion: Option<String>,
}

/// The parts of a command line. `None` if a quote does not end.
pub fn tokens(line: &str) -> Option<Vec<ShellToken>> {
    let mut lexer = Lexer { rest: line.chars().collect(), at: 0, tokens: Vec::new(), word: None };
    lexer.run()?;
    Some(lexer.tokens)
}

/// The words of a command line, with an operator as a word and `>` for a redirection. `None` if a quote does not end.
pub fn words(line: &str) -> Option<Vec<String>> {
    let text = |token| match token {
        ShellToken::Word(word) => word.text,
        ShellToken::End(operator) => operator,
        ShellToken::Redirection => ">".to_owned(),
    };
    Some(tokens(line)?.into_iter().map(text).collect())
}

struct Lexer {
    rest: Vec<char>,
    at: usize,
    tokens: Vec<ShellToken>,
    word: Option<ShellWord>,
}

impl Lexer {
    fn next(&mut self) -> Option<char> {
        let found = self.rest.get(self.at).copied();
        self.at += usize::from(found.is_some());
        found
    }

    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn push(&mut self, character: char) {
        self.word.get_or_insert_default().text.push(character);
    }

    fn end_word(&mut self) {
        self.tokens.extend(self.word.take().map(ShellToken::Word));
    }

    fn run(&mut self) -> Option<()> {
        while let Some(character) = self.next() {
            match character {
                '\'' => {
                    self.word.get_or_insert_default();
                    loop {
                        match self.next()? {
                            '\'' => break,
                            other => self.push(other),
                        }
                    }
                }
                '"' => self.double_quoted()?,
                '\\' => {
                    self.word.get_or_insert_default();
                    if let Some(next) = self.next() {
                        self.push(next);
                    }
                }
                '#' if self.word.is_none() => break,
                ' ' | '\t' | '\n' | '\r' => self.end_word(),
                '|' | '&' | ';' => self.operator(character),
                '<' | '>' => self.redirection()?,
                '$' | '`' => self.expansion(character),
                other => self.push(other),
            }
        }
        self.end_word();
        Some(())
    }

    fn double_quoted(&mut self) -> Option<()> {
        self.word.get_or_insert_default();
        loop {
            match self.next()? {
                '"' => return Some(()),
                '\\' => match self.next()? {
                    escaped @ ('"' | '\\' | '$' | '`') => self.push(escaped),
                    other => {
                        self.push('\\');
                        self.push(other);
                    }
                },
                found @ ('$' | '`') => self.expansion(found),
                other => self.push(other),
            }
        }
    }

    /// A dollar sign or a backquote: the word has a part that a shell replaces.
    fn expansion(&mut self, character: char) {
        let begins = |next: char| next.is_ascii_alphanumeric() || "_{(@*#?!".contains(next);
        if character == '`' || self.peek().is_some_and(begins) {
            let name = self.rest[self.at..].iter();
            let name = name.take_while(|one| one.is_ascii_alphanumeric() || "_{(".contains(**one));
            let name: String = [character].iter().chain(name).take(40).collect();
            self.word.get_or_insert_default().expansion.get_or_insert(name);
        }
        self.push(character);
    }

    fn operator(&mut self, character: char) {
        // `&>FILE` is a redirection, and so is `>&1`, which is read with its sign.
        if character == '&' && self.peek() == Some('>') {
            return;
        }
        self.end_word();
        let mut operator = character.to_string();
        if character != ';' && self.peek() == Some(character) {
            operator.extend(self.next());
        }
        self.tokens.push(ShellToken::End(operator));
    }

    fn redirection(&mut self) -> Option<()> {
        // The number of a file descriptor is a part of it.
        let is_number = |word: &ShellWord| word.text.bytes().all(|byte| byte.is_ascii_digit());
        if self.word.as_ref().is_some_and(is_number) {
            self.word = None;
        }
        self.end_word();
        while self.peek().is_some_and(|next| "<>&| \t".contains(next)) {
            self.at += 1;
        }
        // The file is one word.
        let before = self.tokens.len();
        while let Some(next) = self.peek() {
            match next {
                ' ' | '\t' | '|' | ';' | '&' | '<' | '>' => break,
                '"' => {
                    self.at += 1;
                    self.double_quoted()?;
                }
                other => {
                    self.at += 1;
                    self.push(other);
                }
            }
        }
        self.word = None;
        self.tokens.truncate(before);
        self.tokens.push(ShellToken::Redirection);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("a 2>&1 | b>/dev/null;c &", Some(vec!["a", ">", "|", "b", ">", ";", "c", "&"])),
            ("a &>x b < 'y' c", Some(vec!["a", ">", "b", ">", "c"])),
            ("a x2>y", Some(vec!["a", "x2", ">"])),
            ("x 'open", None),
            ("x \"open\\\"", None),
        ] {
            let found = words(line);
            let found: Option<Vec<&str>> =
                found.as_ref().map(|words| words.iter().map(String::as_str).collect());
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn a_word_that_a_shell_changes_is_marked() {
        let expansions = |line: &str| -> Vec<Option<String>> {
            let word = |token| match token {
                ShellToken::Word(word) => Some(word.expansion),
                _ => None,
            };
            tokens(line).into_iter().flatten().filter_map(word).collect()
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            expansions("a '$x' \"-w $LEVEL\" $(id) 5$ `id` \\$y"),
            [None, None, some("$LEVEL"), some("$(id"), None, some("`id"), None]
        );
    }
}
