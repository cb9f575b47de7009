//! Opens a connection to the first suitable server of a list.
//!
//! It tries each address once, and asks a server nothing except what `target_session_attrs` needs.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::time::Instant;

use self::address::{ServerAddress, socket_path};
use self::attempt::Attempt;
use super::parameters::TargetSessionAttrs;
use super::parameters::hosts::{Route, ServerHost};

pub use self::access::ServerAccess;
pub use self::cancel::CancelHandle;
pub use self::connection::{Connection, ConnectionTask, Intake, LastWarning};
pub use self::endpoint::Endpoint;
pub use self::error::ConnectError;
pub(super) use self::outage::{connection_broke, server_outage};
pub use self::refusal::AuthRefusal;
pub use self::startup::{IntakeLimits, Startup};
pub use self::way::{ConnectStep, ServerWay, ways};

mod access;
mod address;
mod attempt;
mod cancel;
mod connection;
mod endpoint;
mod error;
mod guard;
mod handshake;
mod login;
mod outage;
mod refusal;
mod session_attrs;
mod socket;
mod startup;
mod way;

/// Opens a connection to the first host that answers and has the wanted session attributes. Without a deadline only
/// `connect_timeout` limits an attempt; with one, an address that does not answer leaves time for the others.
pub async fn open(
    access: &ServerAccess,
    startup: &Startup,
    deadline: Option<Instant>,
) -> Result<Connection, ConnectError> {
    let wanted = access.parameters().session_attrs;
    let search = |wanted, passes| search(access, startup, wanted, Budget { deadline, passes });
    if wanted != TargetSessionAttrs::PreferStandby {
        return search(wanted, 1).await;
    }
    match search(TargetSessionAttrs::Standby, 2).await {
        Err(error) if !error.ends_search() => search(TargetSessionAttrs::Any, 1).await,
        result => result,
    }
}

/// The time until the deadline, to be divided among the attempts that are left.
#[derive(Clone, Copy)]
struct Budget {
    deadline: Option<Instant>,
    /// Searches of the whole list that are left, this one included.
    passes: u32,
}

impl Budget {
    fn part(self, attempts_left: usize) -> Option<Duration> {
        let left = self.deadline?.saturating_duration_since(Instant::now());
        Some(left / (u32::try_from(attempts_left).unwrap_or(u32::MAX).max(1) * self.passes))
    }
}

async fn search(
    access: &ServerAccess,
    startup: &Startup,
    wanted: TargetSessionAttrs,
    budget: Budget,
) -> Result<Connection, ConnectError> {
    let mut errors = Vec::new();
    let mut hosts: Vec<&ServerHost> = access.parameters().hosts().iter().collect();
    if access.parameters().shuffle {
        shuffle(&mut hosts);
    }
    for (number, host) in hosts.iter().enumerate() {
        let hosts_left = hosts.len() - number;
        let addresses = match addresses(access, host, budget.part(hosts_left)).await {
            Ok(addresses) => addresses,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let count = addresses.len();
        for (index, address) in addresses.into_iter().enumerate() {
            let endpoint = endpoint(host, &address);
            let part = budget.part(count - index + hosts_left - 1);
            let attempt = Attempt { access, startup, host, address, endpoint, wanted, part };
            let error = match Box::pin(attempt.run()).await {
                Ok(connection) => return Ok(connection),
                Err(error) => error,
            };
            let (ends, next_host) = (error.ends_search(), answered(&error));
            errors.push(error);
            if ends {
                return Err(ConnectError::from_attempts(errors));
            }
            if next_host {
                break;
            }
        }
    }
    Err(ConnectError::from_attempts(errors))
}

/// A server that answered and is not suitable gives the same answer at its other addresses.
fn answered(error: &ConnectError) -> bool {
    !matches!(error, ConnectError::Unreachable { .. } | ConnectError::Timeout { .. })
}

async fn addresses(
    access: &ServerAccess,
    host: &ServerHost,
    part: Option<Duration>,
) -> Result<Vec<ServerAddress>, ConnectError> {
    let name = match &host.route {
        Route::Socket(directory) => {
            return Ok(vec![ServerAddress::Unix(socket_path(directory, host.port))]);
        }
        Route::Address(ip) => return Ok(vec![ServerAddress::Tcp((*ip, host.port).into())]),
        Route::Name(name) => name,
    };
    let failed = |cause| ConnectError::Lookup { host: name.clone(), cause };
    let endpoint = Endpoint { host: host.label.clone(), address: None, port: host.port };
    let looked_up = access.within_timeout(&endpoint, part, async {
        tokio::net::lookup_host((name.as_str(), host.port)).await.map_err(failed)
    });
    let mut addresses: Vec<ServerAddress> = looked_up.await?.map(ServerAddress::Tcp).collect();
    if access.parameters().shuffle {
        shuffle(&mut addresses);
    }
    Ok(addresses)
}

fn endpoint(host: &ServerHost, address: &ServerAddress) -> Endpoint {
    let address = match address {
        ServerAddress::Tcp(address) => Some(address.ip()),
        ServerAddress::Unix(_) => None,
    };
    Endpoint { host: host.label.clone(), address, port: host.port }
}

/// Gives every order the same probability; the random numbers are those of the hash tables' keys.
fn shuffle<T>(items: &mut [T]) {
    for end in (1..items.len()).rev() {
        let count = u64::try_from(end + 1).expect("a list is shorter than 2^64");
        let chosen = RandomState::new().hash_one(end) % count;
        items.swap(end, usize::try_from(chosen).expect("it is less than the list's length"));
    }
}
