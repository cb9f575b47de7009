//! Reads the configuration of the Perl program Posemo into a tree: blocks as of Apache, YAML or JSON.

use super::source::SourceFile;
use crate::percona::yaml::{self, YamlKey, YamlNode, YamlValue};
use crate::text::mistake::Mistake;

/// The most blocks within each other.
const DEEPEST: usize = 16;

/// The tree of a file. A key can occur several times.
pub(super) fn tree(file: &SourceFile, unclear: &mut Vec<Mistake>) -> Option<YamlNode> {
    let has_blocks = file.text.lines().any(|line| line.trim_start().starts_with('<'));
    if has_blocks {
        return Some(blocks(file, unclear));
    }
    match yaml::documents(&file.name, &file.text) {
        Ok(mut documents) if !documents.is_empty() => Some(documents.swap_remove(0)),
        Ok(_) => None,
        Err(mistake) => {
            unclear.push(mistake);
            None
        }
    }
}

type BlockEntries = Vec<(YamlKey, YamlNode)>;

/// A block that is open: its key, its name, its line and its entries.
struct PerlBlock {
    key: String,
    name: String,
    line: usize,
    entries: BlockEntries,
}

fn blocks(file: &SourceFile, unclear: &mut Vec<Mistake>) -> YamlNode {
    let mut open =
        vec![PerlBlock { key: String::new(), name: String::new(), line: 1, entries: Vec::new() }];
    for (place, line) in file.logical_lines() {
        let (text, line) = (line.trim().to_owned(), place.line);
        let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        match inner {
            Some(end) if end.starts_with('/') => {
                let key = end[1..].trim().to_ascii_lowercase();
                if open.len() == 1 || open.last().is_some_and(|block| block.key != key) {
                    unclear.push(place.mistake("", "this end belongs to no open block"));
                    continue;
                }
                close(&mut open);
            }
            Some(include) if include.starts_with('<') => {
                unclear.push(place.mistake("", "an included file is not read; name it, too"));
            }
            Some(start) => {
                let (key, name) =
                    start.trim().split_once(char::is_whitespace).unwrap_or((start.trim(), ""));
                let (key, name) = (key.to_ascii_lowercase(), unquoted(name));
                if open.len() > DEEPEST {
                    unclear.push(place.mistake(&key, "more than 16 blocks within each other"));
                    break;
                }
                open.push(PerlBlock { key, name, line, entries: Vec::new() });
            }
            None if text.is_empty() => {}
            None => {
                let end =
                    text.find(|one: char| one == '=' || one.is_whitespace()).unwrap_or(text.len());
                let (key, rest) = text.split_at(end);
                let value = rest.trim_start().strip_prefix('=').unwrap_or(rest);
                if key.eq_ignore_ascii_case("include") {
                    unclear.push(place.mistake("", "an included file is not read; name it, too"));
                    continue;
                }
                let key = YamlKey { line, text: key.to_ascii_lowercase() };
                let node = YamlNode { line, value: YamlValue::Scalar(unquoted(value)) };
                open.last_mut().expect("the file is open").entries.push((key, node));
            }
        }
    }
    while open.len() > 1 {
        let (key, line) =
            open.last().map_or((String::new(), 1), |block| (block.key.clone(), block.line));
        unclear.push(file.place(line).mistake(&key, "the block has no end"));
        close(&mut open);
    }
    YamlNode { line: 1, value: YamlValue::Map(open.swap_remove(0).entries) }
}

/// Adds the last block to the one around it.
fn close(open: &mut Vec<PerlBlock>) {
    let Some(PerlBlock { key, name, line, entries }) = open.pop() else { return };
    let mut node = YamlNode { line, value: YamlValue::Map(entries) };
    if !name.is_empty() {
        node = YamlNode { line, value: YamlValue::Map(vec![(YamlKey { line, text: name }, node)]) };
    }
    if let Some(around) = open.last_mut() {
        around.entries.push((YamlKey { line, text: key }, node));
    }
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text).to_owned()
}
