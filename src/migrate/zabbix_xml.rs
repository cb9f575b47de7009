//! Reads an export of Zabbix in XML, as older versions write it, into the tree that the same export in YAML has.

use roxmltree::{Document, Node, ParsingOptions};

use super::source::SourceFile;
use crate::percona::yaml::{YamlKey, YamlNode, YamlValue};
use crate::text::mistake::Mistake;

/// The limit for elements, attributes and texts in a file.
const NODES: u32 = 1_000_000;

/// The limit for elements in elements. Exports have fewer levels.
const DEEPEST: usize = 24;

/// The elements whose children are the entries of a list.
const LISTS: [&str; 7] =
    ["templates", "hosts", "interfaces", "macros", "items", "discovery_rules", "item_prototypes"];

/// Whether a text is an export in XML.
pub(super) fn is_xml(text: &str) -> bool {
    text.trim_start().starts_with('<')
        && text.lines().take(10).any(|line| line.contains("<zabbix_export>"))
}

/// The tree of a file. It has one mistake if it is not XML.
pub(super) fn tree(file: &SourceFile) -> Result<YamlNode, Mistake> {
    let options = ParsingOptions { nodes_limit: NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&file.text, options).map_err(|error| {
        let place = file.place(usize::try_from(error.pos().row).unwrap_or(1));
        place.mistake("zabbix_export", format!("it is not XML that posemo reads: {error}"))
    })?;
    let ends = file.text.match_indices('\n').map(|(at, _)| at).collect();
    let root = document.root_element();
    let reader = XmlReader { ends };
    let entry = (reader.key(root), reader.node(root, 0));
    Ok(YamlNode { line: 1, value: YamlValue::Map(vec![entry]) })
}

struct XmlReader {
    /// The positions of the ends of the lines.
    ends: Vec<usize>,
}

impl XmlReader {
    fn node(&self, element: Node<'_, '_>, depth: usize) -> YamlNode {
        let children = || element.children().filter(Node::is_element);
        let is_list = LISTS.contains(&element.tag_name().name());
        let value = if depth > DEEPEST {
            YamlValue::Null
        } else if is_list {
            YamlValue::List(children().map(|child| self.node(child, depth + 1)).collect())
        } else if children().next().is_some() {
            let entries = children().map(|child| (self.key(child), self.node(child, depth + 1)));
            YamlValue::Map(entries.collect())
        } else {
            YamlValue::Scalar(
                element.children().filter(Node::is_text).filter_map(|text| text.text()).collect(),
            )
        };
        YamlNode { line: self.line(element), value }
    }

    fn key(&self, element: Node<'_, '_>) -> YamlKey {
        YamlKey { line: self.line(element), text: element.tag_name().name().to_owned() }
    }

    fn line(&self, element: Node<'_, '_>) -> usize {
        self.ends.partition_point(|end| *end < element.range().start) + 1
    }
}
