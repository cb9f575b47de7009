//! The services of Nagios with the command lines that they run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::macros::{HostMacros, MacroValues};
use super::names::{HostNames, groups, list};
use super::objects::{NagiosObject, NagiosObjects, ObjectValue, ObjectValues};
use crate::migrate::found::{
    FoundCommand, FoundHost, FoundService, FoundServices, FoundTiming, MOST_SERVICES,
    is_like_postgres, names_any_plugin, names_plugin,
};

/// The most pairs of a service and a host.
const MOST_COMPARED: usize = 10_000_000;

/// A host with its values.
struct NagiosHost {
    host: FoundHost,
    values: ObjectValues,
}

/// Adds the services of the objects whose command line is about a plugin or an agent that runs one.
pub(crate) fn services(objects: &NagiosObjects, found: &mut FoundServices) {
    let hosts = hosts(objects, found);
    found.hosts.extend(hosts.iter().map(|host| host.host.clone()));
    let of_hosts: Vec<(&str, Vec<String>)> =
        hosts.iter().map(|one| (one.host.name.as_str(), list(&one.values, "hostgroups"))).collect();
    let groups = groups(objects, &of_hosts, found);
    let names: BTreeSet<&str> = of_hosts.iter().map(|(name, _)| *name).collect();
    let of_host: HostMacros =
        hosts.iter().map(|host| (host.host.name.clone(), host_macros(host))).collect();
    found.groups.extend(groups.clone());
    let commands: BTreeMap<&str, &NagiosObject> = objects
        .of("command")
        .filter_map(|object| Some((object.values.get("command_name")?.text.as_str(), object)))
        .collect();
    let mut used = BTreeSet::new();
    let mut compared = 0;
    let mut reported = BTreeSet::new();
    let direct = direct(objects);
    // The check of a host is a service of this host.
    for object in objects.of("service").chain(objects.of("host")) {
        let is_template = object.values.get("register").is_some_and(|value| value.text == "0");
        let mut unclear = Vec::new();
        let values = objects.resolved(object, &mut unclear);
        let Some(check) = values.get("check_command") else {
            // Its template, which is missing, can have it. A template that is missing is reported once.
            unclear.retain(|mistake| !is_template && reported.insert(mistake.message.clone()));
            found.unclear.append(&mut unclear);
            continue;
        };
        let parts = arguments(&check.text);
        let Some(command) = commands.get(parts[0].as_str()) else {
            if parts.iter().take(2).any(|part| is_like_postgres(part)) && !is_template {
                let message = format!(
                    "the command \"{}\" is in none of the files; name its file, too",
                    parts[0]
                );
                found.unclear.push(check.place.mistake("check_command", message));
            }
            continue;
        };
        let Some(line) = command.values.get("command_line") else { continue };
        let is_about = |text: &str| names_any_plugin(text) || text.contains("check_nrpe");
        // A part of the line can be in an argument, in a variable of the service or in a resource.
        let mut own = values.iter().filter(|(key, _)| key.starts_with('_'));
        let mut resources = objects.resources.iter();
        if !is_about(&line.text)
            && !parts.iter().any(|part| is_about(part))
            && !own.any(|(_, value)| is_about(&value.text))
            && !resources
                .any(|(name, value)| is_about(value) && line.text.contains(&format!("${name}$")))
        {
            continue;
        }
        used.insert(parts[0].clone());
        if is_template {
            continue;
        }
        unclear.retain(|mistake| reported.insert(mistake.message.clone()));
        found.unclear.append(&mut unclear);
        let name = values
            .get("service_description")
            .map_or_else(|| parts[0].clone(), |value| value.text.clone());
        if values.get("active_checks_enabled").is_some_and(|value| value.text == "0") {
            let message = "active_checks_enabled is 0: Nagios does not run it, and the settings do not contain it";
            found.unclear.push(object.place.mistake(&name, message));
            continue;
        }
        compared += hosts.len();
        if compared > MOST_COMPARED {
            let message = "too many services and hosts; name fewer files";
            found.unclear.push(object.place.mistake(&name, message));
            return;
        }
        let wanted = HostNames::of(&values, objects.true_regexp);
        let selection = wanted.selection(&groups);
        let members: Vec<&NagiosHost> =
            hosts.iter().filter(|host| selection.contains(&host.host.name)).collect();
        let absent = wanted.absent(&names, &groups);
        if let Some(unread) = wanted.unread() {
            let message = format!(
                "\"{unread}\" is a regular expression that patterns cannot express; write the names of the hosts"
            );
            found.unclear.push(object.place.mistake(&name, message));
            continue;
        }
        if !members.is_empty() && !absent.is_empty() {
            let message = format!(
                "{} in host_name or hostgroup_name is in none of the files; name its file, too",
                absent.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ")
            );
            found.unclear.push(object.place.mistake(&name, message));
        }
        if members.is_empty() {
            let message =
                "no host of the files has it; name the files with its hosts and groups, too";
            found.unclear.push(object.place.mistake(&name, message));
        }
        for host in members {
            if !selection.names(&host.host.name)
                && direct.contains(&(host.host.name.clone(), name.clone()))
            {
                continue;
            }
            let macros = macros(objects, &host.host, &of_host, &values, &name);
            let text = match command_line(&line.text, &parts[1..], macros) {
                Ok(text) => text,
                Err(message) => {
                    found.unclear.push(object.place.mistake(&name, message));
                    continue;
                }
            };
            let fits = found.add(FoundService {
                place: object.place.clone(),
                command_place: Some(line.place.clone()),
                name: name.clone(),
                host: Some(host.host.clone()),
                is_remote: false,
                command: FoundCommand::Line(text),
                timing: timing(&values, objects.interval_length),
            });
            if !fits {
                return;
            }
        }
    }
    for (name, command) in commands {
        let line = command.values.get("command_line");
        if let Some(line) = line.filter(|line| names_plugin(&line.text) && !used.contains(name)) {
            unused(name, command, line, objects, found);
        }
    }
}

/// A command that no service uses: it is a call if it needs no values of a service.
fn unused(
    name: &str,
    command: &NagiosObject,
    line: &ObjectValue,
    objects: &NagiosObjects,
    found: &mut FoundServices,
) {
    let hosts = HostMacros::new();
    let resources = MacroValues { own: objects.resources.clone(), hosts: &hosts };
    let needs =
        line.text.contains("$ARG") || line.text.contains("$HOST") || line.text.contains("$_");
    match resources.replaced(&line.text) {
        Ok(text) if !needs => {
            found.add(FoundService {
                place: command.place.clone(),
                command_place: Some(line.place.clone()),
                name: name.to_owned(),
                host: None,
                is_remote: false,
                command: FoundCommand::Line(text),
                timing: FoundTiming::default(),
            });
        }
        _ => {
            let message = "no service of the files uses this command, so its levels are not known; name the files with the services, too";
            found.unclear.push(command.place.mistake(name, message));
        }
    }
}

/// The parts of `NAME!ARGUMENT!ARGUMENT`; `\!` is a part of an argument.
fn arguments(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '!' => parts.push(String::new()),
            '\\' if letters.peek() == Some(&'!') => {
                parts.last_mut().expect("it has one").extend(letters.next());
            }
            other => parts.last_mut().expect("it has one").push(other),
        }
    }
    let name = parts.remove(0);
    parts.insert(0, name.trim().to_owned());
    parts
}

/// The command line with the values of all macros. An argument can contain macros, but no arguments.
fn command_line(
    line: &str,
    arguments: &[String],
    mut macros: MacroValues<'_>,
) -> Result<String, String> {
    let mut values = BTreeMap::new();
    for (number, argument) in (1..).zip(arguments) {
        values.insert(format!("ARG{number}"), macros.replaced(argument)?);
    }
    macros.own.extend(values);
    macros.replaced(line)
}

fn macros<'h>(
    objects: &NagiosObjects,
    host: &FoundHost,
    hosts: &'h HostMacros,
    service: &ObjectValues,
    name: &str,
) -> MacroValues<'h> {
    let mut own = objects.resources.clone();
    own.insert("SERVICEDESC".to_owned(), name.to_owned());
    own.extend(hosts.get(&host.name).cloned().unwrap_or_default());
    own.extend(custom_macros("SERVICE", service));
    MacroValues { own, hosts }
}

/// The macros of a host.
fn host_macros(host: &NagiosHost) -> BTreeMap<String, String> {
    let FoundHost { name, address } = &host.host;
    let of = |key: &str, other: &String| {
        host.values.get(key).map_or_else(|| other.clone(), |value| value.text.clone())
    };
    let alias = of("alias", name);
    let macros = [
        ("HOSTNAME", name.clone()),
        ("HOSTADDRESS", address.clone()),
        ("HOSTDISPLAYNAME", of("display_name", name)),
        ("HOSTALIAS", alias),
    ];
    let macros = macros.into_iter().map(|(key, value)| (key.to_owned(), value));
    macros.chain(custom_macros("HOST", &host.values)).collect()
}

/// The macros of the variables whose names begin with `_`.
fn custom_macros<'v>(
    kind: &'v str,
    values: &'v ObjectValues,
) -> impl Iterator<Item = (String, String)> + 'v {
    let custom = values.iter().filter(|(key, _)| key.starts_with('_'));
    custom.map(move |(key, value)| {
        (format!("_{kind}{}", key[1..].to_ascii_uppercase()), value.text.clone())
    })
}

fn hosts(objects: &NagiosObjects, found: &mut FoundServices) -> Vec<NagiosHost> {
    let mut hosts = Vec::new();
    let mut reported = BTreeSet::new();
    for object in objects.of("host") {
        if object.values.get("register").is_some_and(|value| value.text == "0") {
            continue;
        }
        // A template that is missing can have groups and macros, with which services reach the host.
        let mut missing = Vec::new();
        let values = objects.resolved(object, &mut missing);
        missing.retain(|mistake| reported.insert(mistake.message.clone()));
        found.unclear.append(&mut missing);
        let Some(name) = values.get("host_name").map(|value| value.text.clone()) else { continue };
        let address =
            values.get("address").map_or_else(|| name.clone(), |value| value.text.clone());
        if hosts.len() >= MOST_SERVICES {
            let message = format!("more than {MOST_SERVICES} hosts; name fewer files");
            found.unclear.push(object.place.mistake(&name, message));
            break;
        }
        hosts.push(NagiosHost { host: FoundHost { name, address }, values });
    }
    hosts
}

/// The hosts and descriptions of services that name their hosts. One of a group with the same description does not apply
/// to such a host.
fn direct(objects: &NagiosObjects) -> BTreeSet<(String, String)> {
    let mut direct = BTreeSet::new();
    let is_service =
        |values: &ObjectValues| values.get("register").is_none_or(|value| value.text != "0");
    for object in objects.of("service").filter(|object| is_service(&object.values)) {
        let values = objects.resolved(object, &mut Vec::new());
        let Some(name) = values.get("service_description") else { continue };
        direct.extend(list(&values, "host_name").into_iter().map(|host| (host, name.text.clone())));
    }
    direct
}

/// The times of a service, in units of `interval_length`.
fn timing(values: &ObjectValues, unit: Option<u64>) -> FoundTiming {
    let number = |keys: [&str; 2]| -> Option<f64> {
        let text = keys.iter().find_map(|key| values.get(*key))?;
        text.text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
    };
    let time = |keys: [&str; 2]| -> Option<Duration> {
        #[expect(clippy::cast_precision_loss, reason = "it is a number of seconds")]
        let seconds = number(keys)? * unit.unwrap_or(60) as f64;
        Duration::try_from_secs_f64(seconds.round()).ok().filter(|time| !time.is_zero())
    };
    FoundTiming {
        interval: time(["check_interval", "normal_check_interval"]),
        retry: time(["retry_interval", "retry_check_interval"]),
        attempts: values.get("max_check_attempts").and_then(|value| value.text.parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::arguments;

    #[test]
    fn an_escaped_mark_does_not_end_an_argument() {
        assert_eq!(arguments("check_x!a\\!b!c!"), ["check_x", "a!b", "c", ""]);
        assert_eq!(arguments("check_x"), ["check_x"]);
    }
}
