//! The address of the HTTP server: a port of an address, or a Unix socket.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where the server listens, unless the settings or the command change it.
pub const LISTEN: &str = "127.0.0.1:9847";

/// The length of the path of a Unix socket in bytes, without its end.
const LONGEST: usize = 107;

/// The address of the HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAddress {
    /// A port of an address.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

impl Default for ListenAddress {
    fn default() -> ListenAddress {
        ListenAddress::Tcp(LISTEN.parse().expect("it is an address"))
    }
}

impl ListenAddress {
    /// Reads an address. The error is the message for the user.
    pub fn parse(text: &str) -> Result<ListenAddress, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            if !path.is_absolute() || path.file_name().is_none() || path.as_os_str().len() > LONGEST
            {
                return Err(format!(
                    "\"{text}\" is not a socket; write an absolute path of at most {LONGEST} bytes, as in unix:/run/posemo/posemo.sock"
                ));
            }
            return Ok(ListenAddress::Unix(path));
        }
        let address = text.parse().map(ListenAddress::Tcp);
        address.map_err(|_| {
            format!(
                "\"{text}\" is not an address; write {LISTEN}, [::1]:9847 or unix:/run/posemo/posemo.sock"
            )
        })
    }

    /// Whether only programs of this machine can connect.
    pub fn is_local(&self) -> bool {
        match self {
            ListenAddress::Tcp(address) => address.ip().to_canonical().is_loopback(),
            ListenAddress::Unix(_) => true,
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenAddress::Tcp(address) => write!(out, "http://{address}/"),
            ListenAddress::Unix(path) => write!(out, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_sockets_are_read() {
        for (text, local) in [
            ("127.0.0.1:1", true),
            ("127.0.0.2:80", true),
            ("[::1]:9847", true),
            ("[::ffff:127.0.0.1]:80", true),
            ("unix:/run/posemo.sock", true),
            ("0.0.0.0:80", false),
            ("10.0.0.1:80", false),
            ("[::]:80", false),
        ] {
            let address = ListenAddress::parse(text).expect(text);
            assert_eq!(address.is_local(), local, "{text}");
        }
        let long = format!("unix:/{}", "x".repeat(LONGEST));
        for wrong in
            ["localhost:80", "127.0.0.1", "", "unix:", "unix:run/x", "unix:/", long.as_str()]
        {
            assert!(ListenAddress::parse(wrong).is_err(), "{wrong}");
        }
    }
}
