//! Validates a section `[receivers.NAME]`.
//!
//! It does not read the files that the section names, and does not connect.

use std::time::Duration;

use indexmap::IndexMap;

use super::entry::{KINDS, ReceiverEntry};
use super::{AlertmanagerSettings, HttpSettings, INTERVAL, Receiver, ReceiverKind, cleartext};
use crate::text::interval;
use crate::text::mistake::{Mistake, Mistakes};
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

/// The time limit for sending one report, where no settings set it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The labels that posemo sets.
const RESERVED_LABELS: [&str; 8] =
    ["alertname", "check", "database", "instance", "job", "number", "object", "severity"];

/// The receiver of a section; nothing if the mistakes leave no kind.
pub(crate) fn receiver(
    name: &str,
    entry: &ReceiverEntry,
    document: TomlDocument<'_>,
    mistakes: &mut Mistakes,
) -> Option<Receiver> {
    let section = ReceiverSection { name, entry, document };
    let kind = section.kind(mistakes);
    let interval = section.time("interval", entry.interval.as_deref(), INTERVAL);
    let timeout = section.time("timeout", entry.timeout.as_deref(), TIMEOUT);
    let (interval, timeout) = (mistakes.keep(interval), mistakes.keep(timeout));
    Some(Receiver {
        name: name.to_owned(),
        kind: kind?,
        interval: interval?,
        timeout: timeout?,
        hosts: entry.hosts.clone(),
    })
}

/// A section, with its place in the document.
struct ReceiverSection<'a> {
    name: &'a str,
    entry: &'a ReceiverEntry,
    document: TomlDocument<'a>,
}

impl ReceiverSection<'_> {
    fn mistake(&self, key: &str, message: impl Into<String>) -> Mistake {
        self.document.mistake(&["receivers", self.name, key], message)
    }

    fn kind(&self, mistakes: &mut Mistakes) -> Option<ReceiverKind> {
        let entry = self.entry;
        if !self.keys_fit_the_kind(mistakes) {
            return None;
        }
        let kind = match entry.kind.as_str() {
            "icinga2" => ReceiverKind::Icinga2(self.http(mistakes)),
            "nagios" => match (&entry.command_file, &entry.spool) {
                (Some(file), None) => ReceiverKind::NagiosCommands(file.clone()),
                (None, Some(directory)) => ReceiverKind::NagiosSpool(directory.clone()),
                _ => {
                    let message = "kind \"nagios\" needs exactly one of command_file and spool (check_result_path)";
                    mistakes.push(self.mistake("kind", message));
                    return None;
                }
            },
            "zabbix" => {
                if entry.servers.is_empty() {
                    let message = "kind \"zabbix\" needs servers = [\"host:10051\"]";
                    mistakes.push(self.mistake("kind", message));
                }
                ReceiverKind::Zabbix(entry.servers.clone())
            }
            _ => ReceiverKind::Alertmanager(AlertmanagerSettings {
                http: self.http(mistakes),
                labels: self.labels(mistakes),
                state_file: entry.state_file.clone(),
                watchdog: entry.watchdog.unwrap_or(false),
            }),
        };
        Some(kind)
    }

    /// A key of another kind would have no effect. Returns whether the kind exists.
    fn keys_fit_the_kind(&self, mistakes: &mut Mistakes) -> bool {
        let kind = &self.entry.kind;
        let Some((_, allowed)) = KINDS.iter().find(|(known, _)| known == kind) else {
            let near = suggestion(kind, KINDS.iter().map(|(known, _)| *known));
            mistakes.push(self.mistake("kind", format!("unknown kind \"{kind}\"{near}")));
            return false;
        };
        let is_allowed = |key| allowed.iter().any(|keys| keys.contains(&key));
        let wrong =
            self.entry.keys().into_iter().filter(|(key, given)| *given && !is_allowed(*key));
        for (key, _) in wrong {
            mistakes.push(self.mistake(key, format!("not allowed for kind \"{kind}\"")));
        }
        true
    }

    /// Labels that Alertmanager accepts and that posemo does not set.
    fn labels(&self, mistakes: &mut Mistakes) -> IndexMap<String, String> {
        for name in self.entry.labels.keys() {
            let message = if RESERVED_LABELS.contains(&name.as_str()) {
                "posemo sets this label; choose another name"
            } else if !is_label(name) {
                "not a valid label name; write letters, digits and underscores, and begin neither with a digit nor with two underscores"
            } else {
                continue;
            };
            let path = ["receivers", self.name, "labels", name];
            mistakes.push(self.document.mistake(&path, message));
        }
        self.entry.labels.clone()
    }

    fn http(&self, mistakes: &mut Mistakes) -> HttpSettings {
        let entry = self.entry;
        let urls = mistakes.keep(self.urls()).unwrap_or_default();
        if entry.user.is_some() != entry.password_file.is_some() {
            let message = "user and password_file need each other; set both";
            mistakes.push(self.mistake("user", message));
        }
        if entry.user.is_some() && entry.token_file.is_some() {
            let message = "not allowed together with user; remove one";
            mistakes.push(self.mistake("token_file", message));
        }
        if entry.sslcert.is_some() != entry.sslkey.is_some() {
            let message = "sslcert and sslkey need each other; set both";
            mistakes.push(self.mistake("sslcert", message));
        }
        mistakes.keep(self.secrets(&urls));
        HttpSettings {
            urls: urls.iter().map(|url| url.trim_end_matches('/').to_owned()).collect(),
            user: entry.user.clone(),
            password_file: entry.password_file.clone(),
            token_file: entry.token_file.clone(),
            sslrootcert: entry.sslrootcert.clone(),
            sslcert: entry.sslcert.clone(),
            sslkey: entry.sslkey.clone(),
        }
    }

    fn urls(&self) -> Result<Vec<String>, Mistake> {
        let entry = self.entry;
        let urls: Vec<String> = entry.url.iter().chain(&entry.urls).cloned().collect();
        if urls.is_empty() {
            return Err(self.mistake("kind", format!("kind \"{}\" needs a url", entry.kind)));
        }
        if let Some(url) = urls.iter().find(|url| !cleartext::is_url(url)) {
            let message = format!("{url:?} is not a URL; begin it with https:// or http://");
            return Err(self.mistake("url", message));
        }
        // A secret in the URL would be in this file, and in every message about the URL.
        if let Some(url) = urls.iter().find(|url| url.contains('@')) {
            let host = url.rsplit('@').next().unwrap_or_default();
            let message = format!(
                "contains a user or password for {host}; write user and password_file instead"
            );
            return Err(self.mistake("url", message));
        }
        Ok(urls)
    }

    /// A reader of the network traffic must not learn the password or token.
    fn secrets(&self, urls: &[String]) -> Result<(), Mistake> {
        let entry = self.entry;
        // In basic authentication the first colon ends the user.
        if entry.user.as_deref().is_some_and(|user| user.contains(':') || user.is_empty()) {
            return Err(self.mistake("user", "must not be empty or contain a colon"));
        }
        let key = match (&entry.password_file, &entry.token_file) {
            (Some(_), _) => "password_file",
            (None, Some(_)) => "token_file",
            (None, None) => return Ok(()),
        };
        match cleartext::exposed(urls).filter(|_| entry.allow_cleartext != Some(true)) {
            None => Ok(()),
            Some(url) => Err(self.mistake(
                key,
                format!(
                    "the secret would be sent in clear text to {url}; write https://, or allow_cleartext = true if no other user can read that network"
                ),
            )),
        }
    }

    fn time(&self, key: &str, text: Option<&str>, default: Duration) -> Result<Duration, Mistake> {
        let time = text.map(interval::parse).transpose();
        let time = time.map_err(|message| self.mistake(key, message))?;
        Ok(time.unwrap_or(default))
    }
}

fn is_label(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(is_allowed)
        && !name.is_empty()
        && !name.starts_with("__")
        && !name.starts_with(|first: char| first.is_ascii_digit())
}
