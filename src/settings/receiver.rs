//! A receiver: a monitoring system that posemo sends reports to, and how it is reached.
//!
//! It contains no secret: passwords and tokens are in separate files.

use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;

pub use cleartext::{exposed, is_url};

mod cleartext;
pub(super) mod entry;
pub(super) mod validate;

/// The interval of reports, where no settings set it.
pub const INTERVAL: Duration = Duration::from_secs(300);

/// How long a report with this send interval is valid: four intervals, so that three reports may be missed.
pub fn lifetime(interval: Duration) -> Duration {
    interval * 4
}

/// A monitoring system that reports are sent to.
#[derive(Debug, Clone, PartialEq)]
pub struct Receiver {
    /// The name of its section.
    pub name: String,
    /// The kind of monitoring system.
    pub kind: ReceiverKind,
    /// The interval at which reports are sent. It sets how long a report is valid.
    pub interval: Duration,
    /// The time limit for sending one report.
    pub timeout: Duration,
    /// The host names of targets, where they differ from the names of the targets.
    pub hosts: IndexMap<String, String>,
}

impl Receiver {
    /// The host name of a target.
    pub fn host<'a>(&'a self, target: &'a str) -> &'a str {
        self.hosts.get(target).map_or(target, String::as_str)
    }
}

/// The kind of a receiver, with the settings that only this kind has.
#[derive(Debug, Clone, PartialEq)]
pub enum ReceiverKind {
    /// Icinga 2, through its REST API.
    Icinga2(HttpSettings),
    /// Nagios on this machine, through its command file.
    NagiosCommands(PathBuf),
    /// Nagios on this machine, through its directory for check results.
    NagiosSpool(PathBuf),
    /// Zabbix servers or proxies, each `host:port`.
    Zabbix(Vec<String>),
    /// All members of one cluster of Alertmanagers.
    Alertmanager(AlertmanagerSettings),
}

/// How a receiver is reached over HTTP.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HttpSettings {
    /// The URLs, without a slash at the end.
    pub urls: Vec<String>,
    /// The user for basic authentication.
    pub user: Option<String>,
    /// The file with the user's password in its first line.
    pub password_file: Option<PathBuf>,
    /// The file with a bearer token in its first line.
    pub token_file: Option<PathBuf>,
    /// The file with the trusted certificates, in PEM; absent for those of the system.
    pub sslrootcert: Option<PathBuf>,
    /// The file with the client's certificate, in PEM.
    pub sslcert: Option<PathBuf>,
    /// The file with the client's private key, in PEM.
    pub sslkey: Option<PathBuf>,
}

/// The settings of kind `alertmanager`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertmanagerSettings {
    /// How the members are reached.
    pub http: HttpSettings,
    /// Labels that posemo adds to every alert.
    pub labels: IndexMap<String, String>,
    /// The file that records which alerts are firing; absent for a file in the user's home directory.
    pub state_file: Option<PathBuf>,
    /// Whether an alert is sent that always fires, and whose end shows that posemo does not run.
    pub watchdog: bool,
}
