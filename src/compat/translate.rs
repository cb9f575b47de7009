//! Translates a call of another plugin into posemo's words.

use std::fmt::Write as _;

use super::call::TranslatedCall;
use super::defaults::DefaultsFile;
use super::error::CompatError;
use super::levels::LevelReader;
use super::objects::FilterReader;
use super::options::{CHECK_PGACTIVITY, CHECK_POSTGRES, LINKS, other_format};
use super::table::{Counterpart, ForeignCheck, Kind, Mapping};
use super::value;
use super::words::{GivenOptions, OptionMeaning, OptionStyle, last, list};
use super::{check_pgactivity, check_postgres};
use crate::text::suggestion::suggestion;
use crate::text::visible::visible;

/// The time limit of both plugins in seconds, without an option.
const TIMEOUT: u64 = 30;

/// The database to which posemo connects first.
const HOME: &str = "posemo";

/// The most words of a call, and the most bytes of all.
const MOST: (usize, usize) = (500, 64 << 10);

/// Another plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignPlugin {
    /// `check_postgres`.
    CheckPostgres,
    /// `check_pgactivity`.
    CheckPgactivity,
}

/// Variables of libpq that decide what the other plugin asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallVariables {
    /// `PGDATABASE`, if it has a value.
    pub database: Option<String>,
    /// Whether `PGSERVICE` names a service, which can contain a database.
    pub service: bool,
    /// `PGHOST`, if it has a value.
    pub host: Option<String>,
}

impl CallVariables {
    /// The variables that a function knows.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> CallVariables {
        let value = |name: &str| variable(name).filter(|value| !value.is_empty());
        CallVariables {
            database: value("PGDATABASE"),
            service: value("PGSERVICE").is_some(),
            host: value("PGHOST"),
        }
    }
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Translated {
    /// A call of posemo.
    Call(Box<TranslatedCall>),
    /// The call asked for a text: the help, the version or a list.
    Text(String),
}

/// A program of another plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignProgram {
    /// The plugin.
    pub plugin: ForeignPlugin,
    /// The action in the name of a link.
    pub action: Option<String>,
}

impl ForeignProgram {
    /// The plugin that a path names: `check_postgres`, `check_postgres.pl`, `check_postgres_ACTION` or `check_pgactivity`.
    pub fn of(path: &str) -> Option<ForeignProgram> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let name = name.strip_suffix(".pl").unwrap_or(name);
        if name == "check_pgactivity" {
            return Some(ForeignProgram { plugin: ForeignPlugin::CheckPgactivity, action: None });
        }
        let rest = name.strip_prefix("check_postgres")?;
        let action = match rest {
            "" => None,
            _ => Some(rest.strip_prefix('_')?.to_owned()),
        };
        Some(ForeignProgram { plugin: ForeignPlugin::CheckPostgres, action })
    }

    /// Translates the words after the program.
    pub fn translate(&self, words: &[String]) -> Result<Translated, CompatError> {
        self.translate_with(words, None, &CallVariables::default())
    }

    /// The same with a file of defaults, and with variables: they count if the words do not contain the options.
    pub fn translate_with(
        &self,
        words: &[String],
        defaults: Option<&DefaultsFile>,
        variables: &CallVariables,
    ) -> Result<Translated, CompatError> {
        let bytes: usize = words.iter().map(String::len).sum();
        if words.len() > MOST.0 || bytes > MOST.1 {
            return Err(CompatError::Usage("the call is too long".to_owned()));
        }
        let (style, option, checks) = match self.plugin {
            ForeignPlugin::CheckPostgres => {
                (&CHECK_POSTGRES, "action", check_postgres::actions().collect::<Vec<_>>())
            }
            ForeignPlugin::CheckPgactivity => {
                (&CHECK_PGACTIVITY, "service", check_pgactivity::services().collect())
            }
        };
        let mut given = style.read(words)?;
        if let Some(text) = request(style, &given, &checks) {
            return Ok(Translated::Text(text));
        }
        let named = last(&given, option).map(str::to_owned).or_else(|| self.action.clone());
        let makes_links = given.contains_key("symlinks")
            || named.as_ref().is_some_and(|name| name.contains("build_symlinks"));
        if self.plugin == ForeignPlugin::CheckPostgres && makes_links {
            return Err(CompatError::Usage(format!("posemo makes no links: {LINKS}")));
        }
        let Some(named) = named else {
            let message = format!("{} needs --{option}=NAME", style.plugin);
            return Err(CompatError::Usage(message));
        };
        let name = named.trim().replace('-', "_");
        let name = match self.plugin {
            ForeignPlugin::CheckPostgres => name.to_ascii_lowercase(),
            ForeignPlugin::CheckPgactivity => name,
        };
        let Some(check) = checks.iter().find(|check| check.name == name) else {
            let near = suggestion(&name, checks.iter().map(|check| check.name));
            let message = format!("{} has no {option} \"{}\"{near}", style.plugin, visible(&named));
            return Err(CompatError::Usage(message));
        };
        let mapping = match &check.answer {
            Counterpart::Checks(mapping) => mapping,
            Counterpart::Nothing(reason) => {
                let (plugin, name) = (style.plugin, check.name);
                return Err(CompatError::NoCounterpart { plugin, name, reason });
            }
        };
        meanings(style, &given, check.name, mapping)?;
        if let Some(file) = defaults.filter(|_| !given.contains_key("no-check_postgresrc")) {
            file.complete(&mut given, mapping.accepts)?;
        }
        if let Some(name) = &variables.database {
            given.entry("dbname").or_insert_with(|| vec![name.clone()]);
        }
        let mut call = TranslatedCall {
            checks: mapping.checks.to_vec(),
            arguments: mapping
                .arguments
                .iter()
                .map(|(check, name, value)| (*check, *name, (*value).to_owned()))
                .collect(),
            differs: check.differs,
            ..TranslatedCall::default()
        };
        let lenient = self.plugin == ForeignPlugin::CheckPgactivity;
        let levels = LevelReader { name: check.name, mapping, lenient };
        levels.read(last(&given, "warning"), last(&given, "critical"), &mut call)?;
        let filters = FilterReader { name: check.name, objects: mapping.objects, given: &given };
        match self.plugin {
            ForeignPlugin::CheckPostgres => filters.of_check_postgres(&mut call)?,
            ForeignPlugin::CheckPgactivity => filters.of_check_pgactivity(&mut call)?,
        }
        standbys(&given, &mut call)?;
        if given.contains_key("assume-prod") {
            call.checks.push("replication_role");
            call.arguments.push(("replication_role", "expected", "primary".to_owned()));
        }
        connection(&given, check.name, mapping, variables, &mut call)?;
        Ok(Translated::Call(Box::new(call)))
    }
}

/// The text for a call that asks for one.
fn request(style: &OptionStyle, given: &GivenOptions, checks: &[&ForeignCheck]) -> Option<String> {
    if given.contains_key("version") {
        return Some(format!("posemo {}, for {}\n", env!("CARGO_PKG_VERSION"), style.plugin));
    }
    if !given.contains_key("help") && !given.contains_key("list") {
        return None;
    }
    let mut text =
        format!("posemo answers calls of {}; docs/compat.md describes them.\n\n", style.plugin);
    let mut sorted = checks.to_vec();
    sorted.sort_by_key(|check| check.name);
    for check in sorted {
        let answer = match &check.answer {
            Counterpart::Checks(mapping) => mapping.checks.join(", "),
            Counterpart::Nothing(reason) => format!("none: {reason}"),
        };
        let _ = writeln!(text, "{:<20} {answer}", check.name);
    }
    Some(text)
}

/// Refuses options that have no counterpart.
fn meanings(
    style: &OptionStyle,
    given: &GivenOptions,
    name: &'static str,
    mapping: &Mapping,
) -> Result<(), CompatError> {
    for option in style.options.iter().filter(|option| given.contains_key(option.names[0])) {
        let first = option.names[0];
        let reason = match option.meaning {
            OptionMeaning::Refused(reason) => reason,
            OptionMeaning::Some if !mapping.accepts.contains(&first) => {
                "posemo's check has nothing like it"
            }
            OptionMeaning::Used | OptionMeaning::Ignored | OptionMeaning::Some => continue,
        };
        return Err(CompatError::no_option(format!("--{first}"), name, reason));
    }
    for option in ["output", "format"] {
        if let Some(reason) = last(given, option).and_then(|format| other_format(option, format)) {
            return Err(CompatError::no_option(format!("--{option}"), name, reason));
        }
    }
    Ok(())
}

/// The time limit in seconds.
fn time_limit(text: &str) -> Result<u64, CompatError> {
    let number = value::read(text, &[Kind::Time]).map(|(_, seconds)| seconds);
    let Some(seconds) = number.filter(|seconds| *seconds >= 1.0) else {
        let message = "--timeout takes a time of at least 1 s, such as 30";
        return Err(CompatError::Usage(message.to_owned()));
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is limited before"
    )]
    let seconds = seconds.min(3600.0) as u64;
    Ok(seconds)
}

/// The standbys that --slave names: `NAME ADDRESS`, or several with commas.
fn standbys(given: &GivenOptions, call: &mut TranslatedCall) -> Result<(), CompatError> {
    if !given.contains_key("slave") {
        return Ok(());
    }
    let named = list(given, &["slave"]);
    let names: Vec<&str> = named.iter().filter_map(|text| text.split_whitespace().next()).collect();
    if names.is_empty() {
        let message = "--slave takes the application_name of a standby and its address";
        return Err(CompatError::Usage(message.to_owned()));
    }
    call.arguments.push(("standbys_connected", "names", names.join(",")));
    Ok(())
}

/// The options of the connection. A service, and a variable, can name the database of the old call.
fn connection(
    given: &GivenOptions,
    name: &'static str,
    mapping: &Mapping,
    variables: &CallVariables,
    call: &mut TranslatedCall,
) -> Result<(), CompatError> {
    call.timeout = last(given, "timeout").map_or(Ok(TIMEOUT), time_limit)?;
    call.document = last(given, "docs").map(str::to_owned);
    if let Some(target) = last(given, "target") {
        call.connection.push(("--target", target.to_owned()));
        return Ok(());
    }
    let mut hosts = list(given, &["host", "dbhost2"]);
    let mut ports = list(given, &["port", "dbport2"]);
    let services = list(given, &["dbservice"]);
    if !mapping.standby {
        hosts.dedup();
        ports.dedup();
    }
    let servers = hosts.len().max(ports.len()).max(services.len());
    if servers > 1 && (!mapping.standby || services.len() > 1) {
        let option = match () {
            () if services.len() > 1 => "--dbservice",
            () if hosts.len() > 1 => "--host",
            () => "--port",
        };
        let reason = "a call asks one server: write a service for each";
        return Err(CompatError::no_option(option, name, reason));
    }
    // One host with several ports is the host of each server.
    if hosts.len() < ports.len() && hosts.len() <= 1 && ports.len() > 1 {
        let host = hosts.first().or(variables.host.as_ref()).cloned().unwrap_or_default();
        hosts = vec![host; ports.len()];
    }
    if !hosts.is_empty() {
        call.connection.push(("-H", hosts.join(",")));
    }
    if !ports.is_empty() {
        call.connection.push(("-p", ports.join(",")));
    }
    let service = services.first().map(|service| {
        let value = service.replace('\\', "\\\\").replace('\'', "\\'");
        format!("service='{value}'")
    });
    let role = (servers > 1).then(|| "target_session_attrs=standby".to_owned());
    let home = (service.is_some() || variables.service || variables.database.is_some())
        .then(|| format!("dbname={HOME}"));
    let words: Vec<String> = service.into_iter().chain(home).chain(role).collect();
    if !words.is_empty() {
        call.connection.push(("-d", words.join(" ")));
    }
    call.user = list(given, &["dbuser", "username"]).into_iter().next();
    Ok(())
}
