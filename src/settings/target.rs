//! A target: the name of a server and its connection keywords.
//!
//! The room `database` gives the keywords their meaning; this file does not connect.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use super::error::SettingsError;
use super::file::TargetEntry;
use super::profile::Profile;
use crate::catalog::Catalog;
use crate::catalog::databases::DatabaseList;
use crate::finding::State;
use crate::text::mistake::Mistakes;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

/// A server that is monitored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Target {
    /// The name of its section, or its description on the command line.
    pub name: String,
    /// libpq's keywords and their values, in order of rising priority. None of them is a secret.
    pub keywords: Vec<(String, String)>,
    /// Patterns for the databases to monitor; absent for all in which checks are installed or should be.
    pub databases: Option<DatabaseList>,
    /// The name of posemo's schema on the server, where it is not the default.
    pub schema: Option<String>,
    /// Whether checks run on the server, if it is a standby, that repeats their answers from its primary. Absent: no.
    pub replicated_checks: Option<bool>,
    /// The state of the target, and of each of its checks, if the server does not answer. If it is not set, a run is
    /// Critical, and each check has the state that its check.toml sets.
    pub no_answer: Option<State>,
    /// Whether it is from the settings. A server of the same name on a command line is a different target.
    pub listed: bool,
    /// The groups that it belongs to, in order of rising priority.
    pub groups: Vec<String>,
    /// The profile of its checks; absent for the values of the checks.
    pub profile: Option<Rc<Profile>>,
    /// The files of checks that judge a document.
    pub documents: Vec<TargetDocument>,
}

impl Target {
    /// The same settings with the connection of a command line.
    #[must_use]
    pub fn with_connection(&self, keywords: Vec<(String, String)>) -> Target {
        let value = |wanted: &str| {
            let found = keywords.iter().find(|(key, value)| key == wanted && !is_string(value));
            found.map(|(_, value)| value.as_str())
        };
        // The name is printed and part of the ids of findings. A connection string can contain a password.
        let name = match (value("host"), value("port")) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, Some(port)) => format!("local:{port}"),
            (None, None) => "local".to_owned(),
        };
        let mut target = self.clone();
        target.keywords.extend(keywords);
        Target { name, ..target }
    }
}

/// Whether a value is a connection string or a URI.
fn is_string(value: &str) -> bool {
    value.contains('=') || value.contains("://")
}

/// The file of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetDocument {
    /// The name of the document, as check.toml names it.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The age at which it is too old; absent for that of each check.
    pub age: Option<Duration>,
}

/// Replaces the profiles of targets. A relative path of a file begins at the current folder.
pub fn use_profile(
    targets: &mut [Target],
    name: &str,
    catalog: &Catalog,
) -> Result<(), SettingsError> {
    let profile = Profile::find(name, Path::new(""), catalog)?;
    for target in targets {
        target.profile.clone_from(&profile);
    }
    Ok(())
}

/// The keywords with a fixed list of values.
const CHOICES: [(&str, &[&str]); 5] = [
    ("sslmode", &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]),
    ("sslnegotiation", &["postgres", "direct"]),
    ("channel_binding", &["disable", "prefer", "require"]),
    (
        "target_session_attrs",
        &["any", "read-write", "read-only", "primary", "standby", "prefer-standby"],
    ),
    ("allow_cleartext", &["on", "off"]),
];

/// The state of a section for a server that does not answer.
pub(super) fn no_answer(
    entry: &TargetEntry,
    document: TomlDocument<'_>,
    path: &[&str],
    mistakes: &mut Mistakes,
) -> Option<State> {
    let text = entry.no_answer.as_ref()?;
    let state = State::of_problem(text).ok_or_else(|| {
        let message =
            format!("\"{text}\" is not a state; write \"critical\", \"warning\" or \"unknown\"");
        document.mistake(&[path, &["no_answer"]].concat(), message)
    });
    mistakes.keep(state)
}

/// The connection keywords of a section.
pub(super) fn keywords(
    entry: &TargetEntry,
    document: TomlDocument<'_>,
    path: &[&str],
    mistakes: &mut Mistakes,
) -> Vec<(String, String)> {
    let port = match &entry.port {
        None => None,
        Some(toml::Value::Integer(number @ 1..=65_535)) => Some(number.to_string()),
        Some(toml::Value::String(list)) => Some(list.clone()),
        Some(other) => {
            let message =
                format!("{other} is not a port; write 5432, or \"5432,5433\" for several hosts");
            mistakes.push(document.mistake(&[path, &["port"]].concat(), message));
            None
        }
    };
    let cleartext =
        entry.allow_cleartext.map(|allowed| if allowed { "on" } else { "off" }.to_owned());
    let timeout = entry.connect_timeout.map(|seconds| seconds.to_string());
    let all = [
        ("service", &entry.service),
        ("host", &entry.host),
        ("hostaddr", &entry.hostaddr),
        ("port", &port),
        ("user", &entry.user),
        ("dbname", &entry.dbname),
        ("passfile", &entry.passfile),
        ("sslmode", &entry.sslmode),
        ("sslrootcert", &entry.sslrootcert),
        ("sslcert", &entry.sslcert),
        ("sslkey", &entry.sslkey),
        ("sslnegotiation", &entry.sslnegotiation),
        ("channel_binding", &entry.channel_binding),
        ("require_auth", &entry.require_auth),
        ("connect_timeout", &timeout),
        ("target_session_attrs", &entry.target_session_attrs),
        ("allow_cleartext", &cleartext),
    ];
    for (key, choices) in CHOICES {
        let value =
            all.iter().find(|(name, _)| *name == key).and_then(|(_, value)| value.as_deref());
        if let Some(value) = value.filter(|value| !choices.contains(value)) {
            let near = suggestion(value, choices.iter().copied());
            let message = format!("\"{value}\" is not a valid {key}{near}");
            mistakes.push(document.mistake(&[path, &[key]].concat(), message));
        }
    }
    let given = all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)));
    given.collect()
}
