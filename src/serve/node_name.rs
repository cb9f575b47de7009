//! The name of this process among the nodes of a history on a server.

use rustix::system::uname;

use crate::settings::serve::listen::ListenAddress;

/// The name of this node: the name of the machine and the port.
pub(super) fn node_name(address: &ListenAddress) -> String {
    let machine = uname().nodename().to_string_lossy().into_owned();
    match address {
        ListenAddress::Tcp(address) => format!("{machine}:{}", address.port()),
        ListenAddress::Unix(path) => format!("{machine}:{}", path.display()),
    }
}
