//! Reads the hosts, groups and checks of the Perl program Posemo.

use indexmap::IndexMap;

use super::found::{
    FoundCommand, FoundHost, FoundService, FoundServices, FoundTiming, PosemoCheck,
};
use super::perl_checks::{PERL_CHECKS, PerlCheck};
use super::perl_syntax::tree;
use super::place::DefinitionPlace;
use super::source::SourceFile;
use crate::compat::{TranslatedCall, TranslatedRange};
use crate::percona::yaml::{YamlNode, YamlValue};
use crate::text::suggestion::suggestion;
use crate::text::visible::visible;

/// What a file, a group or a host sets.
#[derive(Debug, Clone, Default)]
struct PerlLayer<'n> {
    /// The sections of checks, by their names in lower-case letters. An inner one replaces an outer one.
    checks: IndexMap<String, (&'n str, &'n YamlNode)>,
    port: Option<String>,
    name: Option<String>,
    has_password: bool,
    enabled: Option<bool>,
}

/// The keys with a meaning for posemo, and those without.
const KEYS: [&str; 16] = [
    "hosts",
    "hostgroup",
    "check",
    "port",
    "passwd",
    "name",
    "enabled",
    "user",
    "database",
    "schema",
    "order",
    "global_id",
    "warning_level",
    "critical_level",
    "min_value",
    "max_value",
];

/// Keys of an export of Icinga Director.
const DIRECTOR: [&str; 7] = [
    "Command",
    "CommandTemplate",
    "ExternalCommand",
    "HostTemplate",
    "ServiceSet",
    "ServiceTemplate",
    "SingleServiceSet",
];

/// Adds the checks of each host of a file.
pub(super) fn read(file: &SourceFile, found: &mut FoundServices) {
    let mut unclear = Vec::new();
    let tree = tree(file, &mut unclear);
    found.unclear.append(&mut unclear);
    let Some(root) = tree else { return };
    if let Some((_, object)) = entries(&root).iter().find(|(key, _)| DIRECTOR.contains(key)) {
        let message = "an export of Icinga Director is not read; name the folder with the files that it deploys, such as /var/lib/icinga2/api/packages/director";
        found.unclear.push(file.place(object.line).mistake("", message));
        return;
    }
    let mut reader = PerlReader { file, found };
    let layer = reader.layer(&root, &PerlLayer::default());
    reader.hosts(&root, &layer);
    for groups in children(&root, "hostgroup") {
        for (name, group) in entries(groups) {
            let before = reader.found.hosts.len();
            let layer = reader.layer(group, &layer);
            reader.hosts(group, &layer);
            let hosts = reader.found.hosts[before..].iter().map(|host| host.name.clone());
            let hosts: Vec<String> = hosts.collect();
            reader.found.groups.entry(name.to_owned()).or_default().extend(hosts);
        }
    }
}

struct PerlReader<'f> {
    file: &'f SourceFile,
    found: &'f mut FoundServices,
}

impl PerlReader<'_> {
    fn place(&self, node: &YamlNode) -> DefinitionPlace {
        self.file.place(node.line)
    }

    fn layer<'n>(&mut self, node: &'n YamlNode, outer: &PerlLayer<'n>) -> PerlLayer<'n> {
        let mut layer = outer.clone();
        for (key, value) in entries(node) {
            match key.to_ascii_lowercase().as_str() {
                "check" => {
                    for (name, section) in entries(value) {
                        layer.checks.insert(squeezed(name), (name, section));
                    }
                }
                "port" => layer.port = value.text(),
                "name" => layer.name = value.text(),
                "passwd" => layer.has_password = true,
                "enabled" => layer.enabled = Some(truth(value)),
                known if KEYS.contains(&known) => {}
                _ => {
                    let message = format!("unknown key{}", suggestion(key, KEYS));
                    self.found.unclear.push(self.place(value).mistake(&visible(key), message));
                }
            }
        }
        layer
    }

    /// The hosts of a file or group: a text with names, or blocks.
    fn hosts<'n>(&mut self, node: &'n YamlNode, layer: &PerlLayer<'n>) {
        for hosts in children(node, "hosts") {
            if let Some(text) = hosts.text() {
                self.named(&text, hosts, layer);
                continue;
            }
            let inner = self.layer(hosts, layer);
            let names: Vec<&YamlNode> = children(hosts, "hosts").collect();
            for name in &names {
                self.named(&name.text().unwrap_or_default(), name, &inner);
            }
            if names.is_empty() {
                let message = "the block has no key hosts";
                self.found.unclear.push(self.place(hosts).mistake("hosts", message));
            }
        }
    }

    /// The hosts of `ADDRESS ADDRESS=NAME …`.
    fn named(&mut self, text: &str, node: &YamlNode, layer: &PerlLayer<'_>) {
        for word in text.split([' ', '\t', ',']).filter(|word| !word.is_empty()) {
            let (address, name) = word.split_once('=').unwrap_or((word, word));
            let name = layer.name.clone().unwrap_or_else(|| name.to_owned());
            let host = FoundHost { name, address: address.to_owned() };
            self.found.hosts.push(host.clone());
            let only =
                TranslatedCall { checks: vec!["alive"], timeout: 30, ..TranslatedCall::default() };
            if !self.service(self.place(node), "Alive", &host, layer, only, None) {
                return;
            }
            for (name, section) in layer.checks.values() {
                self.check(name, section, &host, layer);
            }
        }
    }

    fn service(
        &mut self,
        place: DefinitionPlace,
        name: &str,
        host: &FoundHost,
        layer: &PerlLayer<'_>,
        call: TranslatedCall,
        enabled: Option<bool>,
    ) -> bool {
        let check = PosemoCheck {
            call,
            enabled,
            port: layer.port.clone(),
            has_password: layer.has_password,
        };
        self.found.add(FoundService {
            place,
            command_place: None,
            name: name.to_owned(),
            host: Some(host.clone()),
            is_remote: false,
            command: FoundCommand::Posemo(Box::new(check)),
            timing: FoundTiming::default(),
        })
    }

    fn check(&mut self, name: &str, section: &YamlNode, host: &FoundHost, layer: &PerlLayer<'_>) {
        let Some(perl) = PERL_CHECKS.iter().find(|perl| perl.name == squeezed(name)) else {
            let known = PERL_CHECKS.iter().map(|perl| perl.name);
            let message =
                format!("Posemo has no check of this name{}", suggestion(&squeezed(name), known));
            self.found.unclear.push(self.place(section).mistake(&visible(name), message));
            return;
        };
        let mut call = TranslatedCall {
            checks: vec![perl.check],
            differs: perl.differs,
            timeout: 30,
            ..TranslatedCall::default()
        };
        let mut enabled = layer.enabled;
        for (key, value) in entries(section) {
            let text = value.text().unwrap_or_default();
            let refused = match key.to_ascii_lowercase().as_str() {
                "enabled" => {
                    enabled = Some(truth(value));
                    None
                }
                "warning_level" => level(perl, &text, false, &mut call).err(),
                "critical_level" => level(perl, &text, true, &mut call).err(),
                "is_primary" | "isnt_primary" if perl.name == "primary" => {
                    let expected = if key.eq_ignore_ascii_case("is_primary") == truth(value) { "primary" } else { "standby" };
                    call.arguments.push((perl.check, "expected", expected.to_owned()));
                    None
                }
                "skip_db_re" if text == "^template[01]$" => None,
                "skip_db_re" => Some("posemo has no expression for the databases of a check; list them in databases of the target".to_owned()),
                "no_critical" | "warn_if_failed" => Some("set no_answer of the target: critical, warning or unknown".to_owned()),
                "timeout" => Some("the time limit is that of the run: posemo run --timeout".to_owned()),
                // They are for graphs and for the text of a row.
                "min_value" | "max_value" | "name" | "order" | "message" | "retention_period" | "lower_is_worse" => None,
                other => {
                    let near = suggestion(other, ["enabled", "warning_level", "critical_level", "skip_db_re", "timeout"]);
                    Some(format!("Posemo ignored this key{near}"))
                }
            };
            if let Some(message) = refused {
                let key = format!("{} {}", visible(name), visible(key));
                let mistake = self.place(value).mistake(&key, message);
                if !self.found.unclear.contains(&mistake) {
                    self.found.unclear.push(mistake);
                }
            }
        }
        self.service(self.place(section), name, host, layer, call, enabled);
    }
}

fn level(
    perl: &PerlCheck,
    text: &str,
    critical: bool,
    call: &mut TranslatedCall,
) -> Result<(), String> {
    let metric = perl.metric.ok_or_else(|| perl.refused.to_owned())?;
    let number: f64 = text.trim().parse().map_err(|_| "the level is not a number".to_owned())?;
    if !number.is_finite() {
        return Err("the level is not a number".to_owned());
    }
    let range = if perl.lower_is_worse { format!("@~:{number}") } else { format!("@{number}:") };
    call.ranges.push(TranslatedRange { check: perl.check, metric, object: None, critical, range });
    Ok(())
}

/// The entries of a mapping, or of each mapping of a list.
fn entries(node: &YamlNode) -> Vec<(&str, &YamlNode)> {
    match &node.value {
        YamlValue::Map(map) => map.iter().map(|(key, value)| (key.text.as_str(), value)).collect(),
        YamlValue::List(list) => list
            .iter()
            .flat_map(|item| match &item.value {
                YamlValue::Map(map) => {
                    map.iter().map(|(key, value)| (key.text.as_str(), value)).collect()
                }
                _ => Vec::new(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The values of a key, and the items of those that are lists.
fn children<'n>(node: &'n YamlNode, key: &'n str) -> impl Iterator<Item = &'n YamlNode> {
    let found = entries(node).into_iter().filter(move |(name, _)| name.eq_ignore_ascii_case(key));
    found.flat_map(|(_, value)| match &value.value {
        YamlValue::List(list) => list.iter().collect::<Vec<_>>(),
        _ => vec![value],
    })
}

/// A name without blanks, underscores and capitals: `BG Writer Pressure` is `bgwriterpressure`.
fn squeezed(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

fn truth(value: &YamlNode) -> bool {
    let text = value.text().unwrap_or_default().to_ascii_lowercase();
    matches!(text.as_str(), "1" | "true" | "yes" | "on")
}
