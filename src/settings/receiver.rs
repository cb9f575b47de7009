//! A monitoring system that reports are sent to: what kind it is, and how it is reached.
//!
//! It sends nothing, and holds no secret: passwords and tokens stay in files of their own.

use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::text::mistake::Mistake;

use crate::text::toml::TomlDocument;

use crate::text::interval;
use crate::text::suggestion::suggestion;

mod cleartext;

/// How often a report is sent, where nobody says it.
pub const INTERVAL: Duration = Duration::from_secs(300);

/// How long sending one report may take, where nobody says it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long what was said of a report holds that is sent so often: three more may be missed.
pub fn lifetime(interval: Duration) -> Duration {
    interval * 4
}

/// A monitoring system that reports are sent to.
#[derive(Debug, Clone, PartialEq)]
pub struct Receiver {
    /// The name of its section.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// How often a report is sent: what is older than a few of these is no longer true.
    pub interval: Duration,
    /// How long sending one report may take.
    pub timeout: Duration,
    /// What a target is called there, where it is not called the same.
    pub hosts: IndexMap<String, String>,
}

impl Receiver {
    /// What a target is called there.
    pub fn host<'a>(&'a self, target: &'a str) -> &'a str {
        self.hosts.get(target).map_or(target, String::as_str)
    }
}

/// What a receiver is, with what only this kind needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Icinga 2, through its REST API.
    Icinga2(Http),
    /// Nagios, through its command file, on this machine.
    NagiosCommands(PathBuf),
    /// Nagios, through its directory for check results, on this machine.
    NagiosSpool(PathBuf),
    /// Zabbix servers or proxies, `host:port` each.
    Zabbix(Vec<String>),
    /// All members of one cluster of Alertmanagers.
    Alertmanager(Alertmanager),
}

/// How something is reached over HTTP.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Http {
    /// Without a slash at the end.
    pub urls: Vec<String>,
    /// The user for basic authentication.
    pub user: Option<String>,
    /// The file whose first line is the user's password.
    pub password_file: Option<PathBuf>,
    /// The file whose first line is a bearer token.
    pub token_file: Option<PathBuf>,
    /// The certificates that are trusted, in PEM; the system's, if none is named.
    pub sslrootcert: Option<PathBuf>,
    /// The client's certificate, in PEM.
    pub sslcert: Option<PathBuf>,
    /// Its key, in PEM.
    pub sslkey: Option<PathBuf>,
}

/// What only Alertmanager needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Alertmanager {
    /// How its members are reached.
    pub http: Http,
    /// Labels that every alert is given.
    pub labels: IndexMap<String, String>,
    /// Where it is remembered which alerts are firing; a file of the user's, if none is named.
    pub state_file: Option<PathBuf>,
}

/// A section `[receivers.NAME]`, word for word.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceiverEntry {
    kind: String,
    url: Option<String>,
    #[serde(default)]
    urls: Vec<String>,
    #[serde(default)]
    servers: Vec<String>,
    command_file: Option<PathBuf>,
    spool: Option<PathBuf>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    token_file: Option<PathBuf>,
    sslrootcert: Option<PathBuf>,
    sslcert: Option<PathBuf>,
    sslkey: Option<PathBuf>,
    /// A password or token may go over a connection without TLS.
    allow_cleartext: Option<bool>,
    state_file: Option<PathBuf>,
    #[serde(default)]
    labels: IndexMap<String, String>,
    interval: Option<String>,
    timeout: Option<String>,
    #[serde(default)]
    hosts: IndexMap<String, String>,
}

/// The kinds, each with the keys that are for it, besides those that are for all.
const KINDS: [(&str, &[&[&str]]); 4] = [
    ("icinga2", &[&HTTP]),
    ("nagios", &[&["command_file", "spool"]]),
    ("zabbix", &[&["servers"]]),
    ("alertmanager", &[&HTTP, &["labels", "state_file"]]),
];

const HTTP: [&str; 9] = [
    "url",
    "urls",
    "user",
    "password_file",
    "token_file",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "allow_cleartext",
];

/// The labels that say what an alert is.
const OWN_LABELS: [&str; 8] =
    ["alertname", "check", "database", "instance", "job", "number", "object", "severity"];

fn is_label(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(legal)
        && !name.is_empty()
        && !name.starts_with("__")
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// The receiver of a section.
pub(super) fn receiver(
    name: &str,
    entry: &ReceiverEntry,
    document: TomlDocument<'_>,
) -> Result<Receiver, Mistake> {
    let section = Section { name, entry, document };
    section.keys()?;
    let kind = match entry.kind.as_str() {
        "icinga2" => Kind::Icinga2(section.http()?),
        "nagios" => match (&entry.command_file, &entry.spool) {
            (Some(file), None) => Kind::NagiosCommands(file.clone()),
            (None, Some(directory)) => Kind::NagiosSpool(directory.clone()),
            _ => {
                let message =
                    "a nagios has a command_file or a spool (check_result_path), one of the two";
                return Err(section.mistake("kind", message));
            }
        },
        "zabbix" if entry.servers.is_empty() => {
            return Err(section.mistake("kind", "a zabbix has servers = [\"host:10051\"]"));
        }
        "zabbix" => Kind::Zabbix(entry.servers.clone()),
        _ => Kind::Alertmanager(Alertmanager {
            http: section.http()?,
            labels: section.labels()?,
            state_file: entry.state_file.clone(),
        }),
    };
    Ok(Receiver {
        name: name.to_owned(),
        kind,
        interval: section.span("interval", entry.interval.as_deref(), INTERVAL)?,
        timeout: section.span("timeout", entry.timeout.as_deref(), TIMEOUT)?,
        hosts: entry.hosts.clone(),
    })
}

/// A section of the document that is about a receiver.
struct Section<'a> {
    name: &'a str,
    entry: &'a ReceiverEntry,
    document: TomlDocument<'a>,
}

impl Section<'_> {
    fn mistake(&self, key: &str, message: impl Into<String>) -> Mistake {
        self.document.mistake(&["receivers", self.name, key], message)
    }

    /// A key that is for another kind would be without effect.
    fn keys(&self) -> Result<(), Mistake> {
        let entry = self.entry;
        let Some((kind, allowed)) = KINDS.iter().find(|(kind, _)| *kind == entry.kind) else {
            let known = KINDS.iter().map(|(kind, _)| *kind);
            let message =
                format!("unknown kind \"{}\"{}", entry.kind, suggestion(&entry.kind, known));
            return Err(self.mistake("kind", message));
        };
        let given = [
            ("url", entry.url.is_some()),
            ("urls", !entry.urls.is_empty()),
            ("servers", !entry.servers.is_empty()),
            ("command_file", entry.command_file.is_some()),
            ("spool", entry.spool.is_some()),
            ("user", entry.user.is_some()),
            ("password_file", entry.password_file.is_some()),
            ("token_file", entry.token_file.is_some()),
            ("sslrootcert", entry.sslrootcert.is_some()),
            ("sslcert", entry.sslcert.is_some()),
            ("sslkey", entry.sslkey.is_some()),
            ("allow_cleartext", entry.allow_cleartext.is_some()),
            ("state_file", entry.state_file.is_some()),
            ("labels", !entry.labels.is_empty()),
        ];
        let is_allowed = |key| allowed.iter().any(|keys| keys.contains(&key));
        let wrong = given.into_iter().find(|(key, given)| *given && !is_allowed(*key));
        match wrong {
            Some((key, _)) => {
                Err(self.mistake(key, format!("is not for a receiver of kind {kind}")))
            }
            None => Ok(()),
        }
    }

    /// Labels that Alertmanager takes, and that take nobody's place.
    fn labels(&self) -> Result<IndexMap<String, String>, Mistake> {
        for name in self.entry.labels.keys() {
            let message = if OWN_LABELS.contains(&name.as_str()) {
                "posemo sets this label itself; give yours another name"
            } else if !is_label(name) {
                "is no name of a label: letters, digits and underscores, no digit first, no two underscores first"
            } else {
                continue;
            };
            let path = ["receivers", self.name, "labels", name];
            return Err(self.document.mistake(&path, message));
        }
        Ok(self.entry.labels.clone())
    }

    fn http(&self) -> Result<Http, Mistake> {
        let entry = self.entry;
        let urls: Vec<String> = entry.url.iter().chain(&entry.urls).cloned().collect();
        if urls.is_empty() {
            return Err(
                self.mistake("kind", format!("a receiver of kind {} has a url", entry.kind))
            );
        }
        let is_url = |url: &&String| url.starts_with("http://") || url.starts_with("https://");
        if let Some(url) = urls.iter().find(|url| !is_url(url)) {
            return Err(self
                .mistake("url", format!("{url:?} is no URL: it begins with https:// or http://")));
        }
        // A secret in the URL would be in this file, and in every message about it.
        if let Some(url) = urls.iter().find(|url| url.contains('@')) {
            let host = url.rsplit('@').next().unwrap_or_default();
            let message =
                format!("holds a user or password for {host}: write user and password_file");
            return Err(self.mistake("url", message));
        }
        if entry.user.is_some() != entry.password_file.is_some() {
            return Err(self.mistake("user", "user and password_file go together"));
        }
        if entry.user.is_some() && entry.token_file.is_some() {
            return Err(self.mistake("token_file", "stands beside user; one of the two is sent"));
        }
        if entry.sslcert.is_some() != entry.sslkey.is_some() {
            return Err(self.mistake("sslcert", "sslcert and sslkey go together"));
        }
        self.secrets(&urls)?;
        Ok(Http {
            urls: urls.iter().map(|url| url.trim_end_matches('/').to_owned()).collect(),
            user: entry.user.clone(),
            password_file: entry.password_file.clone(),
            token_file: entry.token_file.clone(),
            sslrootcert: entry.sslrootcert.clone(),
            sslcert: entry.sslcert.clone(),
            sslkey: entry.sslkey.clone(),
        })
    }

    /// Who listens on the way to a receiver must not learn how to speak in posemo's name.
    fn secrets(&self, urls: &[String]) -> Result<(), Mistake> {
        let entry = self.entry;
        // The receiver takes the first colon for the end of the user.
        if entry.user.as_deref().is_some_and(|user| user.contains(':') || user.is_empty()) {
            return Err(self.mistake("user", "is no user: it is empty or has a colon in it"));
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
                    "would be sent in clear text to {url}: write https://, or allow_cleartext = true where nobody else is on that network"
                ),
            )),
        }
    }

    fn span(&self, key: &str, text: Option<&str>, usual: Duration) -> Result<Duration, Mistake> {
        let span = text.map(interval::parse).transpose();
        let span = span.map_err(|message| self.mistake(key, message))?;
        Ok(span.unwrap_or(usual))
    }
}
