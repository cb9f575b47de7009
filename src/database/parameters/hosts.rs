//! The servers to try: hosts, addresses, sockets and ports, combined as libpq combines them.
//!
//! It looks up no name and opens no socket.

use std::net::IpAddr;
use std::path::PathBuf;

use super::environment::Environment;
use super::error::ParametersError;
use super::keywords::{KeywordValues, wrong};

/// PostgreSQL's port.
const DEFAULT_PORT: u16 = 5432;

/// One server to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerHost {
    /// The name, address or socket directory, as given.
    pub label: String,
    /// The port.
    pub port: u16,
    /// How it is reached.
    pub(crate) route: Route,
    /// The host name as given, which its certificate must contain; none where only an address was given.
    pub(crate) name: Option<String>,
    /// Its name in the password file.
    pub(crate) passfile_name: String,
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// A socket in a directory, or with a leading `@` in the abstract namespace.
    Socket(PathBuf),
    /// A name to look up.
    Name(String),
    /// An address, which needs no look-up.
    Address(IpAddr),
}

/// The servers that `host`, `hostaddr` and `port` name together, in the order in which they are tried.
pub(crate) fn resolve(
    values: &KeywordValues,
    environment: &Environment,
) -> Result<Vec<ServerHost>, ParametersError> {
    let list =
        |name| values.get(name).map(|text| text.split(',').map(str::trim).collect::<Vec<_>>());
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    let count = addresses.as_ref().or(names.as_ref()).map_or(1, Vec::len);
    let conflict = |what: &str, number: usize| {
        let text = format!("{number} {what} do not match {count} hosts; give one for each host");
        Err(ParametersError::Conflict(text))
    };
    if let Some(names) = names.as_ref().filter(|names| names.len() != count) {
        return conflict("host names", names.len());
    }
    if let Some(ports) = ports.as_ref().filter(|ports| ports.len() != count && ports.len() != 1) {
        return conflict("ports", ports.len());
    }
    let mut hosts = Vec::with_capacity(count);
    for at in 0..count {
        let pick = |list: &Option<Vec<&'_ str>>| {
            let item = list.as_ref().and_then(|list| list.get(at)).copied().unwrap_or("");
            item.to_owned()
        };
        let port = match &ports {
            Some(one) if one.len() == 1 => port(one[0])?,
            _ => port(&pick(&ports))?,
        };
        hosts.push(host(&pick(&names), &pick(&addresses), port, environment)?);
    }
    Ok(hosts)
}

fn host(
    name: &str,
    address: &str,
    port: u16,
    environment: &Environment,
) -> Result<ServerHost, ParametersError> {
    let passfile_name = if name.is_empty() { address } else { name }.to_owned();
    let given = Some(name.to_owned()).filter(|name| !name.is_empty());
    let label = passfile_name.clone();
    if !address.is_empty() {
        let ip = address
            .parse()
            .map_err(|_| wrong("hostaddr", address, "an IP address; set a name with host"))?;
        let route = Route::Address(ip);
        return Ok(ServerHost { label, port, route, name: given, passfile_name });
    }
    if name.is_empty() {
        let directory = default_directory(port, environment);
        let label = directory.display().to_string();
        return Ok(ServerHost {
            label,
            port,
            route: Route::Socket(directory),
            name: None,
            passfile_name: "localhost".to_owned(),
        });
    }
    if name.starts_with(['/', '@']) {
        let directory = PathBuf::from(name);
        let is_default = environment.socket_directories.contains(&directory);
        let passfile_name = if is_default { "localhost".to_owned() } else { passfile_name };
        let route = Route::Socket(directory);
        return Ok(ServerHost { label, port, route, name: None, passfile_name });
    }
    let route = Route::Name(name.to_owned());
    Ok(ServerHost { label, port, route, name: given, passfile_name })
}

/// libpq knows one directory, set when it was built. One program for all builds takes the directory that has a socket.
fn default_directory(port: u16, environment: &Environment) -> PathBuf {
    let directories = &environment.socket_directories;
    let with_socket =
        directories.iter().find(|directory| directory.join(format!(".s.PGSQL.{port}")).exists());
    let chosen = with_socket.or_else(|| directories.iter().find(|directory| directory.is_dir()));
    chosen.or(directories.first()).cloned().unwrap_or_else(|| "/tmp".into())
}

fn port(text: &str) -> Result<u16, ParametersError> {
    match text.parse() {
        _ if text.is_empty() => Ok(DEFAULT_PORT),
        Ok(port) if port > 0 => Ok(port),
        _ => Err(wrong("port", text, "a number from 1 to 65535")),
    }
}
