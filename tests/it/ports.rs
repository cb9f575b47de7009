//! Ports on the loopback address: free ports for the programs of a test, and a port on which nothing listens.
//!
//! The kernel uses ports from 32768 for outgoing connections, so such a port may be in use when a program begins to
//! listen. These ports are lower, and two tests of this machine never get the same port.

use std::net::{Ipv4Addr, TcpListener};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

/// A port on which nothing listens: its service tcpmux is obsolete, and only root can listen on it.
pub(crate) const DEAD: u16 = 1;

/// A port for a program. It is reserved until this process ends.
pub(crate) fn free_port() -> u16 {
    // The Zabbix server does not accept a port above 32767.
    let (first, count) = (12_000, 20_000);
    let start = u16::try_from(std::process::id() % 5000).unwrap() * 4;
    let all = (0..count).map(|number| first + (start + number) % count);
    let mut own = all.filter(|port| reserve(*port));
    own.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()).unwrap()
}

/// Several free ports.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    std::array::from_fn(|_| free_port())
}

/// Reserves a port with a socket in Linux's abstract namespace, which exists until the process ends.
fn reserve(port: u16) -> bool {
    let name = format!("posemo-test-port-{port}");
    let address = SocketAddr::from_abstract_name(name).unwrap();
    UnixListener::bind_addr(&address).map(std::mem::forget).is_ok()
}

#[test]
fn a_port_is_reserved_once() {
    let mut ports = free_ports::<50>();
    ports.sort_unstable();
    assert!(ports.windows(2).all(|pair| pair[0] < pair[1]), "{ports:?}");
    assert!(ports.iter().all(|port| (12_000..32_000).contains(port)), "{ports:?}");
    let error = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, DEAD)).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}
