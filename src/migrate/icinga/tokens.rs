//! The words and signs of Icinga's configuration.

/// A part of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or keyword.
    Name(String),
    /// A string.
    Text(String),
    /// A number; a duration is in seconds.
    Number(f64),
    /// An operator or bracket.
    Sign(&'static str),
    /// The end of a line, or a semicolon.
    End,
}

/// A token and its line.
pub(super) type Placed = (Token, usize);

/// The signs, the longer ones first.
const SIGNS: [&str; 36] = [
    "&&", "||", "==", "!=", "<=", ">=", "=>", "+=", "-=", "*=", "/=", "!in", "<<", ">>", "{", "}",
    "[", "]", "(", ")", ",", ".", ":", "=", "<", ">", "!", "+", "-", "*", "/", "%", "&", "|", "~",
    "?",
];

/// The tokens of a text. The error is a line and what is wrong there.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, (usize, &'static str)> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut line = 1;
    // For each open `{{`, the braces that are open in it.
    let mut functions: Vec<usize> = Vec::new();
    while let Some(first) = rest.chars().next() {
        let begun = line;
        let (token, length) = if first == '\n' || first == ';' {
            (Some(Token::End), 1)
        } else if first.is_whitespace() {
            (None, first.len_utf8())
        } else if first == '#' || rest.starts_with("//") {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").ok_or((begun, "the comment does not end"))?;
            (None, end + 2)
        } else if let Some(inner) = rest.strip_prefix("{{{") {
            let end = inner.find("}}}").ok_or((begun, "the text in {{{ does not end"))?;
            (Some(Token::Text(inner[..end].to_owned())), end + 6)
        } else if rest.starts_with("{{") {
            functions.push(0);
            (Some(Token::Sign("{{")), 2)
        } else if rest.starts_with("}}") && functions.last() == Some(&0) {
            functions.pop();
            (Some(Token::Sign("}}")), 2)
        } else if first == '"' {
            let (text, length) = string(rest).ok_or((begun, "the text does not end"))?;
            (Some(Token::Text(text)), length)
        } else if first.is_ascii_digit() {
            let (number, length) = number(rest);
            (Some(Token::Number(number)), length)
        } else if first.is_alphabetic() || first == '_' || first == '@' {
            let is_part = |one: char| one.is_alphanumeric() || one == '_';
            let start = usize::from(first == '@');
            let length =
                rest[start..].find(|one| !is_part(one)).map_or(rest.len(), |end| end + start);
            (Some(Token::Name(rest[start..length].to_owned())), length.max(1))
        } else {
            let sign = SIGNS.into_iter().find(|sign| {
                // `!in` is an operator, and `!index` is not.
                let is_word = *sign == "!in"
                    && rest.strip_prefix(sign).is_some_and(|after| {
                        after.starts_with(|next: char| next.is_alphanumeric() || next == '_')
                    });
                rest.starts_with(sign) && !is_word
            });
            if let Some(open) = functions.last_mut() {
                *open += usize::from(first == '{');
                *open = open.saturating_sub(usize::from(first == '}'));
            }
            match sign {
                Some(sign) => (Some(Token::Sign(sign)), sign.len()),
                None => {
                    return Err((begun, "this sign is not one of the configuration of Icinga 2"));
                }
            }
        };
        line += rest[..length].matches('\n').count();
        found.extend(token.map(|token| (token, begun)));
        rest = &rest[length..];
    }
    Ok(found)
}

/// A string and its length in bytes.
fn string(rest: &str) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, at + 1)),
            '\n' => return None,
            '\\' => match letters.next()?.1 {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
    None
}

/// A number with its unit of time, and its length in bytes.
fn number(rest: &str) -> (f64, usize) {
    let digits = rest.find(|one: char| !one.is_ascii_digit() && one != '.').unwrap_or(rest.len());
    let number: f64 = rest[..digits].parse().unwrap_or_default();
    for (unit, factor) in [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)] {
        let after = rest[digits..].strip_prefix(unit);
        if after.is_some_and(|after| !after.starts_with(|next: char| next.is_alphanumeric())) {
            return (number * factor, digits + unit.len());
        }
    }
    (number, digits)
}
