//! Opens a session on the first server that will do.
//!
//! It tries each address once and never again, and it asks no question of its own but what kind of server it is.

use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;

use tokio_postgres::{CancelToken, Client, Connection};

use self::attempt::{Attempt, secure, within};
use self::guard::{Finished, Guard, Progress};
use self::socket::Address;
use super::parameters::hosts::{Host, Way};
use super::parameters::{Parameters, Target};

pub use self::certificate::CertificateFault;
pub use self::error::{LinkError, Place};
pub use self::guard::Refusal;
pub use self::trust::TrustError;

mod attempt;
mod certificate;
mod chain;
mod error;
mod guard;
mod socket;
mod target;
pub(crate) mod trust;

/// The driver's half of a session, to be spawned: it ends when the client is dropped or the connection breaks.
pub type Driving = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

/// What is said at the beginning of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Startup {
    /// Settings as command-line options of a server process, `-c name=value`; they come after the operator's own.
    pub options: Option<String>,
    /// What the session is called, unless the operator has a name for it.
    pub application_name: String,
}

/// An open session.
pub struct Link {
    /// Asks the questions.
    pub client: Client,
    /// Moves the bytes; nothing happens until it is polled.
    pub connection: Driving,
    /// Takes a question back.
    pub cancel: Cancel,
    /// The host or socket directory that answered, as given.
    pub host: String,
    /// The port that answered.
    pub port: u16,
    /// Whether the session has TLS.
    pub encrypted: bool,
    /// `server_version`, as the server reports it.
    pub server_version: Option<String>,
    /// Whether it is a standby, as servers from 14 on report it.
    pub in_hot_standby: Option<bool>,
}

impl Link {
    pub(crate) fn new(
        client: Client,
        connection: Connection<Guard, Guard>,
        cancel: Cancel,
    ) -> Link {
        Link {
            client,
            host: cancel.place.host.clone(),
            port: cancel.place.port,
            encrypted: cancel.encrypted,
            server_version: connection.parameter("server_version").map(str::to_owned),
            in_hot_standby: connection.parameter("in_hot_standby").map(|value| value == "on"),
            connection: Box::pin(connection),
            cancel,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Link").field("place", &self.cancel.place).finish_non_exhaustive()
    }
}

/// Asks a server to give up the query that a session is running.
#[derive(Clone)]
pub struct Cancel {
    pub(crate) parameters: Parameters,
    pub(crate) host: Host,
    pub(crate) address: Address,
    pub(crate) place: Place,
    pub(crate) encrypted: bool,
    pub(crate) token: CancelToken,
}

impl Cancel {
    /// Sends the request over a connection of its own to the same address, with TLS if the session has it.
    pub async fn send(&self) -> Result<(), LinkError> {
        within(&self.parameters, &self.place, async {
            let channel =
                socket::connect(&self.address, &self.place, self.parameters.peer.as_deref())
                    .await?;
            let channel = if self.encrypted {
                secure(&self.parameters, &self.host, &self.place, channel).await?
            } else {
                channel
            };
            if self.encrypted && !channel.encrypted {
                return Err(LinkError::NoTls { place: self.place.clone() });
            }
            let guard = Guard::new(
                channel,
                self.parameters.authentication.clone(),
                Progress::default().into(),
            );
            let sent = self.token.cancel_query_raw(guard, Finished).await;
            sent.map_err(|cause| LinkError::Cancel { place: self.place.clone(), cause })
        })
        .await
    }
}

impl fmt::Debug for Cancel {
    /// Without the token, which is a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cancel").field("place", &self.place).finish_non_exhaustive()
    }
}

/// Opens a session on the first host that answers and is of the wanted kind.
pub async fn open(parameters: &Parameters, startup: &Startup) -> Result<Link, LinkError> {
    if parameters.target != Target::PreferStandby {
        return search(parameters, startup, parameters.target).await;
    }
    match search(parameters, startup, Target::Standby).await {
        Err(error) if !error.ends_search() => search(parameters, startup, Target::Any).await,
        result => result,
    }
}

async fn search(
    parameters: &Parameters,
    startup: &Startup,
    target: Target,
) -> Result<Link, LinkError> {
    let mut errors = Vec::new();
    let mut hosts: Vec<&Host> = parameters.hosts().iter().collect();
    if parameters.shuffle {
        shuffle(&mut hosts);
    }
    for host in hosts {
        let addresses = match addresses(parameters, host).await {
            Ok(addresses) => addresses,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        for address in addresses {
            let place = place(host, &address);
            let error =
                match (Attempt { parameters, startup, host, address, place, target }).run().await {
                    Ok(link) => return Ok(link),
                    Err(error) => error,
                };
            let (ends, next_host) = (error.ends_search(), answered(&error));
            errors.push(error);
            if ends {
                return Err(LinkError::of(errors));
            }
            if next_host {
                break;
            }
        }
    }
    Err(LinkError::of(errors))
}

/// A server that answered and will not do answers the same at its other addresses.
fn answered(error: &LinkError) -> bool {
    !matches!(error, LinkError::Connect { .. } | LinkError::Timeout { .. })
}

async fn addresses(parameters: &Parameters, host: &Host) -> Result<Vec<Address>, LinkError> {
    let name = match &host.way {
        Way::Socket(directory) => {
            return Ok(vec![Address::Unix(socket::socket_path(directory, host.port))]);
        }
        Way::Address(ip) => return Ok(vec![Address::Tcp((*ip, host.port).into())]),
        Way::Name(name) => name,
    };
    let failed = |cause| LinkError::Lookup { host: name.clone(), cause };
    let place = Place { host: host.label.clone(), address: None, port: host.port };
    let looked_up = within(parameters, &place, async {
        tokio::net::lookup_host((name.as_str(), host.port)).await.map_err(failed)
    });
    let mut addresses: Vec<Address> = looked_up.await?.map(Address::Tcp).collect();
    if parameters.shuffle {
        shuffle(&mut addresses);
    }
    Ok(addresses)
}

fn place(host: &Host, address: &Address) -> Place {
    let address = match address {
        Address::Tcp(address) => Some(address.ip()),
        Address::Unix(_) => None,
    };
    Place { host: host.label.clone(), address, port: host.port }
}

/// Every order is as likely as any other; the chance is that of the hash tables' keys.
fn shuffle<T>(items: &mut [T]) {
    for end in (1..items.len()).rev() {
        let count = u64::try_from(end + 1).expect("a list is shorter than the numbers of 64 bits");
        let chosen = RandomState::new().hash_one(end) % count;
        items.swap(end, usize::try_from(chosen).expect("it is not above the list's own length"));
    }
}
