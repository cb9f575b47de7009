//! The keys of a section `[receivers.NAME]`, and which of them each kind of receiver has.

use std::path::PathBuf;

use indexmap::IndexMap;
use serde::Deserialize;

/// A section `[receivers.NAME]`, as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiverEntry {
    pub(super) kind: String,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) urls: Vec<String>,
    #[serde(default)]
    pub(super) servers: Vec<String>,
    pub(super) command_file: Option<PathBuf>,
    pub(super) spool: Option<PathBuf>,
    pub(super) user: Option<String>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) sslrootcert: Option<PathBuf>,
    pub(super) sslcert: Option<PathBuf>,
    pub(super) sslkey: Option<PathBuf>,
    /// Whether a password or token may be sent over a connection without TLS.
    pub(super) allow_cleartext: Option<bool>,
    pub(super) state_file: Option<PathBuf>,
    pub(super) watchdog: Option<bool>,
    #[serde(default)]
    pub(super) labels: IndexMap<String, String>,
    pub(super) interval: Option<String>,
    pub(super) timeout: Option<String>,
    #[serde(default)]
    pub(super) hosts: IndexMap<String, String>,
}

/// The kinds, each with its keys besides those of all kinds.
pub(super) const KINDS: [(&str, &[&[&str]]); 4] = [
    ("icinga2", &[&HTTP]),
    ("nagios", &[&["command_file", "spool"]]),
    ("zabbix", &[&["servers"]]),
    ("alertmanager", &[&HTTP, &["labels", "state_file", "watchdog"]]),
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

impl ReceiverEntry {
    /// The keys that only some kinds have, and whether the section contains them.
    pub(super) fn keys(&self) -> [(&'static str, bool); 15] {
        [
            ("url", self.url.is_some()),
            ("urls", !self.urls.is_empty()),
            ("servers", !self.servers.is_empty()),
            ("command_file", self.command_file.is_some()),
            ("spool", self.spool.is_some()),
            ("user", self.user.is_some()),
            ("password_file", self.password_file.is_some()),
            ("token_file", self.token_file.is_some()),
            ("sslrootcert", self.sslrootcert.is_some()),
            ("sslcert", self.sslcert.is_some()),
            ("sslkey", self.sslkey.is_some()),
            ("allow_cleartext", self.allow_cleartext.is_some()),
            ("state_file", self.state_file.is_some()),
            ("watchdog", self.watchdog.is_some()),
            ("labels", !self.labels.is_empty()),
        ]
    }
}
