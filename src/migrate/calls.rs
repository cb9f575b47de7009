//! Translates the services that files contain into calls of posemo, as `posemo compat` does.

use std::collections::BTreeMap;

use super::found::{
    FoundCommand, FoundHost, FoundService, FoundServices, FoundTiming, RemoteCommand,
    is_like_postgres, names_any_plugin, names_plugin,
};
use super::place::DefinitionPlace;
use super::plugin_call::{AgentCall, CalledProgram, OldPluginCall, called};
use crate::compat::{CallVariables, CompatError, ForeignPlugin, Translated, TranslatedCall};
use crate::text::visible::visible;

/// A service whose call was found.
#[derive(Debug, Clone)]
pub struct OldCall {
    /// Where the service is defined.
    pub place: DefinitionPlace,
    /// Where its command is defined, if this is another line.
    pub command_place: Option<DefinitionPlace>,
    /// The name of the service.
    pub service: String,
    /// The host of the service.
    pub host: Option<FoundHost>,
    /// Whether the call runs on this host.
    pub is_remote: bool,
    /// The old check, as `check_postgres backends`.
    pub old: String,
    /// The call of the plugin; absent for the Perl program Posemo.
    pub plugin: Option<OldPluginCall>,
    /// posemo's call, or why it has no counterpart.
    pub translated: Result<TranslatedCall, String>,
    /// Whether the check runs, where the old settings set it.
    pub enabled: Option<bool>,
    /// The port, where it is not a part of the call.
    pub port: Option<String>,
    /// What has the password of the role.
    pub password: Option<&'static str>,
    /// How often the service runs.
    pub timing: FoundTiming,
}

/// The calls of all services. What is not clear is added to the files' own.
pub(super) fn of(found: &mut FoundServices) -> Vec<OldCall> {
    let mut calls: Vec<OldCall> = Vec::new();
    let mut used: BTreeMap<usize, Option<FoundHost>> = BTreeMap::new();
    for service in std::mem::take(&mut found.services) {
        match called(&service.command) {
            Err(message) => found.unclear.push(service.place.mistake(&service.name, message)),
            Ok(CalledProgram::Plugin(call)) => {
                let each = call.for_each_server();
                calls.extend(each.into_iter().map(|call| of_plugin(&service, call, &found.hosts)));
            }
            Ok(CalledProgram::Agent(agent)) => {
                let host = host_of(&service, agent.host.as_deref(), &found.hosts);
                let called = of_agent(&agent, host.as_ref(), &found.remote).and_then(|at| {
                    let Some(at) = at else { return Ok(Vec::new()) };
                    // A command of several hosts belongs to none of them alone.
                    let known = used.entry(at).or_insert_with(|| host.clone());
                    if *known != host {
                        *known = None;
                    }
                    through_agent(&service, &agent, host.clone(), &found.remote[at], &found.hosts)
                });
                match called {
                    Ok(called) => calls.extend(called),
                    Err(message) => {
                        found.unclear.push(service.place.mistake(&service.name, message));
                    }
                }
            }
            Ok(CalledProgram::Other) => calls.extend(of_posemo(&service)),
        }
    }
    // Commands of agents that no service of the files calls.
    for (at, remote) in found.remote.iter().enumerate() {
        if used.contains_key(&at) {
            continue;
        }
        // The folder or the file can have the name of the host, or all other commands of the file belong to one.
        let named = found.hosts.iter().find(|host| is_of_host(remote, &host.name)).cloned();
        let mut others =
            used.iter().filter(|(other, _)| found.remote[**other].place.file == remote.place.file);
        let first = others.next().and_then(|(_, host)| host.clone());
        let only = first.filter(|host| others.all(|(_, other)| other.as_ref() == Some(host)));
        let host = named.or(only);
        let service = FoundService {
            place: remote.place.clone(),
            command_place: None,
            name: remote.name.clone(),
            is_remote: host.is_some(),
            host,
            command: FoundCommand::Line(remote.line.clone()),
            timing: FoundTiming::default(),
        };
        let open = argument_in(&remote.line).filter(|_| names_plugin(&remote.line));
        match (open, called(&service.command)) {
            (Some(argument), _) => {
                let message = format!(
                    "the command contains {argument}, which a service gives; name the files with the services, too"
                );
                found.unclear.push(remote.place.mistake(&remote.name, message));
            }
            (None, Ok(CalledProgram::Plugin(call))) => {
                let each = call.for_each_server();
                calls.extend(each.into_iter().map(|call| of_plugin(&service, call, &found.hosts)));
            }
            (None, Err(message)) if names_any_plugin(&remote.line) => {
                found.unclear.push(remote.place.mistake(&remote.name, message));
            }
            (None, _) => {}
        }
    }
    calls
}

/// An argument of an agent in a command: `$ARG1$`.
fn argument_in(line: &str) -> Option<&str> {
    let at = line.find("$ARG")?;
    let end = line[at + 1..].find('$')?;
    Some(&line[at..at + end + 2])
}

/// Whether a part of the path of a command's file is the name of a host.
fn is_of_host(remote: &RemoteCommand, host: &str) -> bool {
    let is_host = |part: &str| part.strip_suffix(".cfg").unwrap_or(part) == host;
    !host.is_empty() && remote.place.file.split('/').any(is_host)
}

/// Which command of the files an agent runs; none if it is about something else.
fn of_agent(
    agent: &AgentCall,
    host: Option<&FoundHost>,
    remote: &[RemoteCommand],
) -> Result<Option<usize>, String> {
    let named: Vec<usize> =
        (0..remote.len()).filter(|at| remote[*at].name == agent.command).collect();
    let of_host = |at: &&usize| host.is_some_and(|host| is_of_host(&remote[**at], &host.name));
    let is_same = || named.iter().all(|at| remote[*at].line == remote[named[0]].line);
    match named.iter().find(of_host).or_else(|| named.first().filter(|_| is_same())) {
        Some(at) => Ok(Some(*at)),
        None if named.is_empty() && is_like_postgres(&agent.command) => Err(format!(
            "the agent of the host runs the command {}; name its nrpe.cfg, too",
            visible(&agent.command)
        )),
        None if named.is_empty() => Ok(None),
        None => Err(format!(
            "several files have the command {} with different lines; put each in a folder with the name of its host",
            visible(&agent.command)
        )),
    }
}

/// The calls of a service through an agent on a host.
fn through_agent(
    service: &FoundService,
    agent: &AgentCall,
    host: Option<FoundHost>,
    remote: &RemoteCommand,
    hosts: &[FoundHost],
) -> Result<Vec<OldCall>, String> {
    let mut line = remote.line.clone();
    for (number, argument) in
        (1..=32).zip(agent.arguments.iter().map(Some).chain(std::iter::repeat(None)))
    {
        let name = format!("$ARG{number}$");
        line = line.replace(&name, argument.map_or("", String::as_str));
        if line.len() > super::found::LONGEST_COMMAND {
            return Err("the command is too long".to_owned());
        }
    }
    let service = FoundService {
        command_place: Some(remote.place.clone()),
        is_remote: true,
        command: FoundCommand::Line(line),
        host,
        ..service.clone()
    };
    match called(&service.command)? {
        CalledProgram::Plugin(call) => {
            let each = call.for_each_server().into_iter();
            Ok(each.map(|call| of_plugin(&service, call, hosts)).collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// The host on which a call runs: the one that its line names, as an agent or SSH connects to it, else that of the service.
fn host_of(service: &FoundService, named: Option<&str>, hosts: &[FoundHost]) -> Option<FoundHost> {
    let own = service.host.as_ref();
    // A macro that has no value here is about the host of the service.
    let Some(named) = named.filter(|name| !name.is_empty() && !name.contains('$')) else {
        return own.cloned();
    };
    let is_it = |host: &&FoundHost| {
        host.name.eq_ignore_ascii_case(named) || host.address.eq_ignore_ascii_case(named)
    };
    let unknown = || FoundHost { address: named.to_owned(), name: named.to_owned() };
    let found = own.filter(is_it).or_else(|| hosts.iter().find(is_it)).cloned();
    Some(found.unwrap_or_else(unknown))
}

fn of_plugin(service: &FoundService, call: OldPluginCall, hosts: &[FoundHost]) -> OldCall {
    let variables = CallVariables::of(|name| call.environment.get(name).cloned());
    let translated = match call.program.translate_with(&call.words, None, &variables) {
        // The report names the check beside the reason.
        Err(CompatError::NoCounterpart { reason, .. }) => Err(reason.to_owned()),
        // It can contain a password, which other messages would print.
        _ if call.words.iter().any(|word| is_connection_string(word)) => {
            Err("a connection string is not translated; write its host and port as options"
                .to_owned())
        }
        Ok(Translated::Call(call)) => Ok(*call),
        Ok(Translated::Text(_)) => Err("the call prints a text, and checks nothing".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    OldCall {
        place: service.place.clone(),
        command_place: service.command_place.clone(),
        service: service.name.clone(),
        host: host_of(service, call.runs_on.as_deref(), hosts),
        is_remote: service.is_remote || call.runs_on.is_some(),
        old: old_name(&call),
        password: call.password,
        plugin: Some(call),
        translated,
        enabled: None,
        port: None,
        timing: service.timing,
    }
}

/// Whether the value of an option is a connection string, which can contain a password. Blanks can surround its signs.
fn is_connection_string(word: &str) -> bool {
    let value = word.split_once('=').filter(|_| word.starts_with('-'));
    let value = value.map_or(word, |(_, value)| value);
    let value: String = value.chars().filter(|letter| !letter.is_whitespace()).collect();
    let value = value.to_ascii_lowercase();
    ["://", "password=", "host=", "hostaddr=", "dbname="].iter().any(|part| value.contains(part))
}

/// The plugin and its action or service.
fn old_name(call: &OldPluginCall) -> String {
    let (plugin, options) = match call.program.plugin {
        ForeignPlugin::CheckPostgres => ("check_postgres", ["--action", "-action"]),
        ForeignPlugin::CheckPgactivity => ("check_pgactivity", ["--service", "-s"]),
    };
    let mut named = call.program.action.clone();
    let mut words = call.words.iter();
    while let Some(word) = words.next() {
        let attached = word.split_once('=').filter(|(name, _)| options.contains(name));
        let value = match attached {
            Some((_, value)) => Some(value.to_owned()),
            None if options.contains(&word.as_str()) => words.next().cloned(),
            None => None,
        };
        named = value.or(named);
    }
    match named {
        Some(name) => format!("{plugin} {}", visible(name.trim())),
        None => plugin.to_owned(),
    }
}

fn of_posemo(service: &FoundService) -> Option<OldCall> {
    let FoundCommand::Posemo(check) = &service.command else { return None };
    Some(OldCall {
        place: service.place.clone(),
        command_place: None,
        service: service.name.clone(),
        host: service.host.clone(),
        is_remote: true,
        old: format!("Posemo {}", visible(&service.name)),
        plugin: None,
        translated: Ok(check.call.clone()),
        enabled: check.enabled,
        port: check.port.clone(),
        password: check.has_password.then_some("passwd"),
        timing: service.timing,
    })
}
