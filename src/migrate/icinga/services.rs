//! The services of Icinga 2 with the commands that they run.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use indexmap::IndexMap;

use super::command::{MacroSources, names};
use super::objects::{EvaluatedBody, FiledDefinition, IcingaObjects};
use super::statements::DefinitionKind;
use super::value::IcingaValue;
use crate::migrate::found::{
    FoundCommand, FoundHost, FoundService, FoundServices, FoundTiming, MOST_SERVICES,
    is_like_postgres, names_any_plugin,
};
use crate::migrate::place::DefinitionPlace;
use crate::migrate::source::SourceFile;
use crate::text::mistake::Mistake;
use crate::text::shell::quoted;

/// The most messages about what only Icinga can decide.
const MOST_UNCLEAR: usize = 1_000;

/// The files of a configuration.
pub(crate) type IcingaFiles<'a> = Vec<&'a SourceFile>;

/// A host with its values.
struct IcingaHost {
    host: FoundHost,
    value: IcingaValue,
}

/// Adds the services whose command is about a plugin or an agent that runs one.
pub(crate) fn services(files: &IcingaFiles<'_>, found: &mut FoundServices) {
    let mut unclear = Vec::new();
    let objects = IcingaObjects::of(files, &mut unclear);
    found.unclear.append(&mut unclear);
    let mut reader = ServiceReader {
        objects: &objects,
        hosts: Vec::new(),
        of_hosts: Vec::new(),
        reported: BTreeSet::new(),
        templates: BTreeSet::new(),
        found,
    };
    reader.hosts();
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
    of_hosts: Vec<(String, EvaluatedBody)>,
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

    fn hosts(&mut self) {
        let is_host = |filed: &&FiledDefinition| {
            filed.definition.of == "Host" && filed.definition.kind == DefinitionKind::Object
        };
        for filed in self.objects.definitions.iter().filter(is_host).take(MOST_SERVICES) {
            let Some(name) = self.objects.name_of(filed) else { continue };
            let local = names([("name".to_owned(), IcingaValue::Text(name.clone()))]);
            let mut body = self.objects.evaluate(filed, &local);
            let mut value = std::mem::take(&mut body.values);
            self.of_hosts.push((name.clone(), body));
            let map = value.map_mut();
            map.insert("name".to_owned(), IcingaValue::Text(name.clone()));
            map.entry("display_name".to_owned()).or_insert(IcingaValue::Text(name.clone()));
            let address = [value.get("address"), value.get("address6")];
            let address = address.iter().find_map(IcingaValue::text).unwrap_or_default();
            if let IcingaValue::List(groups) = value.get("groups") {
                for group in groups.iter().filter_map(IcingaValue::text) {
                    self.found.groups.entry(group).or_default().insert(name.clone());
                }
            }
            let host = FoundHost { name, address };
            self.found.hosts.push(host.clone());
            self.hosts.push(Rc::new(IcingaHost { host, value }));
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
        Some(self.objects.evaluate(filed, &IndexMap::new()))
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
        self.service(filed, &name, &host, &IndexMap::new());
    }

    fn rule(&mut self, filed: &FiledDefinition) {
        let mut applied = false;
        let hosts = self.hosts.clone();
        for host in &hosts {
            let base = names([("host".to_owned(), host.value.clone())]);
            for local in self.turns(filed, &base) {
                let body = self.objects.evaluate(filed, &local);
                let decides = filed.definition.each.is_some();
                for (place, message) in &body.unclear {
                    self.unclear(place.mistake("", message.clone()));
                    applied = true;
                }
                if body.assigned.unwrap_or(decides) && !body.ignored && body.unclear.is_empty() {
                    let own = filed.definition.name.as_ref();
                    let own = own.and_then(|name| {
                        self.objects.scope(&local, &IcingaValue::Null).value(name).text()
                    });
                    let key = filed
                        .definition
                        .each
                        .as_ref()
                        .and_then(|(names, _)| local.get(names.first()?)?.text());
                    let name = format!("{}{}", own.unwrap_or_default(), key.unwrap_or_default());
                    applied = true;
                    self.service(filed, &name, host, &local);
                }
            }
        }
        if !applied {
            let message = "no host of the files has it; name the files with its hosts, too";
            self.unclear(place(filed).mistake("apply Service", message));
        }
    }

    /// The names for each turn of the loop of a rule; one turn without a loop.
    fn turns(
        &mut self,
        filed: &FiledDefinition,
        base: &IndexMap<String, IcingaValue>,
    ) -> Vec<IndexMap<String, IcingaValue>> {
        let Some(header) = &filed.definition.each else { return vec![base.clone()] };
        self.objects.turns(header, base).unwrap_or_else(|what| {
            let message = format!("the loop has {what}, which is not known");
            self.unclear(place(filed).mistake("apply Service", message));
            Vec::new()
        })
    }

    fn service(
        &mut self,
        filed: &FiledDefinition,
        name: &str,
        host: &IcingaHost,
        local: &IndexMap<String, IcingaValue>,
    ) {
        let mut local = local.clone();
        local.insert("host".to_owned(), host.value.clone());
        let mut this = names([("name".to_owned(), IcingaValue::Text(name.to_owned()))]);
        this.extend(local.clone());
        let mut body = self.objects.evaluate(filed, &this);
        if let Some((place, message)) = body.unclear.first() {
            self.unclear(place.mistake(name, message.clone()));
            return;
        }
        body.values.map_mut().insert("name".to_owned(), IcingaValue::Text(name.to_owned()));
        let check = body.values.get("check_command");
        let Some(check) = check.text() else {
            if let IcingaValue::Unknown(what) = check {
                self.unclear(
                    place(filed)
                        .mistake(name, format!("check_command is {what}, which only Icinga knows")),
                );
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
            host: &host.value,
            command: &command.values,
            left: &self.objects.left,
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
