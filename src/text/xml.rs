//! Reads XML into a tree with the line of each element, and writes it.

use std::io::{self, Write};

use quick_xml::events::{BytesDecl, BytesRef, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer, escape};

use super::mistake::Mistake;
use super::visible::truncated;

/// The limit for elements in elements.
const DEEPEST: usize = 24;

/// The limit for elements in a file.
const MOST: usize = 1_000_000;

/// An element of a file.
#[derive(Debug, Default)]
pub struct XmlElement {
    /// The line where it begins, from 1.
    pub line: usize,
    /// The name, with its prefix.
    pub name: String,
    /// The elements in it, in the order of the file.
    pub children: Vec<XmlElement>,
    /// The text; empty in an element that contains elements.
    pub text: String,
}

/// The root of a file, without attributes. A text that is not XML has one mistake, and so has one that defines entities.
///
/// The time is linear in the length of the text, whatever it contains.
pub fn read(file: &str, text: &str) -> Result<XmlElement, Mistake> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut tree = XmlTree::default();
    // The line is that of this position.
    let (mut line, mut position) = (1, 0);
    loop {
        let begin = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        line += text[position..begin].matches('\n').count();
        position = begin;
        let added = match reader.read_event() {
            Ok(Event::Eof) => match tree.finish() {
                Ok(root) => return Ok(root),
                Err(message) => Err(message),
            },
            Ok(event) => tree.add(event, line),
            Err(error) => Err(error.to_string()),
        };
        if let Err(message) = added {
            let (file, key) = (file.to_owned(), String::new());
            let message = truncated(&message, 200);
            let message = format!("it is not XML that posemo reads: {message}");
            return Err(Mistake { file, line, key, message });
        }
    }
}

/// The elements that were read so far.
#[derive(Default)]
struct XmlTree {
    /// The elements that have not ended, the root first.
    open: Vec<XmlElement>,
    /// The root, after its end.
    root: Option<XmlElement>,
    /// How many elements have begun.
    count: usize,
}

impl XmlTree {
    fn add(&mut self, event: Event<'_>, line: usize) -> Result<(), String> {
        match event {
            Event::Start(start) => self.begin(&start, line),
            Event::End(_) => {
                self.end();
                Ok(())
            }
            Event::Text(text) => self.append(&text.xml10_content()),
            Event::CData(text) => self.append(&text.xml10_content()),
            Event::GeneralRef(reference) => self.append(&resolved(&reference)?),
            Event::DocType(_) => Err("it has a DTD".to_owned()),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => {
                Ok(())
            }
        }
    }

    fn begin(&mut self, start: &BytesStart<'_>, line: usize) -> Result<(), String> {
        if self.root.is_some() {
            return Err("there is an element after the end of the first one".to_owned());
        }
        self.count += 1;
        if self.count > MOST || self.open.len() == DEEPEST {
            return Err(format!(
                "the limit is {MOST} elements, in each other up to {DEEPEST} of them"
            ));
        }
        if let Some(parent) = self.open.last_mut() {
            parent.text.clear();
        }
        let name = start.name().0.to_owned();
        self.open.push(XmlElement { line, name, ..XmlElement::default() });
        Ok(())
    }

    fn end(&mut self) {
        let Some(element) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn append(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(element) if element.children.is_empty() => element.text.push_str(text),
            Some(_) => {}
            None if text.trim_start_matches('\u{feff}').trim().is_empty() => {}
            None => return Err("there is text outside of the elements".to_owned()),
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<XmlElement, String> {
        match self.open.last() {
            Some(element) => Err(format!("the element of line {} does not end", element.line)),
            None => self.root.take().ok_or_else(|| "it contains no element".to_owned()),
        }
    }
}

/// The text of a reference such as `&lt;` or `&#10;`.
fn resolved(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let entity = escape::resolve_predefined_entity(reference);
    entity
        .map(str::to_owned)
        .ok_or_else(|| "there is an entity that XML does not define".to_owned())
}

/// Writes elements, each on its lines.
pub struct XmlWriter<W: Write>(Writer<W>);

impl<W: Write> XmlWriter<W> {
    /// Writes the first line.
    pub fn begin(out: W) -> io::Result<XmlWriter<W>> {
        let mut writer = Writer::new_with_indent(out, b' ', 2);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        Ok(XmlWriter(writer))
    }

    /// Writes the end of the last line.
    pub fn finish(mut self) -> io::Result<()> {
        self.0.get_mut().write_all(b"\n")
    }

    /// Writes an element that contains elements.
    pub fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        content: impl FnOnce(&mut XmlWriter<W>) -> io::Result<()>,
    ) -> io::Result<()> {
        let start = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.0.write_event(Event::Start(start.borrow()))?;
        content(self)?;
        self.0.write_event(Event::End(start.to_end()))
    }

    /// Writes an element that contains a text.
    pub fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> io::Result<()> {
        self.element(name, attributes, |writer| {
            writer.0.write_event(Event::Text(BytesText::new(text)))
        })
    }

    /// Writes an element without content.
    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        let start = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.0.write_event(Event::Empty(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_have_lines_and_texts() {
        let text = "<?xml version=\"1.0\"?>\r\n<!-- x -->\n<a b='c'>\n <d>x &lt;\r\n&#233;<![CDATA[<e/>&lt;]]></d>\
                    mixed\n\n <f/></a>\n";
        let root = read("file", text).unwrap();
        let XmlElement { line, name, children, text } = &root;
        assert_eq!((*line, name.as_str(), text.as_str()), (3, "a", ""));
        let children = children.iter().map(|child| (child.line, &*child.name, &*child.text));
        assert_eq!(children.collect::<Vec<_>>(), [(4, "d", "x <\né<e/>&lt;"), (7, "f", "")]);
    }

    #[test]
    fn what_is_written_is_read() {
        let hostile = "<&>\"' \u{1F418}\u{2028}]]>";
        let mut out = Vec::new();
        let mut writer = XmlWriter::begin(&mut out).unwrap();
        writer
            .element("a", &[("b", hostile)], |writer| {
                writer.text("c", &[], hostile)?;
                writer.empty("d", &[("e", hostile)])
            })
            .unwrap();
        writer.finish().unwrap();
        let root = read("file", std::str::from_utf8(&out).unwrap()).unwrap();
        assert_eq!(root.children[0].text, hostile);
        assert_eq!(root.children[1].line, 4);
    }
}
