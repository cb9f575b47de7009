//! Reads user parameters of Zabbix' agent. The values of `$1` to `$9` are in the items of an export.

use std::collections::BTreeMap;

use super::call_words::base;
use super::found::{
    FoundCommand, FoundService, FoundServices, FoundTiming, LONGEST_COMMAND, names_any_plugin,
};
use super::place::DefinitionPlace;
use super::plugin_call::{CalledProgram, called};
use super::source::SourceFile;
use super::zabbix_items::{OPEN_MACRO, ZabbixItem, is_export, items};
use crate::compat::ForeignProgram;
use crate::text::shell::quoted;
use crate::text::visible::visible;

/// `UserParameter=KEY,COMMAND`.
struct UserParameter {
    place: DefinitionPlace,
    /// The key without `[*]`.
    name: String,
    /// Whether the key has `[*]`.
    is_flexible: bool,
    command: String,
}

/// Adds the user parameters that call a plugin, for each item of the exports that has the key.
pub(super) fn services(files: &[&SourceFile], found: &mut FoundServices) {
    let (exports, settings): (Vec<&SourceFile>, Vec<&SourceFile>) =
        files.iter().partition(|file| is_export(&file.text));
    let items = items(&exports, found);
    let mut by_name: BTreeMap<&str, Vec<&ZabbixItem>> = BTreeMap::new();
    for item in &items {
        by_name.entry(&item.name).or_default().push(item);
    }
    for parameter in settings.iter().flat_map(|file| parameters(file)) {
        let Some(own) = by_name.get(parameter.name.as_str()) else {
            without_item(parameter, !exports.is_empty(), found);
            continue;
        };
        for item in own {
            let command = if parameter.is_flexible {
                with_parameters(&parameter.command, &item.parameters)
            } else {
                Some(parameter.command.clone())
            };
            if let Some(command) = command {
                add(item, Some(&parameter.place), command, found);
            } else {
                let message = "the command of the item is too long";
                found.unclear.push(item.place.mistake(&visible(&item.name), message));
            }
        }
    }
    for item in &items {
        let first = item.parameters.first().map_or("", String::as_str);
        // An external check, or a command for the agent.
        if ForeignProgram::of(&item.name).is_some() {
            let words = item.parameters.iter().filter(|word| !word.is_empty());
            let line = words.fold(item.name.clone(), |line, word| line + " " + &quoted(word));
            add(&ZabbixItem { host: None, ..item.clone() }, None, line, found);
        } else if base(&item.name) == "system.run" && names_any_plugin(first) {
            add(item, None, first.to_owned(), found);
        }
    }
}

fn parameters(file: &SourceFile) -> Vec<UserParameter> {
    let read = |(place, line): (DefinitionPlace, String)| {
        let rest = line.trim_start().strip_prefix("UserParameter")?;
        let (key, command) = rest.trim_start().strip_prefix('=')?.split_once(',')?;
        let key = key.trim();
        let (name, is_flexible) = key.strip_suffix("[*]").map_or((key, false), |name| (name, true));
        let (name, command) = (name.to_owned(), command.trim().to_owned());
        let is_about = names_any_plugin(&command);
        is_about.then_some(UserParameter { place, name, is_flexible, command })
    };
    file.logical_lines().into_iter().filter_map(read).collect()
}

/// Adds a user parameter that no item of the files has: it is a call if it needs no values of an item.
fn without_item(parameter: UserParameter, has_items: bool, found: &mut FoundServices) {
    let UserParameter { place, name, is_flexible, command } = parameter;
    let key = if is_flexible { format!("{name}[*]") } else { name.clone() };
    if is_flexible && let Some(open) = parameter_in(&command) {
        let message = if has_items {
            format!(
                "the command contains {open}, a parameter of the item in Zabbix, and no item of the files has this key; export the hosts that have it, too"
            )
        } else {
            format!(
                "the command contains {open}, a parameter of the item in Zabbix; name an export of the hosts (YAML or JSON), too, or write the line with the value of each item, such as UserParameter={name}.db1,…"
            )
        };
        found.unclear.push(place.mistake(&key, message));
        return;
    }
    let command = if is_flexible { command.replace("$$", "$") } else { command };
    found.add(FoundService {
        place,
        command_place: None,
        name: key,
        host: None,
        is_remote: false,
        command: FoundCommand::Line(command),
        timing: FoundTiming::default(),
    });
}

/// Adds the call of an item.
fn add(
    item: &ZabbixItem,
    parameter: Option<&DefinitionPlace>,
    line: String,
    found: &mut FoundServices,
) {
    // The key can have a password among its parameters.
    let (place, name) = (&item.place, visible(&item.name));
    if !item.is_enabled {
        let message =
            "the item is disabled: Zabbix does not run it, and the settings do not contain it";
        found.unclear.push(place.mistake(&name, message));
        return;
    }
    let command = FoundCommand::Line(line);
    if let Ok(CalledProgram::Plugin(call)) = called(&command) {
        let mut values = call.words.iter().chain(call.environment.values());
        let open = values.find_map(|word| {
            let (name, _) = word.split_once(OPEN_MACRO[0])?.1.split_once(OPEN_MACRO[1])?;
            Some(name.to_owned())
        });
        if let Some(open) = open {
            let message = format!(
                "the item has the macro {}, whose value is not in the files; write a line with its value, such as UserParameter={name}.db1,…",
                visible(&open)
            );
            found.unclear.push(place.mistake(&name, message));
            return;
        }
    }
    found.add(FoundService {
        place: place.clone(),
        command_place: parameter.cloned(),
        name,
        host: item.host.clone(),
        is_remote: item.host.is_some(),
        command,
        timing: FoundTiming { interval: item.interval, ..FoundTiming::default() },
    });
}

/// The command with the values of `$1` to `$9`; `$$` is a dollar sign. `None` if it is too long.
fn with_parameters(command: &str, parameters: &[String]) -> Option<String> {
    let mut result = String::new();
    let mut letters = command.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('$', Some('$')) => result.extend(letters.next()),
            ('$', Some(digit @ '1'..='9')) => {
                let at = digit.to_digit(10).map_or(0, |digit| digit as usize - 1);
                letters.next();
                result.push_str(parameters.get(at).map_or("", String::as_str));
            }
            _ => result.push(letter),
        }
        if result.len() > LONGEST_COMMAND {
            return None;
        }
    }
    Some(result)
}

/// The first of `$1` to `$9` in a command of a flexible user parameter.
fn parameter_in(command: &str) -> Option<String> {
    let mut letters = command.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '$' {
            continue;
        }
        match letters.peek() {
            Some('$') => drop(letters.next()),
            Some(digit) if ('1'..='9').contains(digit) => return Some(format!("${digit}")),
            _ => {}
        }
    }
    None
}
