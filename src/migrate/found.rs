//! What the readers of files find: services that call a plugin, before their calls are translated.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::place::DefinitionPlace;
use crate::compat::{ForeignProgram, TranslatedCall};
use crate::text::mistake::Mistake;

/// The most services of all files.
pub(super) const MOST_SERVICES: usize = 20_000;

/// The most bytes of a command line after its macros are replaced.
pub(super) const LONGEST_COMMAND: usize = 64 * 1024;

/// A host of the monitoring system.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundHost {
    /// Its name.
    pub name: String,
    /// Its address; empty if it is not known.
    pub address: String,
}

/// How often a service runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FoundTiming {
    /// The time between two runs.
    pub interval: Option<Duration>,
    /// The time until the next run of a service with a problem that does not count yet.
    pub retry: Option<Duration>,
    /// After how many bad runs a problem counts.
    pub attempts: Option<u32>,
}

/// A command of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FoundCommand {
    /// A line for a shell.
    Line(String),
    /// Words that no shell reads.
    Words(Vec<String>),
    /// A check of the Perl program Posemo, translated.
    Posemo(Box<PosemoCheck>),
}

/// A check of the Perl program Posemo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PosemoCheck {
    /// The check in posemo's words.
    pub call: TranslatedCall,
    /// Whether it runs, where the file sets it.
    pub enabled: Option<bool>,
    /// The port of the server.
    pub port: Option<String>,
    /// Whether the file has the password of the role.
    pub has_password: bool,
}

/// A service that calls a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundService {
    /// Where it is defined.
    pub place: DefinitionPlace,
    /// Where its command is defined, if this is another line.
    pub command_place: Option<DefinitionPlace>,
    /// Its name.
    pub name: String,
    /// The host that it belongs to.
    pub host: Option<FoundHost>,
    /// Whether the command runs on the host, and not on the machine of the monitoring system.
    pub is_remote: bool,
    /// The command.
    pub command: FoundCommand,
    /// How often it runs.
    pub timing: FoundTiming,
}

/// What files contain.
#[derive(Debug, Default)]
pub(super) struct FoundServices {
    /// The services.
    pub services: Vec<FoundService>,
    /// All hosts with a name.
    pub hosts: Vec<FoundHost>,
    /// The names of the hosts of each group.
    pub groups: BTreeMap<String, BTreeSet<String>>,
    /// What cannot be evaluated.
    pub unclear: Vec<Mistake>,
    /// Commands of NRPE.
    pub remote: Vec<RemoteCommand>,
    /// Whether a service was left out, as there are too many.
    pub is_full: bool,
}

impl FoundServices {
    /// Adds a service. The first that is too many is reported; it and those after it are not added.
    pub(super) fn add(&mut self, service: FoundService) -> bool {
        let fits = self.services.len() < MOST_SERVICES;
        if fits {
            self.services.push(service);
        } else {
            self.full(&service.place, &service.name);
        }
        fits
    }

    /// The same for a command of NRPE.
    pub(super) fn add_remote(&mut self, command: RemoteCommand) {
        if self.remote.len() < MOST_SERVICES {
            self.remote.push(command);
        } else {
            self.full(&command.place, &command.name);
        }
    }

    fn full(&mut self, place: &DefinitionPlace, name: &str) {
        if !std::mem::replace(&mut self.is_full, true) {
            let message = format!("more than {MOST_SERVICES} services; name fewer files");
            self.unclear.push(place.mistake(name, message));
        }
    }
}

/// A command that the agent NRPE runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemoteCommand {
    /// Where it is defined.
    pub place: DefinitionPlace,
    /// Its name.
    pub name: String,
    /// The line for a shell.
    pub line: String,
}

/// Whether a command can be one of the plugins, by its name: it is about PostgreSQL.
pub(super) fn is_like_postgres(name: &str) -> bool {
    let mut parts = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    names_plugin(name)
        || parts.any(|part| {
            let part = part.to_ascii_lowercase();
            part.starts_with("pg") || part.contains("postgres")
        })
}

/// Whether a text names one of the plugins, or another plugin for PostgreSQL, which is reported.
pub(super) fn names_any_plugin(text: &str) -> bool {
    let is_part = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-' | '.');
    names_plugin(text) || text.split(|one| !is_part(one)).any(is_other_plugin)
}

/// Whether a program is a plugin for PostgreSQL whose calls are not translated, such as `check_pgsql`.
pub(super) fn is_other_plugin(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program).to_ascii_lowercase();
    let about = name.strip_prefix("check_").or_else(|| name.strip_prefix("check-"));
    let about = about.or_else(|| name.strip_prefix("pmp-check-"));
    let is_postgres = about.is_some_and(|one| one.starts_with("pg") || one.contains("postgres"));
    is_postgres && ForeignProgram::of(&name).is_none()
}

/// Whether a text names one of the plugins.
pub(super) fn names_plugin(text: &str) -> bool {
    text.contains("check_postgres") || text.contains("check_pgactivity")
}
