//! Reads an export of Zabbix in XML, as older versions write it, into the tree that the same export in YAML has.

use super::source::SourceFile;
use crate::percona::yaml::{YamlKey, YamlNode, YamlValue};
use crate::text::mistake::Mistake;
use crate::text::xml::{self, XmlElement};

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
    let root = xml::read(&file.name, &file.text)?;
    Ok(YamlNode { line: 1, value: YamlValue::Map(vec![entry(root)]) })
}

fn entry(element: XmlElement) -> (YamlKey, YamlNode) {
    let key = YamlKey { line: element.line, text: element.name.clone() };
    (key, node(element))
}

fn node(element: XmlElement) -> YamlNode {
    let XmlElement { line, name, children, text } = element;
    let value = if LISTS.contains(&name.as_str()) {
        YamlValue::List(children.into_iter().map(node).collect())
    } else if children.is_empty() {
        YamlValue::Scalar(text)
    } else {
        YamlValue::Map(children.into_iter().map(entry).collect())
    };
    YamlNode { line, value }
}
