//! The listening socket: a port, a Unix socket, or the one that systemd passes.

use std::fs::{self, Permissions};
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use listenfd::ListenFd;
use rustix::fs::Mode;

use crate::settings::serve::listen::ListenAddress;

/// A socket that listens.
#[derive(Debug)]
pub enum ListeningSocket {
    /// A port of an address.
    Tcp(TcpListener),
    /// A Unix socket.
    Unix(UnixListener),
}

impl ListeningSocket {
    /// Listens on an address. `mode` are the permissions of a Unix socket.
    pub fn bind(address: &ListenAddress, mode: u32) -> io::Result<ListeningSocket> {
        let socket = match address {
            ListenAddress::Tcp(address) => ListeningSocket::Tcp(TcpListener::bind(address)?),
            ListenAddress::Unix(path) => ListeningSocket::Unix(bind_path(path, mode)?),
        };
        socket.set_nonblocking()?;
        Ok(socket)
    }

    /// The socket that systemd passes, if it passes one.
    pub fn of_systemd() -> io::Result<Option<ListeningSocket>> {
        let mut passed = ListenFd::from_env();
        if passed.len() > 1 {
            let message =
                "systemd passes several sockets; write one ListenStream in the socket unit";
            return Err(io::Error::other(message));
        }
        let socket = match passed.take_unix_listener(0) {
            Ok(socket) => socket.map(ListeningSocket::Unix),
            Err(_) => passed.take_tcp_listener(0)?.map(ListeningSocket::Tcp),
        };
        socket.iter().try_for_each(ListeningSocket::set_nonblocking)?;
        Ok(socket)
    }

    /// Its address, with the port that the system chose.
    pub fn address(&self) -> io::Result<ListenAddress> {
        match self {
            ListeningSocket::Tcp(listener) => listener.local_addr().map(ListenAddress::Tcp),
            ListeningSocket::Unix(listener) => {
                let address = listener.local_addr()?;
                let path = address.as_pathname().map(Path::to_owned);
                Ok(ListenAddress::Unix(path.unwrap_or_default()))
            }
        }
    }

    fn set_nonblocking(&self) -> io::Result<()> {
        match self {
            ListeningSocket::Tcp(listener) => listener.set_nonblocking(true),
            ListeningSocket::Unix(listener) => listener.set_nonblocking(true),
        }
    }
}

/// Listens on a path. The socket of a process that has ended is replaced, and no other file.
fn bind_path(path: &PathBuf, mode: u32) -> io::Result<UnixListener> {
    if let Ok(existing) = fs::symlink_metadata(path) {
        if !existing.file_type().is_socket() {
            return Err(io::Error::other("the file exists and is not a socket"));
        }
        match UnixStream::connect(path) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                fs::remove_file(path)?;
            }
            Ok(_) => return Err(io::Error::other("another process uses the socket")),
            Err(error) => {
                let message = format!(
                    "the socket exists, and whether a process uses it is not known ({error}); remove it if none does"
                );
                return Err(io::Error::other(message));
            }
        }
    }
    // No other user can connect before the permissions are set.
    let before = rustix::process::umask(Mode::from_raw_mode(0o177));
    let bound = UnixListener::bind(path);
    rustix::process::umask(before);
    let listener = bound?;
    fs::set_permissions(path, Permissions::from_mode(mode))?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_socket_of_an_ended_process_is_replaced() {
        let path = std::env::temp_dir().join(format!("posemo-socket-{}", std::process::id()));
        let address = ListenAddress::Unix(path.clone());
        let bind = || ListeningSocket::bind(&address, 0o640);
        let first = bind().expect("it listens");
        let mode = fs::metadata(&path).expect("it exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert_eq!(first.address().expect("known"), address);
        assert!(bind().expect_err("in use").to_string().contains("another process"));
        drop(first);
        drop(bind().expect("the old one is replaced"));
        // Connecting fails for another reason than that no process listens. The test may run as root, whom no mode stops.
        fs::remove_file(&path).expect("it exists");
        let other = std::os::unix::net::UnixDatagram::bind(&path).expect("it is bound");
        let error = bind().expect_err("of another type").to_string();
        assert!(error.contains("wrong type") && error.contains("remove it"), "{error}");
        drop(other);
        fs::remove_file(&path).expect("it exists");
        fs::write(&path, "text").expect("written");
        assert!(bind().expect_err("a file").to_string().contains("not a socket"));
        assert_eq!(fs::read_to_string(&path).expect("it remains"), "text");
        fs::remove_file(&path).expect("it exists");
    }
}
