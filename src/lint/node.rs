//! Reads PostgreSQL's text form of an analysed query (`pg_node_tree`): nodes with labelled fields, lists, atoms.
//!
//! It reads the form only; the fields of a node differ between major versions.

use std::borrow::Cow;

use super::error::LintError;

/// More levels than a check needs, and few enough for the stack of a test's thread.
const DEEPEST: usize = 400;

/// One node: `{VAR :varno 1 :varattno 2 …}`.
#[derive(Debug, PartialEq)]
pub(super) struct TreeNode<'t> {
    /// The word after the brace.
    pub(super) kind: &'t str,
    /// In the order of the text.
    pub(super) fields: Vec<(&'t str, TreeValue<'t>)>,
}

/// The value of a field, or an element of a list.
#[derive(Debug, PartialEq)]
pub(super) enum TreeValue<'t> {
    /// A number, a word, a quoted name, or `<>` for a missing value.
    Atom(&'t str),
    /// The bytes of a constant.
    Bytes(Vec<u8>),
    /// A list in brackets. Lists of numbers begin with a letter for the kind of number.
    List(Vec<TreeValue<'t>>),
    /// Another node.
    Node(TreeNode<'t>),
}

/// Reads the action of a rule: a list of queries. The rule of a view has one query.
pub(super) fn parse(text: &str) -> Result<TreeNode<'_>, LintError> {
    let mut reader = TreeReader { text, at: 0 };
    let value = reader.value(0)?;
    if reader.token().is_some() {
        return Err(reader.unreadable("something follows the end"));
    }
    match value {
        TreeValue::List(mut queries) if queries.len() == 1 => match queries.remove(0) {
            TreeValue::Node(query) if query.kind == "QUERY" => Ok(query),
            _ => Err(reader.unreadable("the list contains no query")),
        },
        _ => Err(reader.unreadable("it is not a list of one query")),
    }
}

impl<'t> TreeNode<'t> {
    /// The value of a field.
    pub(super) fn get(&self, label: &str) -> Option<&TreeValue<'t>> {
        self.fields.iter().find(|(known, _)| *known == label).map(|(_, value)| value)
    }

    /// An unsigned number, such as an OID; 0 for any other value.
    pub(super) fn number(&self, label: &str) -> u32 {
        self.get(label).and_then(TreeValue::number).unwrap_or(0)
    }

    /// A signed number; 0 for any other value.
    pub(super) fn signed(&self, label: &str) -> i32 {
        match self.get(label) {
            Some(TreeValue::Atom(atom)) => atom.parse().unwrap_or(0),
            _ => 0,
        }
    }

    /// A flag.
    pub(super) fn is(&self, label: &str) -> bool {
        matches!(self.get(label), Some(TreeValue::Atom("true")))
    }

    /// A name, without the backslashes that escape blanks and brackets.
    pub(super) fn name(&self, label: &str) -> Cow<'t, str> {
        match self.get(label) {
            Some(TreeValue::Atom(atom)) if *atom != "<>" => unescaped(atom),
            _ => Cow::Borrowed(""),
        }
    }

    /// A node in a field.
    pub(super) fn node(&self, label: &str) -> Option<&TreeNode<'t>> {
        self.get(label).and_then(TreeValue::node)
    }

    /// The elements of a list.
    pub(super) fn list(&self, label: &str) -> &[TreeValue<'t>] {
        self.get(label).map_or(&[], TreeValue::elements)
    }

    /// The nodes of a list.
    pub(super) fn nodes(&self, label: &str) -> impl Iterator<Item = &TreeNode<'t>> {
        self.list(label).iter().filter_map(TreeValue::node)
    }
}

impl<'t> TreeValue<'t> {
    pub(super) fn node(&self) -> Option<&TreeNode<'t>> {
        match self {
            TreeValue::Node(node) => Some(node),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<u32> {
        match self {
            TreeValue::Atom(atom) => atom.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn elements(&self) -> &[TreeValue<'t>] {
        match self {
            TreeValue::List(elements) => elements,
            _ => &[],
        }
    }
}

struct TreeReader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> TreeReader<'t> {
    fn value(&mut self, depth: usize) -> Result<TreeValue<'t>, LintError> {
        if depth > DEEPEST {
            return Err(LintError::Deep { deepest: DEEPEST });
        }
        match self.token() {
            Some("(") => self.list(depth),
            Some("{") => self.node(depth).map(TreeValue::Node),
            Some(")" | "}") | None => Err(self.unreadable("a value is missing")),
            Some(atom) => Ok(TreeValue::Atom(atom)),
        }
    }

    fn list(&mut self, depth: usize) -> Result<TreeValue<'t>, LintError> {
        let mut elements = Vec::new();
        while self.peek() != Some(")") {
            elements.push(self.value(depth + 1)?);
        }
        self.token();
        Ok(TreeValue::List(elements))
    }

    fn node(&mut self, depth: usize) -> Result<TreeNode<'t>, LintError> {
        let kind = self.token().ok_or_else(|| self.unreadable("a node has no kind"))?;
        let mut fields = Vec::new();
        loop {
            match self.token() {
                Some("}") => return Ok(TreeNode { kind, fields }),
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
    fn bytes(&mut self) -> Result<TreeValue<'t>, LintError> {
        self.token();
        let mut bytes = Vec::new();
        loop {
            match self.token() {
                Some("]") => return Ok(TreeValue::Bytes(bytes)),
                Some(number) => {
                    let byte = number.parse::<i16>().ok().and_then(|signed| {
                        u8::try_from(signed)
                            .ok()
                            .or_else(|| i8::try_from(signed).ok().map(i8::cast_unsigned))
                    });
                    bytes.push(byte.ok_or_else(|| self.unreadable("a byte is not a number"))?);
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
        // After a backslash before a multibyte character, the position is inside this character.
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        Some(&self.text[start..self.at])
    }

    fn unreadable(&self, reason: &'static str) -> LintError {
        LintError::Tree { reason, at: self.at }
    }
}

fn unescaped(atom: &str) -> Cow<'_, str> {
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
    fn nodes_lists_and_atoms_are_read() {
        let text = "({QUERY :alias {ALIAS :aliasname :odd\\ na\\(me :colnames (\"a\\ :b\" \"\")} :ids (o 16 25) \
                    :nothing <> :flag true :constvalue 6 [ 24 0 0 0 -61 97 ] :level -1})";
        let query = parse(text).unwrap();
        let alias = query.node("alias").unwrap();
        assert_eq!(alias.name("aliasname"), ":odd na(me");
        assert_eq!(alias.list("colnames").len(), 2);
        assert_eq!(query.list("ids")[2].number(), Some(25));
        assert_eq!(query.get("constvalue"), Some(&TreeValue::Bytes(vec![24, 0, 0, 0, 0xc3, 97])));
        assert!(
            query.is("flag") && query.node("nothing").is_none() && query.name("nothing").is_empty()
        );
        assert_eq!(query.signed("level"), -1);
    }

    #[test]
    fn other_text_is_an_error() {
        let deep = format!("({{QUERY :a {}1{}}})", "(".repeat(500), ")".repeat(500));
        for (text, expected) in [
            ("", "a value is missing"),
            ("<>", "it is not a list of one query"),
            ("({VAR :a 1})", "contains no query"),
            ("({QUERY :a 1}) x", "something follows"),
            ("({QUERY a 1})", "a field has no label"),
            ("({QUERY :a })", "a value is missing"),
            ("({QUERY :a 1 [ 1 2", "a constant has no end"),
            ("({QUERY :a 1 [ 300 ]})", "a byte is not a number"),
            ("({QUERY :a (1", "a value is missing"),
            (&deep, "more than 400 nested levels"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
