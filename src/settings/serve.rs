//! The section `[serve]`: how `posemo serve` listens, and how much it does at a time.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use self::access::{AccessSettings, TrustedProxy};
use self::listen::ListenAddress;
use crate::text::interval;
use crate::text::mistake::Mistakes;
use crate::text::network::Network;
use crate::text::toml::TomlDocument;

pub mod access;
pub mod listen;

/// The section, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServeEntry {
    listen: Option<String>,
    socket_mode: Option<String>,
    #[serde(default)]
    behind_proxy: bool,
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    users_file: Option<PathBuf>,
    tokens_file: Option<PathBuf>,
    trusted_header: Option<String>,
    #[serde(default)]
    trusted_proxies: Vec<String>,
    #[serde(default)]
    operators: Vec<String>,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    probe_hosts: Vec<String>,
    receivers: Option<Vec<String>>,
    jobs: Option<usize>,
    connecting: Option<usize>,
    timeout: Option<String>,
    outage_confirm: Option<u32>,
    outage_recheck: Option<String>,
}

/// The settings of `posemo serve`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeSettings {
    /// The address of the HTTP server.
    pub listen: ListenAddress,
    /// The permissions of its Unix socket.
    pub socket_mode: u32,
    /// Whether a proxy with TLS forwards requests, so that the address may be one that other machines reach.
    pub behind_proxy: bool,
    /// The files of its certificate and key, for TLS.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Who may use it.
    pub access: AccessSettings,
    /// The names that requests may have in their header `Host`, besides those of the loopback addresses.
    pub hosts: Vec<String>,
    /// The servers that `/probe` may ask, besides the targets of the settings.
    pub probe_hosts: Vec<ProbeHosts>,
    /// The receivers to which reports are sent; absent for all.
    pub receivers: Option<Vec<String>>,
    /// The number of targets that are queried at a time.
    pub jobs: usize,
    /// The number of targets to which connections are opened at a time.
    pub connecting: usize,
    /// The time limit for the sweep of a target.
    pub timeout: Duration,
    /// The number of runs in a row in which a server is not reached until this counts.
    pub outage_confirm: u32,
    /// The time until the next run of a target whose outage does not count yet.
    pub outage_recheck: Duration,
}

/// A network of addresses and a port that `/probe` may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeHosts {
    network: Network,
    /// The port.
    pub port: u16,
}

impl ProbeHosts {
    /// Reads `ADDRESS/BITS:PORT`, as in `10.1.0.0/16:5432` and `[fd00::/8]:5432`.
    fn parse(text: &str) -> Option<ProbeHosts> {
        let (hosts, port) = text.rsplit_once(':')?;
        let bare = hosts.strip_prefix('[').and_then(|hosts| hosts.strip_suffix(']'));
        // The number of bits is required, also for a single address.
        let network = Some(bare.unwrap_or(hosts)).filter(|network| network.contains('/'))?;
        let network = Network::parse(network)?;
        if network.is_ipv6() && bare.is_none() {
            return None;
        }
        Some(ProbeHosts { network, port: port.parse().ok().filter(|port| *port > 0)? })
    }

    /// Whether it contains an address and port. An IPv4 address in IPv6 form counts as IPv4.
    pub fn contains(&self, address: IpAddr, port: u16) -> bool {
        port == self.port && self.network.contains(address)
    }
}

impl Default for ServeSettings {
    fn default() -> ServeSettings {
        ServeSettings {
            listen: ListenAddress::default(),
            socket_mode: 0o660,
            behind_proxy: false,
            tls: None,
            access: AccessSettings::default(),
            hosts: Vec::new(),
            probe_hosts: Vec::new(),
            receivers: None,
            jobs: 64,
            connecting: 1024,
            timeout: Duration::from_secs(30),
            outage_confirm: 2,
            outage_recheck: Duration::from_secs(10),
        }
    }
}

/// The settings of the section. Mistakes are added, and their values are left out.
pub(super) fn serve(
    entry: &ServeEntry,
    receivers: &[&str],
    document: TomlDocument<'_>,
    mistakes: &mut Mistakes,
) -> ServeSettings {
    let mut settings = ServeSettings::default();
    let mut keep = |key: &str, message: String| {
        mistakes.push(document.mistake(&["serve", key], message));
    };
    access(entry, &mut settings, &mut keep);
    settings.behind_proxy = entry.behind_proxy;
    match (&entry.tls_certificate, &entry.tls_key) {
        (Some(certificate), Some(key)) if certificate.is_absolute() && key.is_absolute() => {
            settings.tls = Some((certificate.clone(), key.clone()));
        }
        (Some(_), Some(_)) => keep("tls_key", "both paths must be absolute".to_owned()),
        (Some(_), None) => keep("tls_certificate", "needs tls_key".to_owned()),
        (None, Some(_)) => keep("tls_key", "needs tls_certificate".to_owned()),
        (None, None) => {}
    }
    match entry.listen.as_deref().map(ListenAddress::parse) {
        Some(Ok(address)) => match settings.may_listen(&address) {
            Ok(()) => settings.listen = address,
            Err(message) => keep("listen", message),
        },
        Some(Err(message)) => keep("listen", message),
        None => {}
    }
    match entry.socket_mode.as_deref().map(|mode| u32::from_str_radix(mode, 8)) {
        Some(Ok(mode)) if mode <= 0o777 => settings.socket_mode = mode,
        Some(_) => keep("socket_mode", "must be permissions in octal, as in \"0660\"".to_owned()),
        None => {}
    }
    settings.hosts.clone_from(&entry.hosts);
    for text in &entry.probe_hosts {
        match ProbeHosts::parse(text) {
            Some(hosts) => settings.probe_hosts.push(hosts),
            None => keep(
                "probe_hosts",
                format!("\"{text}\" is not a network; write 10.1.0.0/16:5432 or [fd00::/8]:5432"),
            ),
        }
    }
    if let Some(names) = &entry.receivers {
        for name in names.iter().filter(|name| !receivers.contains(&name.as_str())) {
            let near = crate::text::suggestion::suggestion(name, receivers.iter().copied());
            keep("receivers", format!("receiver \"{name}\" does not exist{near}"));
        }
        settings.receivers = Some(names.clone());
    }
    for (key, number, most, set) in [
        ("jobs", entry.jobs, 1000, &mut settings.jobs),
        ("connecting", entry.connecting, 10_000, &mut settings.connecting),
    ] {
        match number {
            Some(number) if (1..=most).contains(&number) => *set = number,
            Some(_) => keep(key, format!("must be between 1 and {most}")),
            None => {}
        }
    }
    match entry.outage_confirm {
        Some(runs @ 1..=100) => settings.outage_confirm = runs,
        Some(_) => keep("outage_confirm", "must be between 1 and 100".to_owned()),
        None => {}
    }
    for (key, text, set) in [
        ("timeout", &entry.timeout, &mut settings.timeout),
        ("outage_recheck", &entry.outage_recheck, &mut settings.outage_recheck),
    ] {
        match text.as_deref().map(interval::parse) {
            Some(Ok(interval)) => *set = interval,
            Some(Err(message)) => keep(key, message),
            None => {}
        }
    }
    settings
}

impl ServeSettings {
    /// Refuses an address that other machines reach without a login or in clear text. The error is the message for the
    /// user.
    pub fn may_listen(&self, address: &ListenAddress) -> Result<(), String> {
        let encrypted = self.behind_proxy || self.tls.is_some();
        if address.is_local() || self.access.is_set() && encrypted {
            return Ok(());
        }
        let lacks = match (self.access.is_set(), encrypted) {
            (false, false) => {
                "set users_file, tokens_file or trusted_header, and tls_certificate and tls_key; or, if a proxy with TLS forwards requests to it, behind_proxy = true"
            }
            (false, true) => "set users_file, tokens_file or trusted_header",
            (true, _) => {
                "set tls_certificate and tls_key, as passwords and tokens would be sent in clear text; or, if a proxy with TLS forwards requests to it, behind_proxy = true"
            }
        };
        Err(format!(
            "{address} can be reached from other machines; listen on a loopback address or a Unix socket, or {lacks}"
        ))
    }
}

/// Reads who may use the server.
fn access(entry: &ServeEntry, settings: &mut ServeSettings, keep: &mut impl FnMut(&str, String)) {
    let access = &mut settings.access;
    for (key, file, set) in [
        ("users_file", &entry.users_file, &mut access.users_file),
        ("tokens_file", &entry.tokens_file, &mut access.tokens_file),
    ] {
        match file {
            Some(file) if !file.is_absolute() => keep(key, "must be an absolute path".to_owned()),
            file => set.clone_from(file),
        }
    }
    for text in &entry.trusted_proxies {
        match TrustedProxy::parse(text) {
            Some(proxy) => access.trusted_proxies.push(proxy),
            None => keep(
                "trusted_proxies",
                format!("\"{text}\" is not an address; write 127.0.0.1, 10.1.0.0/16 or unix"),
            ),
        }
    }
    if let Some(header) = &entry.trusted_header {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if header.is_empty() || !header.bytes().all(is_name) {
            keep("trusted_header", "must be the name of a header, as in X-Remote-User".to_owned());
        } else if header.eq_ignore_ascii_case("authorization")
            || header.eq_ignore_ascii_case("host")
        {
            keep("trusted_header", "must be a header that clients do not set".to_owned());
        } else if entry.trusted_proxies.is_empty() {
            keep(
                "trusted_header",
                "needs trusted_proxies: from other addresses any client could set the header"
                    .to_owned(),
            );
        }
        access.trusted_header = Some(header.to_ascii_lowercase());
    }
    access.operators.clone_from(&entry.operators);
    if entry.trusted_header.is_none() {
        for (key, is_empty) in [
            ("trusted_proxies", entry.trusted_proxies.is_empty()),
            ("operators", entry.operators.is_empty()),
        ] {
            if !is_empty {
                keep(key, "has no effect without trusted_header".to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_its_addresses_and_port_only() {
        for (network, address, port, contains) in [
            ("10.1.0.0/16:5432", "10.1.255.3", 5432, true),
            ("10.1.0.0/16:5432", "10.2.0.1", 5432, false),
            ("10.1.0.0/16:5432", "10.1.0.1", 5433, false),
            ("10.1.0.0/16:5432", "::ffff:10.1.0.1", 5432, true),
            ("10.1.2.3/32:5432", "10.1.2.4", 5432, false),
            ("0.0.0.0/0:5432", "127.0.0.1", 5432, true),
            ("0.0.0.0/0:5432", "::1", 5432, false),
            ("[fd00::/8]:5432", "fd12::1", 5432, true),
            ("[fd00::/8]:5432", "fe80::1", 5432, false),
            ("[::/0]:5432", "fe80::1", 5432, true),
        ] {
            let hosts = ProbeHosts::parse(network).expect(network);
            let address = address.parse().expect("it is an address");
            assert_eq!(hosts.contains(address, port), contains, "{network} {address} {port}");
        }
        for wrong in ["", "10.1.0.0/16", "10.1.0.0/33:1", "db1:5432", "fd00::/8:5432", "10.1.0.0:1"]
        {
            assert_eq!(ProbeHosts::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_of_other_machines_needs_logins_and_a_proxy() {
        let read = |text: &str| {
            let entry: ServeEntry = toml::from_str(text).expect(text);
            let mut mistakes = Mistakes::default();
            let document = format!("[serve]\n{text}");
            let settings =
                serve(&entry, &[], TomlDocument { file: "f", text: &document }, &mut mistakes);
            let texts = mistakes.sorted().iter().map(ToString::to_string).collect::<Vec<_>>();
            (settings.listen.is_local(), texts.join("\n"))
        };
        for (text, expected) in [
            ("", Ok(true)),
            ("listen = '127.0.0.1:1'", Ok(true)),
            ("listen = 'unix:/run/x'\nsocket_mode = '0600'", Ok(true)),
            ("listen = '0.0.0.0:1'", Err("f:2: serve.listen: http://0.0.0.0:1/ can be reached")),
            ("listen = '0.0.0.0:1'\nbehind_proxy = true", Err("or set users_file")),
            ("listen = '0.0.0.0:1'\nusers_file = '/x'", Err("clear text")),
            ("listen = '0.0.0.0:1'\nusers_file = '/x'\nbehind_proxy = true", Ok(false)),
            (
                "listen = '0.0.0.0:1'\nusers_file = '/x'\ntls_certificate = '/c'\ntls_key = '/k'",
                Ok(false),
            ),
            ("tls_certificate = '/c'", Err("needs tls_key")),
            ("tls_key = '/k'", Err("needs tls_certificate")),
            ("tls_certificate = 'c'\ntls_key = '/k'", Err("must be absolute")),
            ("socket_mode = '0999'", Err("permissions in octal")),
            ("users_file = 'x'", Err("absolute path")),
            ("trusted_header = 'X-User'", Err("needs trusted_proxies")),
            ("trusted_header = 'Authorization'\ntrusted_proxies = ['unix']", Err("do not set")),
            ("trusted_header = 'a b'\ntrusted_proxies = ['unix']", Err("name of a header")),
            ("trusted_proxies = ['unix']", Err("no effect without trusted_header")),
            ("operators = ['anna']", Err("no effect without trusted_header")),
            ("trusted_header = 'X'\ntrusted_proxies = ['proxy']", Err("is not an address")),
            ("trusted_header = 'X'\ntrusted_proxies = ['unix', '10.0.0.0/8']", Ok(true)),
        ] {
            let (local, mistakes) = read(text);
            match expected {
                Ok(expected) => assert_eq!((local, mistakes.as_str()), (expected, ""), "{text}"),
                Err(message) => assert!(mistakes.contains(message), "{text}: {mistakes}"),
            }
        }
    }
}
