//! The services of Icinga 2 with the commands that they run.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use super::command::{MacroSources, names};
use super::definitions::DefinitionKind;
use super::hosts::{IcingaHost, UnclearHosts};
use super::objects::{EvaluatedBody, FiledDefinition, IcingaObjects};
use super::value::IcingaValue;
use super::world::NamedValues;
use crate::migrate::found::{
    FoundCommand, FoundService, FoundServices, FoundTiming, is_like_postgres, names_any_plugin,
};
use crate::migrate::place::DefinitionPlace;
use crate::migrate::source::SourceFile;
use crate::text::mistake::Mistake;
use crate::text::shell::quoted;

/// The most messages about what only Icinga can decide.
const MOST_UNCLEAR: usize = 1_000;

/// The files of a configuration.
pub(crate) type IcingaFiles<'a> = Vec<&'a SourceFile>;

/// Adds the services whose command is about a plugin or an agent that runs one.
pub(crate) fn services(files: &IcingaFiles<'_>, found: &mut FoundServices) {
    let mut unclear = Vec::new();
    let objects = IcingaObjects::of(files, &mut unclear);
    found.unclear.append(&mut unclear);
    let (hosts, of_hosts) = objects.hosts(found);
    if objects.calls_get_service {
        objects.known_services(&hosts);
    }
    let mut reader = ServiceReader {
        objects: &objects,
        hosts,
        of_hosts,
        reported: BTreeSet::new(),
        templates: BTreeSet::new(),
        found,
    };
    for filed in &objects.definitions {
        let is_read = matches!(filed.definition.of.as_str(), "Service" | "Host");
        if !is_read || !reader.is_about_plugin(filed) {
            continue;
        }
        reader.report_hosts();
        match filed.definition.kind {
            DefinitionKind::Object => reader.object(filed),
            DefinitionKind::Apply => reader.rule(filed),
            DefinitionKind::Template => {}
        }
    }
}

struct ServiceReader<'a, 'f> {
    objects: &'a IcingaObjects,
    hosts: Vec<Rc<IcingaHost>>,
    /// What is not clear in hosts, by their names. It is reported if a service can be about a plugin.
    of_hosts: UnclearHosts,
    /// Lines whose message was printed; a rule has it for each host.
    reported: BTreeSet<DefinitionPlace>,
    /// Messages about templates that are missing, which many objects import.
    templates: BTreeSet<String>,
    found: &'f mut FoundServices,
}

impl ServiceReader<'_, '_> {
    fn unclear(&mut self, mistake: Mistake) {
        let place = DefinitionPlace { file: mistake.file.as_str().into(), line: mistake.line };
        if self.reported.len() < MOST_UNCLEAR && self.reported.insert(place) {
            self.found.unclear.push(mistake);
        }
    }

    fn missing(&mut self, body: &EvaluatedBody) {
        for (place, message) in &body.missing {
            if self.templates.insert(message.clone()) {
                self.unclear(place.mistake("", message.clone()));
            }
        }
    }

    fn report_hosts(&mut self) {
        for (name, body) in std::mem::take(&mut self.of_hosts) {
            self.missing(&body);
            for (place, message) in body.unclear {
                self.unclear(place.mistake(&name, message));
            }
        }
    }

    /// Whether a service, or the check of a host, can be about a plugin: its command, or a template of it, is. Others are
    /// left out early, so that what they contain is not reported.
    fn is_about_plugin(&self, filed: &FiledDefinition) -> bool {
        let local = names([("host".to_owned(), IcingaValue::Unknown("host".to_owned()))]);
        let values = self.objects.evaluate(filed, &local).values;
        match values.get("check_command").text() {
            Some(name) => self
                .command(&name)
                .map_or_else(|| is_like_postgres(&name), |command| is_about(&name, &command)),
            // It depends on the host.
            None => filed.definition.of == "Service",
        }
    }

    fn command(&self, name: &str) -> Option<EvaluatedBody> {
        let filed = self.objects.named("CheckCommand", name)?;
        Some(self.objects.evaluate(filed, &NamedValues::new()))
    }

    fn object(&mut self, filed: &FiledDefinition) {
        let Some(name) = self.objects.name_of(filed) else { return };
        let local = names([("name".to_owned(), IcingaValue::Text(name.clone()))]);
        // The check of a host is a service of this host.
        let wanted = match filed.definition.of.as_str() {
            "Host" => Some(name.clone()),
            _ => self.objects.evaluate(filed, &local).values.get("host_name").text(),
        };
        let host = self.hosts.iter().find(|host| Some(&host.host.name) == wanted.as_ref()).cloned();
        let Some(host) = host else {
            let message = match wanted {
                Some(host) => {
                    format!("the host \"{host}\" is in none of the files; name its file, too")
                }
                None => "it has no host_name".to_owned(),
            };
            self.unclear(place(filed).mistake(&name, message));
            return;
        };
        self.service(filed, &name, &host, &NamedValues::new());
    }

    fn rule(&mut self, filed: &FiledDefinition) {
        let mut applied = false;
        let hosts = self.hosts.clone();
        for host in &hosts {
            let turns = self.turns(filed, &host.base);
            // A rule without a loop needs no other names.
            for local in turns.as_deref().unwrap_or(std::slice::from_ref(&host.base)) {
                match self.objects.applies(filed, local, filed.definition.each.is_some()) {
                    Err((place, message)) => {
                        self.unclear(place.mistake("", message));
                        applied = true;
                    }
                    Ok(false) => {}
                    Ok(true) => {
                        let name = self.objects.name_of_turn(filed, local);
                        applied = true;
                        self.service(filed, &name, host, local);
                    }
                }
            }
        }
        if !applied {
            let message = "no host of the files has it; name the files with its hosts, too";
            self.unclear(place(filed).mistake("apply Service", message));
        }
    }

    /// The names for each turn of the loop of a rule; absent without a loop.
    fn turns(&mut self, filed: &FiledDefinition, base: &NamedValues) -> Option<Vec<NamedValues>> {
        let header = filed.definition.each.as_ref()?;
        Some(self.objects.turns(header, base).unwrap_or_else(|what| {
            let message = format!("the loop has {what}, which is not known; write the list");
            self.unclear(place(filed).mistake("apply Service", message));
            Vec::new()
        }))
    }

    fn service(
        &mut self,
        filed: &FiledDefinition,
        name: &str,
        host: &IcingaHost,
        local: &NamedValues,
    ) {
        let mut local = local.clone();
        local.insert("host".to_owned(), host.value().clone());
        let text = |text: &str| IcingaValue::Text(text.to_owned());
        let first = [("name", text(name)), ("host_name", text(&host.host.name))];
        let first = names(first.map(|(name, value)| (name.to_owned(), value)));
        let body = self.objects.evaluate_with(filed, &local, first);
        // A rule can name its services in its body.
        let own = body.values.get("name").text();
        let name = own.as_deref().unwrap_or(name);
        if let Some((place, message)) = body.unclear.first() {
            self.unclear(place.mistake(name, message.clone()));
            return;
        }
        let check = body.values.get("check_command");
        let Some(check) = check.text() else {
            if let IcingaValue::Unknown(what) = check {
                self.unclear(place(filed).mistake(
                    name,
                    format!("check_command is {what}, which only Icinga knows; write the value"),
                ));
            }
            // A template that is missing can have it.
            self.missing(&body);
            return;
        };
        let Some(command) = self.command(&check) else {
            if is_like_postgres(&check) {
                let message =
                    format!("the command \"{check}\" is in none of the files; name its file, too");
                self.unclear(place(filed).mistake(name, message));
            }
            return;
        };
        let command_filed = self.objects.named("CheckCommand", &check);
        if !is_about(&check, &command) {
            return;
        }
        self.missing(&body);
        self.missing(&command);
        let active = body.values.get("enable_active_checks");
        if active != IcingaValue::Null && active.truth() == Ok(false) {
            let message = "enable_active_checks is false: Icinga does not run it, and the settings do not contain it";
            self.unclear(place(filed).mistake(name, message));
            return;
        }
        if let Some((place, message)) = command.unclear.first() {
            self.unclear(place.mistake(&check, message.clone()));
            return;
        }
        let sources = MacroSources {
            service: &body.values,
            host: host.value(),
            command: &command.values,
            world: &self.objects.world,
        };
        let all = sources.environment().and_then(|variables| Ok((variables, sources.words()?)));
        let (variables, words) = match all {
            Ok(all) => all,
            Err(message) => {
                self.unclear(place(filed).mistake(name, message));
                return;
            }
        };
        let command = match words.split_first() {
            Some((line, rest)) if sources.is_line() => {
                let before = variables.iter().map(|word| quoted(word) + "; ");
                let rest = rest.iter().map(|word| format!(" {}", quoted(word)));
                FoundCommand::Line(before.chain([line.clone()]).chain(rest).collect())
            }
            _ => FoundCommand::Words([variables, words].concat()),
        };
        let endpoint = body.values.get("command_endpoint");
        self.found.add(FoundService {
            place: place(filed),
            command_place: command_filed.filter(|filed| &*filed.file != "icinga").map(place),
            name: name.to_owned(),
            host: Some(host.host.clone()),
            is_remote: endpoint.truth().unwrap_or(true),
            command,
            timing: timing(&body.values),
        });
    }
}

fn place(filed: &FiledDefinition) -> DefinitionPlace {
    DefinitionPlace { file: Rc::clone(&filed.file), line: filed.definition.line }
}

/// Whether a command is about a plugin, or runs another command. A template of it that is missing can be.
fn is_about(name: &str, command: &EvaluatedBody) -> bool {
    let values = &command.values;
    let text = format!("{:?} {:?}", values.get("command"), values.get("arguments"));
    names_any_plugin(&text)
        || text.contains("check_nrpe")
        || text.contains("check_by_ssh")
        || !command.missing.is_empty() && is_like_postgres(name)
}

fn timing(service: &IcingaValue) -> FoundTiming {
    let number = |key: &str| match service.get(key) {
        IcingaValue::Number(number) if number >= 1.0 && number.is_finite() => Some(number.round()),
        _ => None,
    };
    let time = |key: &str| Duration::try_from_secs_f64(number(key)?).ok();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is limited")]
    let attempts = number("max_check_attempts").map(|number| number.min(1e6) as u32);
    FoundTiming { interval: time("check_interval"), retry: time("retry_interval"), attempts }
}
