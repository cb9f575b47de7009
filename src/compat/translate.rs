//! Translates a call of another plugin into posemo's words.

use std::fmt::Write as _;

use super::call::TranslatedCall;
use super::error::CompatError;
use super::levels::LevelReader;
use super::objects::FilterReader;
use super::options::{CHECK_PGACTIVITY, CHECK_POSTGRES};
use super::table::{Counterpart, ForeignCheck, Kind, Mapping};
use super::value;
use super::words::{GivenOptions, OptionMeaning, OptionStyle};
use super::{check_pgactivity, check_postgres};
use crate::text::suggestion::suggestion;
use crate::text::visible::visible;

/// The time limit of both plugins in seconds, without an option.
const TIMEOUT: f64 = 30.0;

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
        let given = style.read(words)?;
        if let Some(text) = request(style, &given, &checks) {
            return Ok(Translated::Text(text));
        }
        let named = last(&given, option).map(str::to_owned).or_else(|| self.action.clone());
        let Some(named) = named else {
            let message = format!("{} needs --{option}=NAME", style.plugin);
            return Err(CompatError::Usage(message));
        };
        let name = named.trim().replace('-', "_");
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
        let levels = LevelReader { name: check.name, mapping };
        levels.read(last(&given, "warning"), last(&given, "critical"), &mut call)?;
        let filters = FilterReader { name: check.name, objects: mapping.objects, given: &given };
        match self.plugin {
            ForeignPlugin::CheckPostgres => filters.of_check_postgres(&mut call)?,
            ForeignPlugin::CheckPgactivity => filters.of_check_pgactivity(&mut call)?,
        }
        standbys(&given, &mut call);
        connection(&given, check.name, mapping, &mut call)?;
        Ok(Translated::Call(Box::new(call)))
    }
}

/// The last value of an option.
fn last<'a>(given: &'a GivenOptions, option: &str) -> Option<&'a str> {
    given.get(option)?.last().map(String::as_str)
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
        return Err(no_option(first, name, reason));
    }
    for option in ["output", "format"] {
        let known = ["nagios", "nagios_strict"];
        if last(given, option).is_some_and(|format| !known.contains(&format)) {
            let reason = "posemo writes the format of Nagios; posemo run --output has others";
            return Err(no_option(option, name, reason));
        }
    }
    Ok(())
}

fn no_option(option: &str, name: &'static str, reason: &str) -> CompatError {
    CompatError::NoOption { option: format!("--{option}"), name, reason: reason.to_owned() }
}

/// The standbys that --slave names.
fn standbys(given: &GivenOptions, call: &mut TranslatedCall) {
    let Some(named) = given.get("slave") else { return };
    let names = named.iter().filter_map(|text| text.split_whitespace().next());
    let names: Vec<&str> = names.collect();
    call.checks.push("standbys_connected");
    call.arguments.push(("standbys_connected", "names", names.join(",")));
}

/// The options of the connection.
fn connection(
    given: &GivenOptions,
    name: &'static str,
    mapping: &Mapping,
    call: &mut TranslatedCall,
) -> Result<(), CompatError> {
    let timeout = last(given, "timeout").unwrap_or("30");
    let (_, seconds) = value::read(timeout, &[Kind::Time]).unwrap_or((Kind::Time, TIMEOUT));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is limited before"
    )]
    let seconds = seconds.clamp(1.0, 3600.0) as u64;
    call.timeout = seconds;
    call.document = last(given, "docs").map(str::to_owned);
    if let Some(target) = last(given, "target") {
        call.connection.push(("--target", target.to_owned()));
        return Ok(());
    }
    let list = |options: &[&str]| -> Vec<String> {
        let values = options.iter().filter_map(|option| given.get(option)).flatten();
        let values = values.flat_map(|value| value.split(',')).map(str::trim);
        values.filter(|value| !value.is_empty()).map(str::to_owned).collect()
    };
    let mut hosts = list(&["host", "dbhost2"]);
    let mut ports = list(&["port", "dbport2"]);
    let services = list(&["dbservice"]);
    if !mapping.standby {
        hosts.dedup();
        ports.dedup();
    }
    let servers = hosts.len().max(ports.len()).max(services.len());
    if servers > 1 && (!mapping.standby || services.len() > 1) {
        let option = if services.len() > 1 { "dbservice" } else { "host" };
        return Err(no_option(option, name, "a call asks one server: write a service for each"));
    }
    let users = list(&["dbuser", "username"]);
    if let Some(service) = services.first() {
        let value = service.replace('\\', "\\\\").replace('\'', "\\'");
        call.connection.push(("-d", format!("service='{value}'")));
        return Ok(());
    }
    if !hosts.is_empty() {
        call.connection.push(("-H", hosts.join(",")));
    }
    if !ports.is_empty() {
        call.connection.push(("-p", ports.join(",")));
    }
    if servers > 1 {
        call.connection.push(("-d", "target_session_attrs=standby".to_owned()));
    }
    call.user = users.first().cloned();
    Ok(())
}
