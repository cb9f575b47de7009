//! Ports on the loopback for the programs that a test starts, and one on which nothing listens.
//!
//! The kernel takes the ports of connections from 32768 on, so a port from there may be in use again when a program
//! begins to listen on it. These ports are below, and no two tests of this machine get the same one.

use std::net::{Ipv4Addr, TcpListener};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

/// Nothing listens there: its service, tcpmux, is history, and only root could start another one.
pub(crate) const DEAD: u16 = 1;

/// A port for a program. It belongs to this process as long as that runs.
pub(crate) fn free_port() -> u16 {
    // Zabbix's server listens on no port above 32767.
    let (first, count) = (12_000, 20_000);
    let start = u16::try_from(std::process::id() % 5000).unwrap() * 4;
    let all = (0..count).map(|number| first + (start + number) % count);
    let mut own = all.filter(|port| claim(*port));
    own.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()).unwrap()
}

/// Several of them.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    std::array::from_fn(|_| free_port())
}

/// Marks a port with a socket in Linux's abstract namespace, which ends with the process.
fn claim(port: u16) -> bool {
    let name = format!("posemo-test-port-{port}");
    let address = SocketAddr::from_abstract_name(name).unwrap();
    UnixListener::bind_addr(&address).map(std::mem::forget).is_ok()
}

#[test]
fn no_port_is_given_twice() {
    let mut ports = free_ports::<50>();
    ports.sort_unstable();
    assert!(ports.windows(2).all(|pair| pair[0] < pair[1]), "{ports:?}");
    assert!(ports.iter().all(|port| (12_000..32_000).contains(port)), "{ports:?}");
    let error = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, DEAD)).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}
