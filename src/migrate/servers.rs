//! Which servers the calls ask, and the names of their targets.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::calls::OldCall;
use super::found::FoundHost;
use crate::text::visible::visible;

/// The port of a server without another one.
const PORT: u16 = 5432;

/// The most servers of a call.
const MOST_OF_CALL: usize = 16;

/// A server that calls ask.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OldServer {
    /// The name of the host in the monitoring system, or the host of the call; empty for that of libpq.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The section of the service file; empty without one.
    pub service: String,
}

/// A target of the settings.
#[derive(Debug, Clone)]
pub struct NewTarget {
    /// Its name.
    pub name: String,
    /// The value of `host`; empty for that of libpq.
    pub host: String,
    /// The server.
    pub server: OldServer,
}

/// The servers of all calls.
#[derive(Debug, Default)]
pub(super) struct ServerBook {
    /// The name of a host by its name or address.
    names: BTreeMap<String, String>,
    /// The servers in the order of the calls, with the value of `host`.
    servers: IndexMap<OldServer, String>,
}

impl ServerBook {
    pub(super) fn new(hosts: &[FoundHost]) -> ServerBook {
        let mut names = BTreeMap::new();
        for host in hosts {
            for text in [&host.name, &host.address] {
                if !text.is_empty() {
                    names.entry(text.to_lowercase()).or_insert_with(|| host.name.clone());
                }
            }
        }
        ServerBook { names, servers: IndexMap::new() }
    }

    /// Adds the servers that a call asks.
    pub(super) fn add(&mut self, call: &OldCall) -> Result<Vec<OldServer>, String> {
        let Ok(translated) = &call.translated else { return Ok(Vec::new()) };
        let option = |name: &str| {
            let found = translated.connection.iter().find(|(option, _)| *option == name);
            found.map(|(_, value)| value.clone())
        };
        let variable = |name: &str| call.plugin.as_ref()?.environment.get(name).cloned();
        let service =
            option("-d").and_then(|text| service_in(&text)).or_else(|| variable("PGSERVICE"));
        let service = service.unwrap_or_default();
        let hosts = option("-H").or_else(|| variable("PGHOST")).unwrap_or_default();
        let ports = option("-p").or_else(|| variable("PGPORT")).or_else(|| call.port.clone());
        let ports: Vec<&str> = ports.as_deref().unwrap_or_default().split(',').collect();
        let hosts: Vec<&str> = hosts.split(',').map(str::trim).collect();
        let mut servers = Vec::new();
        let number = hosts.len().max(ports.len());
        if number > MOST_OF_CALL {
            return Err(format!("it asks more than {MOST_OF_CALL} servers; write several calls"));
        }
        for at in 0..number {
            let host = hosts.get(at).or(hosts.last()).copied().unwrap_or_default();
            let port = ports.get(at).or(ports.last()).copied().unwrap_or_default().trim();
            let port = match port {
                "" => PORT,
                text => text.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
                    format!("the port \"{}\" is not a number from 1 to 65535", visible(text))
                })?,
            };
            servers.push(self.server(call, host, port, &service)?);
        }
        Ok(servers)
    }

    fn server(
        &mut self,
        call: &OldCall,
        host: &str,
        port: u16,
        service: &str,
    ) -> Result<OldServer, String> {
        let is_local = host.is_empty()
            || host == "localhost"
            || host.starts_with(['/', '@'])
            || host.starts_with("127.")
            || host == "::1";
        let own = call.host.as_ref().filter(|_| call.is_remote && is_local && service.is_empty());
        let value = match own {
            // The plugin runs on the host of the server, posemo elsewhere.
            Some(own) if own.address.is_empty() => own.name.as_str(),
            Some(own) => own.address.as_str(),
            None => host,
        };
        if value.chars().any(|one| one.is_control() || one.is_whitespace()) || value.contains('$') {
            return Err(format!(
                "the host \"{}\" is not a name, an address or a directory",
                visible(value)
            ));
        }
        let name = match own {
            Some(own) => own.name.clone(),
            None => {
                self.names.get(&value.to_lowercase()).cloned().unwrap_or_else(|| value.to_owned())
            }
        };
        let server = OldServer { host: name, port, service: service.to_owned() };
        self.servers.entry(server.clone()).or_insert_with(|| value.to_owned());
        Ok(server)
    }

    /// The targets, each with another name.
    pub(super) fn targets(&self) -> Vec<NewTarget> {
        let mut ports: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for server in self.servers.keys() {
            *ports.entry((&server.host, &server.service)).or_default() += 1;
        }
        let mut taken = BTreeSet::new();
        let mut numbers = BTreeMap::new();
        let mut targets = Vec::new();
        for (server, host) in &self.servers {
            let base = match (server.host.trim_matches('/'), server.service.as_str()) {
                ("", "") => "local".to_owned(),
                ("", service) => service.to_owned(),
                (host, _) => host.replace('/', "_"),
            };
            let is_only = ports[&(server.host.as_str(), server.service.as_str())] == 1;
            let base = if is_only || server.port == PORT {
                base
            } else {
                format!("{base}:{}", server.port)
            };
            let mut name = base.clone();
            let number = numbers.entry(base.clone()).or_insert(2);
            while !taken.insert(name.clone()) {
                name = format!("{base}-{number}");
                *number += 1;
            }
            targets.push(NewTarget { name, host: host.clone(), server: server.clone() });
        }
        targets
    }
}

/// The service in a connection string of compat: `service='NAME'`.
fn service_in(text: &str) -> Option<String> {
    let rest = text.strip_prefix("service='")?;
    let mut service = String::new();
    let mut letters = rest.chars();
    loop {
        match letters.next()? {
            '\'' => return Some(service),
            '\\' => service.extend(letters.next()),
            other => service.push(other),
        }
    }
}
