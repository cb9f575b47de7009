//! The section `[serve]`: how `posemo serve` listens, and how much it does at a time.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::Deserialize;

use crate::text::interval;
use crate::text::mistake::Mistakes;
use crate::text::toml::TomlDocument;

/// Where the server listens, unless the settings or the command change it.
pub const LISTEN: &str = "127.0.0.1:9847";

/// The section, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServeEntry {
    listen: Option<String>,
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
    /// The address of the HTTP server; it is a loopback address.
    pub listen: SocketAddr,
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
    network: IpAddr,
    bits: u8,
    /// The port.
    pub port: u16,
}

impl ProbeHosts {
    /// Reads `ADDRESS/BITS:PORT`, as in `10.1.0.0/16:5432` and `[fd00::/8]:5432`.
    fn parse(text: &str) -> Option<ProbeHosts> {
        let (hosts, port) = text.rsplit_once(':')?;
        let bare = hosts.strip_prefix('[').and_then(|hosts| hosts.strip_suffix(']'));
        let (address, bits) = bare.unwrap_or(hosts).split_once('/')?;
        let network: IpAddr = address.parse().ok()?;
        let most = if network.is_ipv4() { 32 } else { 128 };
        if network.is_ipv6() && bare.is_none() {
            return None;
        }
        let bits = bits.parse().ok().filter(|bits| *bits <= most)?;
        Some(ProbeHosts { network, bits, port: port.parse().ok().filter(|port| *port > 0)? })
    }

    /// Whether it contains an address and port. An IPv4 address in IPv6 form counts as IPv4.
    pub fn contains(&self, address: IpAddr, port: u16) -> bool {
        let same = |network: u128, address: u128, size: u8| {
            let shift = u32::from(size - self.bits);
            network.checked_shr(shift).unwrap_or(0) == address.checked_shr(shift).unwrap_or(0)
        };
        port == self.port
            && match (self.network, address.to_canonical()) {
                (IpAddr::V4(network), IpAddr::V4(address)) => {
                    same(network.to_bits().into(), address.to_bits().into(), 32)
                }
                (IpAddr::V6(network), IpAddr::V6(address)) => {
                    same(network.to_bits(), address.to_bits(), 128)
                }
                _ => false,
            }
    }
}

impl Default for ServeSettings {
    fn default() -> ServeSettings {
        ServeSettings {
            listen: LISTEN.parse().expect("it is an address"),
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

/// Reads an address to listen on. The error is the message for the user.
pub fn listen(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| format!("\"{text}\" is not an address; write {LISTEN} or [::1]:9847"))?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err(format!(
        "{address} can be reached from other machines, and posemo has no login; listen on a loopback address, and let a proxy with TLS and a login forward requests to it"
    ))
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
    match entry.listen.as_deref().map(listen) {
        Some(Ok(address)) => settings.listen = address,
        Some(Err(message)) => keep("listen", message),
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
    fn only_loopback_addresses_are_listened_on() {
        for address in ["127.0.0.1:1", "127.0.0.2:80", "[::1]:9847"] {
            assert!(listen(address).is_ok(), "{address}");
        }
        for address in ["0.0.0.0:80", "10.0.0.1:80", "[::]:80", "localhost:80", "127.0.0.1"] {
            assert!(listen(address).is_err(), "{address}");
        }
    }
}
