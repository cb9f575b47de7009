//! Reads the items of Zabbix from an export of hosts or templates, in YAML, JSON or XML.

use std::collections::BTreeMap;
use std::time::Duration;

use super::found::{FoundHost, FoundServices, MOST_SERVICES};
use super::place::DefinitionPlace;
use super::source::SourceFile;
use super::zabbix_xml::{self, is_xml};
use crate::percona::yaml::{self, YamlNode, YamlValue};
use crate::text::interval;
use crate::text::mistake::Mistake;

/// The most templates that are linked one to the other.
const DEEPEST: usize = 8;

/// The most bytes of the parameters of an item, with the values of macros.
const LONGEST: usize = 16 * 1024;

/// An item of a host or a template.
#[derive(Debug, Clone)]
pub(super) struct ZabbixItem {
    pub(super) place: DefinitionPlace,
    /// The part of its key before the bracket.
    pub(super) name: String,
    /// What is in the bracket, with the values of macros.
    pub(super) parameters: Vec<String>,
    /// Its host; absent for an item of a template that no host of the files has.
    pub(super) host: Option<FoundHost>,
    pub(super) interval: Option<Duration>,
    pub(super) is_enabled: bool,
}

/// The start and the end of a macro without a value in the files. No shell reads them.
pub(super) const OPEN_MACRO: [char; 2] = ['\u{e000}', '\u{e001}'];

/// Whether a text is an export.
pub(super) fn is_export(text: &str) -> bool {
    let start = text.trim_start();
    let line = |line: &str| line.starts_with("zabbix_export:");
    let json = start.starts_with('{') && start[1..].trim_start().starts_with("\"zabbix_export\"");
    json || is_xml(text) || text.lines().take(100).any(line)
}

/// The items of all exports.
pub(super) fn items(files: &[&SourceFile], found: &mut FoundServices) -> Vec<ZabbixItem> {
    let mut trees = Vec::new();
    for file in files {
        let documents = if is_xml(&file.text) {
            zabbix_xml::tree(file).map(|tree| vec![tree])
        } else {
            yaml::documents(&file.name, &file.text)
        };
        match documents {
            Ok(documents) => trees.extend(documents.into_iter().map(|tree| (*file, tree))),
            Err(mistake) => found.unclear.push(mistake),
        }
    }
    let of_all = |kind: &'static str| {
        trees.iter().flat_map(move |(file, tree)| {
            let all = get(tree, "zabbix_export").map(|export| list(export, kind));
            all.into_iter().flatten().map(move |node| (*file, node))
        })
    };
    let templates: BTreeMap<String, (&SourceFile, &YamlNode)> = of_all("templates")
        .filter_map(|(file, node)| Some((text(node, "template")?, (file, node))))
        .collect();
    let mut reader = ItemReader { templates: &templates, items: Vec::new(), unclear: Vec::new() };
    let mut hosts = 0;
    for (file, node) in of_all("hosts") {
        let Some(name) = text(node, "host") else { continue };
        let interface = list(node, "interfaces").into_iter().next();
        let field = |key: &str| interface.and_then(|one| text(one, key));
        let (ip, dns) = (field("ip"), field("dns").filter(|dns| !dns.is_empty()));
        let by_name = field("useip").is_some_and(|text| text == "NO" || text == "0");
        let address = if by_name { dns.or(ip) } else { ip.or(dns) };
        let host = FoundHost { name, address: address.unwrap_or_default() };
        found.hosts.push(host.clone());
        hosts += 1;
        reader.host(file, node, Some(&host));
    }
    if hosts == 0 {
        for (file, node) in templates.values() {
            reader.host(file, node, None);
        }
    }
    found.unclear.append(&mut reader.unclear);
    reader.items
}

struct ItemReader<'t> {
    templates: &'t BTreeMap<String, (&'t SourceFile, &'t YamlNode)>,
    items: Vec<ZabbixItem>,
    unclear: Vec<Mistake>,
}

impl ItemReader<'_> {
    /// Adds the items of a host and of its templates. A macro of the host comes before one of a template.
    fn host(&mut self, file: &SourceFile, node: &YamlNode, host: Option<&FoundHost>) {
        let mut linked = vec![(file, node)];
        let mut at = 0;
        let mut end = 1;
        for _ in 0..DEEPEST {
            while at < end {
                for one in list(linked[at].1, "templates") {
                    let template = text(one, "name").and_then(|name| self.templates.get(&name));
                    let is_new = |(_, node): &(_, &YamlNode)| {
                        !linked.iter().any(|(_, known)| std::ptr::eq(*known, *node))
                    };
                    if let Some(template) = template.filter(|one| is_new(one)) {
                        linked.push(*template);
                    }
                }
                at += 1;
            }
            end = linked.len();
        }
        let mut macros = BTreeMap::new();
        if let Some(host) = host {
            for name in ["{HOST.CONN}", "{HOST.IP}", "{HOST.DNS}"] {
                macros.insert(name.to_owned(), host.address.clone());
            }
            for name in ["{HOST.HOST}", "{HOST.NAME}"] {
                macros.insert(name.to_owned(), host.name.clone());
            }
        }
        for (_, node) in &linked {
            for one in list(node, "macros") {
                if let (Some(name), Some(value)) = (text(one, "macro"), text(one, "value")) {
                    macros.entry(name).or_insert(value);
                }
            }
        }
        for (file, node) in linked {
            for item in list(node, "items") {
                self.item(file, item, host, &macros);
            }
            for rule in list(node, "discovery_rules") {
                for item in list(rule, "item_prototypes") {
                    self.item(file, item, host, &macros);
                }
            }
        }
    }

    fn item(
        &mut self,
        file: &SourceFile,
        node: &YamlNode,
        host: Option<&FoundHost>,
        macros: &BTreeMap<String, String>,
    ) {
        let Some((key, line)) = get(node, "key").and_then(|key| Some((key.text()?, key.line)))
        else {
            return;
        };
        let place = file.place(line);
        let (name, parameters) = key.split_once('[').unwrap_or((&key, ""));
        if self.items.len() >= MOST_SERVICES {
            if self.items.len() == MOST_SERVICES {
                let message = format!("more than {MOST_SERVICES} items; name fewer files");
                self.unclear.push(place.mistake(name, message));
                self.items.truncate(MOST_SERVICES);
            }
            return;
        }
        let parameters = parameters.trim_end().strip_suffix(']').unwrap_or(parameters);
        let parameters = split(parameters).iter().map(|one| with_values(one, macros)).collect();
        let delay = text(node, "delay").map(|delay| with_values(&delay, macros));
        let delay = delay.map(|delay| {
            let is_number = delay.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { format!("{delay}s") } else { delay }
        });
        self.items.push(ZabbixItem {
            place,
            name: name.trim().to_owned(),
            parameters,
            host: host.cloned(),
            interval: delay.and_then(|delay| interval::parse(&delay).ok()),
            is_enabled: text(node, "status")
                .is_none_or(|status| status != "DISABLED" && status != "1"),
        });
    }
}

/// The parameters of a key: parted by commas, with or without quotes.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut is_quoted, mut is_new) = (false, true);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let last = parts.last_mut().expect("it has one");
        match letter {
            ' ' if is_new => continue,
            '"' if is_new => is_quoted = true,
            '\\' if is_quoted && letters.peek() == Some(&'"') => last.extend(letters.next()),
            '"' if is_quoted => is_quoted = false,
            ',' if !is_quoted => {
                parts.push(String::new());
                is_new = true;
                continue;
            }
            other => last.push(other),
        }
        is_new = false;
    }
    parts
}

/// The text with the values of macros such as `{$PORT}`, `{#DATABASE}` and `{HOST.CONN}`. One without a value is marked.
fn with_values(text: &str, macros: &BTreeMap<String, String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        result.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_macro =
            ["{$", "{#", "{HOST.", "{INVENTORY."].iter().any(|one| rest.starts_with(one));
        let Some(end) = rest.find('}').filter(|_| is_macro) else {
            result.push('{');
            rest = &rest[1..];
            continue;
        };
        let name = &rest[..=end];
        if let Some(value) = macros.get(name) {
            result.push_str(value);
        } else {
            let inner = name.trim_matches(['{', '}']).replace(['$', '#'], "");
            result.push(OPEN_MACRO[0]);
            result.extend(inner.chars().filter(|one| !one.is_whitespace()));
            result.push(OPEN_MACRO[1]);
        }
        rest = &rest[end + 1..];
        if result.len() > LONGEST {
            break;
        }
    }
    result.push_str(rest);
    result
}

fn get<'n>(node: &'n YamlNode, key: &str) -> Option<&'n YamlNode> {
    let YamlValue::Map(map) = &node.value else { return None };
    map.iter().find(|(name, _)| name.text == key).map(|(_, value)| value)
}

fn text(node: &YamlNode, key: &str) -> Option<String> {
    get(node, key)?.text()
}

fn list<'n>(node: &'n YamlNode, key: &str) -> Vec<&'n YamlNode> {
    match get(node, key).map(|found| &found.value) {
        Some(YamlValue::List(list)) => list.iter().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_parted_by_commas_outside_of_quotes() {
        for (text, expected) in [
            ("db1,5432", &["db1", "5432"][..]),
            ("", &[""]),
            (" a, \"b, c\\\"d\" ,,e", &["a", "b, c\"d ", "", "e"]),
        ] {
            assert_eq!(split(text), expected, "{text}");
        }
        let macros = BTreeMap::from([("{$PORT}".to_owned(), "5433".to_owned())]);
        let [start, end] = OPEN_MACRO;
        assert_eq!(with_values("-p {$PORT} {x}", &macros), "-p 5433 {x}");
        assert_eq!(with_values("{#DB}{$P", &macros), format!("{start}DB{end}{{$P"));
    }
}
