//! Reads the text in which PostgreSQL keeps an analysed query: nodes with labelled fields, lists, atoms.
//!
//! It knows the form and no meaning; which fields a node has differs between majors and is not its business.

use std::borrow::Cow;

use super::error::LintError;

/// Deeper than anything a check needs, and shallow enough for the stack of a test's thread.
const DEEPEST: usize = 400;

/// One node: `{VAR :varno 1 :varattno 2 …}`.
#[derive(Debug, PartialEq)]
pub(super) struct Node<'t> {
    /// The word after the brace.
    pub(super) kind: &'t str,
    /// In the order of the text.
    pub(super) fields: Vec<(&'t str, Value<'t>)>,
}

/// What stands after a label, or in a list.
#[derive(Debug, PartialEq)]
pub(super) enum Value<'t> {
    /// A number, a word, a quoted name, or `<>` for nothing.
    Atom(&'t str),
    /// The bytes of a constant.
    Bytes(Vec<u8>),
    /// In brackets; lists of numbers begin with a letter that says of what sort they are.
    List(Vec<Value<'t>>),
    /// Another node.
    Node(Node<'t>),
}

/// Reads a rule's action: a list of queries, of which a view has one.
pub(super) fn parse(text: &str) -> Result<Node<'_>, LintError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    if reader.token().is_some() {
        return Err(reader.unreadable("something follows the end"));
    }
    match value {
        Value::List(mut queries) if queries.len() == 1 => match queries.remove(0) {
            Value::Node(query) if query.kind == "QUERY" => Ok(query),
            _ => Err(reader.unreadable("there is no query in the list")),
        },
        _ => Err(reader.unreadable("it is no list of one query")),
    }
}

impl<'t> Node<'t> {
    /// The value of a field.
    pub(super) fn get(&self, label: &str) -> Option<&Value<'t>> {
        self.fields.iter().find(|(known, _)| *known == label).map(|(_, value)| value)
    }

    /// A number that cannot be negative, such as an object's identifier; 0 for anything else.
    pub(super) fn number(&self, label: &str) -> u32 {
        self.get(label).and_then(Value::number).unwrap_or(0)
    }

    /// A number with a sign; 0 for anything else.
    pub(super) fn signed(&self, label: &str) -> i32 {
        match self.get(label) {
            Some(Value::Atom(atom)) => atom.parse().unwrap_or(0),
            _ => 0,
        }
    }

    /// A flag.
    pub(super) fn is(&self, label: &str) -> bool {
        matches!(self.get(label), Some(Value::Atom("true")))
    }

    /// A name, with the marks taken off that protect its blanks and brackets.
    pub(super) fn name(&self, label: &str) -> Cow<'t, str> {
        match self.get(label) {
            Some(Value::Atom(atom)) if *atom != "<>" => unmarked(atom),
            _ => Cow::Borrowed(""),
        }
    }

    /// A node in a field.
    pub(super) fn node(&self, label: &str) -> Option<&Node<'t>> {
        self.get(label).and_then(Value::node)
    }

    /// The elements of a list.
    pub(super) fn list(&self, label: &str) -> &[Value<'t>] {
        self.get(label).map_or(&[], Value::elements)
    }

    /// The nodes of a list.
    pub(super) fn nodes(&self, label: &str) -> impl Iterator<Item = &Node<'t>> {
        self.list(label).iter().filter_map(Value::node)
    }
}

impl<'t> Value<'t> {
    pub(super) fn node(&self) -> Option<&Node<'t>> {
        match self {
            Value::Node(node) => Some(node),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<u32> {
        match self {
            Value::Atom(atom) => atom.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn elements(&self) -> &[Value<'t>] {
        match self {
            Value::List(elements) => elements,
            _ => &[],
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn value(&mut self, depth: usize) -> Result<Value<'t>, LintError> {
        if depth > DEEPEST {
            return Err(LintError::Deep { deepest: DEEPEST });
        }
        match self.token() {
            Some("(") => self.list(depth),
            Some("{") => self.node(depth).map(Value::Node),
            Some(")" | "}") | None => Err(self.unreadable("a value is missing")),
            Some(atom) => Ok(Value::Atom(atom)),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value<'t>, LintError> {
        let mut elements = Vec::new();
        while self.peek() != Some(")") {
            elements.push(self.value(depth + 1)?);
        }
        self.token();
        Ok(Value::List(elements))
    }

    fn node(&mut self, depth: usize) -> Result<Node<'t>, LintError> {
        let kind = self.token().ok_or_else(|| self.unreadable("a node has no kind"))?;
        let mut fields = Vec::new();
        loop {
            match self.token() {
                Some("}") => return Ok(Node { kind, fields }),
                Some(label) if label.starts_with(':') => {
                    let mut value = self.value(depth + 1)?;
                    if self.peek() == Some("[") {
                        value = self.bytes()?;
                    }
                    fields.push((&label[1..], value));
                }
                _ => return Err(self.unreadable("a field has no label")),
            }
        }
    }

    /// `[ 8 0 0 0 -61 -92 ]`: bytes as the C compiler's signed characters.
    fn bytes(&mut self) -> Result<Value<'t>, LintError> {
        self.token();
        let mut bytes = Vec::new();
        loop {
            match self.token() {
                Some("]") => return Ok(Value::Bytes(bytes)),
                Some(number) => {
                    let byte = number.parse::<i16>().ok().and_then(|signed| {
                        u8::try_from(signed)
                            .ok()
                            .or_else(|| i8::try_from(signed).ok().map(i8::cast_unsigned))
                    });
                    bytes.push(byte.ok_or_else(|| self.unreadable("a byte is no number"))?);
                }
                None => return Err(self.unreadable("a constant has no end")),
            }
        }
    }

    fn peek(&mut self) -> Option<&'t str> {
        let before = self.at;
        let token = self.token();
        self.at = before;
        token
    }

    /// A bracket, or everything up to the next blank or bracket that has no backslash before it.
    fn token(&mut self) -> Option<&'t str> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        let start = self.at;
        match bytes.get(start)? {
            b'(' | b')' | b'{' | b'}' => self.at += 1,
            _ => {
                while let Some(byte) = bytes.get(self.at) {
                    match byte {
                        b' ' | b'\n' | b'\t' | b'(' | b')' | b'{' | b'}' => break,
                        b'\\' => self.at += 2,
                        _ => self.at += 1,
                    }
                }
                self.at = self.at.min(bytes.len());
            }
        }
        // A backslash before the first byte of a longer character leaves the place within it.
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        Some(&self.text[start..self.at])
    }

    fn unreadable(&self, reason: &'static str) -> LintError {
        LintError::Tree { reason, at: self.at }
    }
}

fn unmarked(atom: &str) -> Cow<'_, str> {
    if atom == "\"\"" {
        return Cow::Borrowed("");
    }
    if !atom.contains('\\') {
        return Cow::Borrowed(atom);
    }
    let mut name = String::with_capacity(atom.len());
    let mut rest = atom.chars();
    while let Some(character) = rest.next() {
        name.extend(if character == '\\' { rest.next() } else { Some(character) });
    }
    Cow::Owned(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_as_it_is_written() {
        let text = "({QUERY :alias {ALIAS :aliasname :odd\\ na\\(me :colnames (\"a\\ :b\" \"\")} :ids (o 16 25) \
                    :nothing <> :flag true :constvalue 6 [ 24 0 0 0 -61 97 ] :level -1})";
        let query = parse(text).unwrap();
        let alias = query.node("alias").unwrap();
        assert_eq!(alias.name("aliasname"), ":odd na(me");
        assert_eq!(alias.list("colnames").len(), 2);
        assert_eq!(query.list("ids")[2].number(), Some(25));
        assert_eq!(query.get("constvalue"), Some(&Value::Bytes(vec![24, 0, 0, 0, 0xc3, 97])));
        assert!(
            query.is("flag") && query.node("nothing").is_none() && query.name("nothing").is_empty()
        );
        assert_eq!(query.signed("level"), -1);
    }

    #[test]
    fn what_is_no_tree_is_an_error() {
        let deep = format!("({{QUERY :a {}1{}}})", "(".repeat(500), ")".repeat(500));
        for (text, words) in [
            ("", "a value is missing"),
            ("<>", "it is no list of one query"),
            ("({VAR :a 1})", "there is no query"),
            ("({QUERY :a 1}) x", "something follows"),
            ("({QUERY a 1})", "a field has no label"),
            ("({QUERY :a })", "a value is missing"),
            ("({QUERY :a 1 [ 1 2", "a constant has no end"),
            ("({QUERY :a 1 [ 300 ]})", "a byte is no number"),
            ("({QUERY :a (1", "a value is missing"),
            (&deep, "deeper than 400"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
