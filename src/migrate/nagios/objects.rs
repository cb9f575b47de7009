//! The objects of Nagios: `define TYPE { KEY VALUE … }`, with templates.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::migrate::place::DefinitionPlace;
use crate::migrate::source::SourceFile;
use crate::text::mistake::Mistake;

/// The most objects of all files.
const MOST_OBJECTS: usize = 100_000;

/// The most templates that an object inherits from, one from the other, and all together.
const DEEPEST: (usize, usize) = (32, 500);

/// The templates between an object and the one that is read, and the number of all that were read for it.
#[derive(Debug, Default)]
struct Inheritance {
    path: Vec<DefinitionPlace>,
    read: usize,
}

/// A value of an object, and where it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ObjectValue {
    pub(super) text: String,
    pub(super) place: DefinitionPlace,
}

/// The values of an object, by their lower-case names.
pub(super) type ObjectValues = IndexMap<String, ObjectValue>;

/// An object.
#[derive(Debug, Clone)]
pub(super) struct NagiosObject {
    /// Its type, such as `service`.
    pub(super) kind: String,
    /// Where it begins.
    pub(super) place: DefinitionPlace,
    /// Its own values.
    pub(super) values: ObjectValues,
}

/// All objects of the files.
#[derive(Debug, Default)]
pub(crate) struct NagiosObjects {
    pub(super) objects: Vec<NagiosObject>,
    /// The objects with a name, by type and name.
    templates: BTreeMap<(String, String), usize>,
    /// Values of `$USER1$` and so on, from resource.cfg.
    pub(super) resources: BTreeMap<String, String>,
    /// The seconds of a unit of `check_interval`.
    pub(crate) interval_length: Option<u64>,
    /// Whether all names in lists are regular expressions, and not only those with their signs.
    pub(crate) true_regexp: bool,
}

/// Whether a text contains a definition.
pub(crate) fn has_definitions(text: &str) -> bool {
    text.lines().any(|line| definition(line).is_some())
}

/// The type of `define TYPE {`, and what follows the brace. The brace can be in the next line.
fn definition(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start().strip_prefix("define")?;
    let rest = rest.strip_prefix(char::is_whitespace)?;
    let (kind, rest) = rest.split_once('{').unwrap_or((rest, ""));
    let kind = kind.trim();
    (!kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .then_some((kind, rest))
}

/// The name under which a value is read: Nagios knows others for it.
fn usual_key<'k>(kind: &str, key: &'k str) -> &'k str {
    match (kind, key) {
        ("service", "host" | "hosts") => "host_name",
        ("service", "hostgroup" | "hostgroups") => "hostgroup_name",
        ("service", "description") => "service_description",
        ("host", "host_groups") => "hostgroups",
        _ => key,
    }
}

impl NagiosObjects {
    /// Adds the objects of a file.
    pub(crate) fn read(&mut self, file: &SourceFile, unclear: &mut Vec<Mistake>) {
        let mut open: Option<NagiosObject> = None;
        for (place, line) in file.logical_lines() {
            let whole = line.trim();
            let line = without_comment(&line);
            let text = line.trim();
            let Some(mut object) = open.take() else {
                if let Some((kind, rest)) = definition(text) {
                    let kind = kind.to_ascii_lowercase();
                    let object = NagiosObject { kind, place, values: ObjectValues::new() };
                    match rest.trim().strip_suffix('}') {
                        Some("") => self.add(object, unclear),
                        _ => open = Some(object),
                    }
                } else if let Some((name, value)) = resource(whole) {
                    // A value, such as a password, can have a semicolon.
                    self.resources.insert(name.to_owned(), value.to_owned());
                }
                continue;
            };
            // The brace of a definition whose first line has none.
            if text == "{" {
                open = Some(object);
                continue;
            }
            if text == "}" {
                self.add(object, unclear);
                continue;
            }
            if definition(text).is_some() {
                unclear
                    .push(object.place.mistake(&object.kind, "the definition has no end; add }"));
                open = None;
                continue;
            }
            let (key, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            if !key.is_empty() {
                let value = ObjectValue { text: value.trim().to_owned(), place };
                let key = key.to_ascii_lowercase();
                object.values.insert(usual_key(&object.kind, &key).to_owned(), value);
            }
            open = Some(object);
        }
        if let Some(object) = open {
            unclear.push(object.place.mistake(&object.kind, "the definition has no end; add }"));
        }
    }

    fn add(&mut self, object: NagiosObject, unclear: &mut Vec<Mistake>) {
        if self.objects.len() == MOST_OBJECTS {
            let message = format!("more than {MOST_OBJECTS} objects; name fewer files");
            unclear.push(object.place.mistake("", message));
        }
        if self.objects.len() >= MOST_OBJECTS {
            return;
        }
        if let Some(name) = object.values.get("name") {
            self.templates.insert((object.kind.clone(), name.text.clone()), self.objects.len());
        }
        self.objects.push(object);
    }

    /// The objects of a type.
    pub(super) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a NagiosObject> {
        self.objects.iter().filter(move |object| object.kind == kind)
    }

    /// The values of an object with those of its templates.
    pub(super) fn resolved(
        &self,
        object: &NagiosObject,
        unclear: &mut Vec<Mistake>,
    ) -> ObjectValues {
        let mut values = self.inherited(object, &mut Inheritance::default(), unclear);
        values.retain(|_, value| value.text != "null");
        for value in values.values_mut() {
            if let Some(rest) = value.text.strip_prefix('+') {
                value.text = rest.trim_start().to_owned();
            }
        }
        values
    }

    fn inherited(
        &self,
        object: &NagiosObject,
        seen: &mut Inheritance,
        unclear: &mut Vec<Mistake>,
    ) -> ObjectValues {
        let mut values = object.values.clone();
        let Some(used) = object.values.get("use") else { return values };
        seen.read += 1;
        if seen.path.len() >= DEEPEST.0
            || seen.read > DEEPEST.1
            || seen.path.contains(&object.place)
        {
            let message =
                "its templates use each other in a circle, or there are too many; correct \"use\"";
            unclear.push(used.place.mistake(&object.kind, message));
            return values;
        }
        seen.path.push(object.place.clone());
        for name in used.text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let Some(found) = self.templates.get(&(object.kind.clone(), name.to_owned())) else {
                // The template may be in a file that was not named; its values are missing.
                let message =
                    format!("the template \"{name}\" is in none of the files; name its file, too");
                unclear.push(used.place.mistake(&object.kind, message));
                continue;
            };
            let template = &self.objects[*found];
            for (key, value) in self.inherited(template, seen, unclear) {
                if matches!(key.as_str(), "name" | "register" | "use") {
                    continue;
                }
                match values.get_mut(&key) {
                    None => drop(values.insert(key, value)),
                    Some(own) if own.text.starts_with('+') => {
                        let base = value.text.trim_start_matches('+').trim();
                        if base != "null" {
                            own.text = format!("{},{base}", own.text);
                        }
                        // A template whose value is not additive ends the list.
                        if !value.text.starts_with('+') {
                            own.text = own.text.trim_start_matches('+').trim().to_owned();
                        }
                    }
                    Some(_) => {}
                }
            }
        }
        seen.path.pop();
        values
    }
}

/// The name and the value of `$USER1$=VALUE`.
fn resource(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix('$')?.split_once('$')?;
    let value = value.trim_start().strip_prefix('=')?;
    name.starts_with("USER").then_some((name, value.trim()))
}

/// The line up to a semicolon, and with `\;` as a semicolon.
fn without_comment(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ';' => break,
            '\\' if letters.peek() == Some(&';') => text.extend(letters.next()),
            other => text.push(other),
        }
    }
    text
}
