//! One network address of a server, or the path of its socket.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// One address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ServerAddress {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// The path of the socket in a directory; a leading `@` means the abstract namespace.
pub(super) fn socket_path(directory: &Path, port: u16) -> PathBuf {
    let path = directory.join(format!(".s.PGSQL.{port}"));
    match path.as_os_str().as_bytes() {
        [b'@', name @ ..] => {
            let name: Vec<u8> = [0].iter().chain(name).copied().collect();
            PathBuf::from(OsStr::from_bytes(&name))
        }
        _ => path,
    }
}
