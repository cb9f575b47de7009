//! Refuses sources that would overflow the parser's stack, before they are parsed.
//!
//! It does not parse: it estimates the nesting from above, with a limit that no script written by a person reaches.

use crate::evaluate::error::ScriptError;

/// The maximum size of a source, in bytes.
const SOURCE_BYTES: usize = 64 * 1024;

/// The maximum length of a line, in bytes.
const LINE_BYTES: usize = 8 * 1024;

/// The maximum nesting of brackets, blocks, operators and the like.
///
/// The parser and the compiler need a few kilobytes of stack for each level, in a debug build some more.
const DEPTH: usize = 300;

/// Returns an error if the source is too large or may nest too deep.
pub(super) fn check(check: &str, source: &str) -> Result<(), ScriptError> {
    let refuse = |line: usize, reason: String| {
        let line = u32::try_from(line + 1).unwrap_or(u32::MAX);
        Err(ScriptError::Source { check: check.to_owned(), line, reason })
    };
    if source.len() > SOURCE_BYTES {
        let reason = format!(
            "the script is {} bytes long; {SOURCE_BYTES} are allowed: split the check",
            source.len()
        );
        return refuse(0, reason);
    }
    for (number, line) in source.lines().enumerate() {
        if line.len() > LINE_BYTES {
            let reason = format!(
                "the line is {} bytes long; {LINE_BYTES} are allowed: break it",
                line.len()
            );
            return refuse(number, reason);
        }
    }
    match too_deep(source) {
        Some(line) => refuse(
            line,
            format!(
                "brackets, operators or blocks nest more than {DEPTH} deep: \
                 use a list and join(), or a function"
            ),
        ),
        None => Ok(()),
    }
}

/// The line, from 0, where more than `DEPTH` things are open.
fn too_deep(source: &str) -> Option<usize> {
    let mut scan = Scan::default();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => scan.string(rest),
            c if c.is_alphanumeric() || c == '_' => scan.word(rest),
            c => scan.mark(c, rest),
        };
        if scan.depth() > DEPTH {
            return Some(scan.line);
        }
        scan.line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    None
}

/// The nesting inside one pair of brackets.
#[derive(Default)]
struct Level {
    /// Operators since the last comma. A comma ends their nesting.
    operators: usize,
    /// `lambda` and `for`. A comma does not end their nesting: it may separate their variables.
    binders: usize,
}

/// The nesting at a position of the source.
#[derive(Default)]
struct Scan {
    line: usize,
    /// The levels of the statement and of each open bracket in it.
    levels: Vec<Level>,
    /// The indentation of the line, and the number of `elif` at each indentation: each nests in the one before it.
    indent: usize,
    branches: Vec<(usize, usize)>,
    /// Whether the word directly before a quotation mark makes an `f` string.
    prefix_is_format: bool,
}

impl Scan {
    fn depth(&self) -> usize {
        let levels: usize =
            self.levels.iter().map(|level| level.operators + level.binders + 1).sum();
        let branches: usize = self.branches.iter().map(|(_, count)| count + 1).sum();
        levels + branches
    }

    fn level(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        self.levels.last_mut().expect("a level was pushed if there was none")
    }

    fn mark(&mut self, c: char, rest: &str) -> usize {
        self.prefix_is_format = false;
        match c {
            '(' | '[' | '{' => {
                // A call or an index nests in the expression before it, as an operator does.
                self.level().operators += 1;
                self.levels.push(Level::default());
            }
            // The count of the statement remains until the end of the line.
            ')' | ']' | '}' if self.levels.len() > 1 => drop(self.levels.pop()),
            ',' | ';' => self.level().operators = 0,
            '\n' if self.levels.len() <= 1 => {
                self.levels.clear();
                self.indent =
                    rest[1..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            }
            '\\' => return 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '+' | '-' | '*' | '/' | '%' | '.' | '~' | '&' | '|' | '^' | '<' | '>' | '=' => {
                self.level().operators += 1;
            }
            _ => {}
        }
        c.len_utf8()
    }

    fn word(&mut self, rest: &str) -> usize {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let word = &rest[..end];
        self.prefix_is_format = word.len() <= 2 && word.contains(['f', 'F']);
        match word {
            "not" | "and" | "or" | "in" => self.level().operators += 1,
            "lambda" => self.level().binders += 1,
            "if" | "for" | "def" | "elif" | "else" => self.branch(word),
            _ => {}
        }
        end
    }

    /// Counts a keyword that opens a block or is part of an expression.
    fn branch(&mut self, word: &str) {
        let inside =
            self.levels.len() > 1 || self.levels.last().is_some_and(|level| level.operators > 0);
        self.level().binders += 1;
        if inside {
            return;
        }
        self.branches.retain(|&(indent, _)| indent <= self.indent);
        match self.branches.last_mut() {
            Some((indent, count)) if *indent == self.indent => match word {
                "elif" => *count += 1,
                "else" => {}
                _ => *count = 0,
            },
            _ => self.branches.push((self.indent, 0)),
        }
    }

    /// The length of a string. Expressions inside of an `f` string are counted.
    fn string(&mut self, rest: &str) -> usize {
        let quote = &rest[..1];
        let triple = quote.repeat(3);
        let (open, close) =
            if rest.starts_with(&triple) { (3, triple.as_str()) } else { (1, quote) };
        let mut at = open;
        while let Some(c) = rest[at..].chars().next() {
            if rest[at..].starts_with(close) {
                at += close.len();
                break;
            }
            if c == '\n' && close.len() == 1 {
                break;
            }
            at += c.len_utf8();
            if c == '\\' {
                at += rest[at..].chars().next().map_or(0, char::len_utf8);
            }
        }
        if std::mem::take(&mut self.prefix_is_format) {
            self.level().operators += marks_in_braces(&rest[open..at]);
        }
        at
    }
}

/// The number of marks and blanks inside the braces of an `f` string; a word operator has a blank beside it.
fn marks_in_braces(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut marks = 0;
    for byte in text.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        marks += usize::from(depth > 0 && !byte.is_ascii_alphanumeric() && byte != b'_');
    }
    marks
}
