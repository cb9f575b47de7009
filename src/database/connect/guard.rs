//! Reads the server's messages before the driver does until the login ends, and refuses forbidden authentication requests.
//!
//! It changes no byte, and it does not read anything after the first `ReadyForQuery`.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use super::refusal::AuthRefusal;
use super::socket::{Channel, Stream};
use crate::database::parameters::AuthMethod;
use crate::database::parameters::authentication::Authentication;

/// How far the login has come.
#[derive(Debug, Default)]
pub(super) struct LoginProgress {
    /// The server has requested a password in some form.
    password_requested: AtomicBool,
    /// The server has accepted the login.
    accepted: AtomicBool,
}

impl LoginProgress {
    pub(super) fn password_requested(&self) -> bool {
        self.password_requested.load(Ordering::Relaxed)
    }

    pub(super) fn accepted(&self) -> bool {
        self.accepted.load(Ordering::Relaxed)
    }
}

/// A channel whose incoming messages are watched during the login.
pub(super) struct LoginGuard {
    stream: Box<dyn Stream>,
    binding: Option<Vec<u8>>,
    watch: LoginWatch,
}

impl LoginGuard {
    pub(super) fn new(
        channel: Channel,
        rules: Authentication,
        progress: Arc<LoginProgress>,
    ) -> LoginGuard {
        let private = channel.encrypted || channel.local;
        let watch = LoginWatch {
            rules,
            private,
            progress,
            head: Vec::new(),
            skip: 0,
            exchanged: false,
            done: false,
        };
        LoginGuard { stream: channel.stream, binding: channel.binding, watch }
    }
}

impl AsyncRead for LoginGuard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        // The driver acts on whole messages only, so an error here comes before its answer.
        Poll::Ready(self.watch.check(&buffer.filled()[before..]).map_err(io::Error::other))
    }
}

impl AsyncWrite for LoginGuard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl TlsStream for LoginGuard {
    fn channel_binding(&self) -> ChannelBinding {
        self.binding.clone().map_or_else(ChannelBinding::none, ChannelBinding::tls_server_end_point)
    }
}

/// Gives the driver a stream whose TLS handshake is complete.
pub(super) struct PreparedTls;

impl TlsConnect<LoginGuard> for PreparedTls {
    type Stream = LoginGuard;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<LoginGuard>>;

    fn connect(self, stream: LoginGuard) -> Self::Future {
        std::future::ready(Ok(stream))
    }
}

/// Follows the framing of the server's messages.
struct LoginWatch {
    rules: Authentication,
    /// Whether nobody else can read the connection.
    private: bool,
    progress: Arc<LoginProgress>,
    /// The first bytes of the current message, as far as they have arrived.
    head: Vec<u8>,
    /// The number of bytes left of the current message, which need no check.
    skip: usize,
    /// Whether posemo has sent a password, or the server has proved that it knows it.
    exchanged: bool,
    done: bool,
}

impl LoginWatch {
    fn check(&mut self, mut bytes: &[u8]) -> Result<(), AuthRefusal> {
        while !self.done && !bytes.is_empty() {
            if self.skip > 0 {
                let skipped = self.skip.min(bytes.len());
                self.skip -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            self.head.push(bytes[0]);
            bytes = &bytes[1..];
            self.check_head()?;
        }
        Ok(())
    }

    /// Acts once type and length have arrived, and for an authentication request also its code.
    fn check_head(&mut self) -> Result<(), AuthRefusal> {
        let &[kind, a, b, c, d, ref code @ ..] = self.head.as_slice() else { return Ok(()) };
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d]))
            .map_err(|_| AuthRefusal::Malformed)?;
        let needed = if kind == b'R' { 8 } else { 4 };
        if length < needed {
            return Err(AuthRefusal::Malformed);
        }
        if code.len() + 4 < needed {
            return Ok(());
        }
        if let Ok(code) = <[u8; 4]>::try_from(code) {
            self.check_request(u32::from_be_bytes(code))?;
        }
        self.skip = length - needed;
        self.head.clear();
        self.done = kind == b'Z';
        Ok(())
    }

    fn check_request(&mut self, code: u32) -> Result<(), AuthRefusal> {
        let method = match code {
            0 => return self.check_acceptance(),
            3 => AuthMethod::Password,
            5 => AuthMethod::Md5,
            7 => AuthMethod::Gss,
            9 => AuthMethod::Sspi,
            10 => AuthMethod::Scram,
            12 => {
                self.exchanged = true;
                return Ok(());
            }
            // Steps within a method, and old methods that the driver does not support.
            _ => return Ok(()),
        };
        if !self.rules.allows(method) {
            return Err(AuthRefusal::Forbidden(method));
        }
        if method.reveals_password() && !self.private && !self.rules.cleartext {
            return Err(AuthRefusal::Exposed(method));
        }
        self.exchanged = method.reveals_password();
        self.progress.password_requested.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn check_acceptance(&self) -> Result<(), AuthRefusal> {
        if !self.exchanged && !self.rules.allows(AuthMethod::None) {
            return Err(AuthRefusal::Unauthenticated);
        }
        self.progress.accepted.store(true, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::parameters::{Environment, Parameters};

    type WatchCase<'a> = (Vec<&'a [u8]>, &'a str, bool, Result<(), AuthRefusal>);

    fn watch(require_auth: &str, private: bool) -> LoginWatch {
        let given = [("user", "u"), ("require_auth", require_auth)];
        let given = given.map(|(keyword, value)| (keyword.to_owned(), value.to_owned()));
        let parameters = Parameters::resolve(&given, &[], &Environment::silent());
        let rules = parameters.expect("parameters").authentication;
        let progress = Arc::default();
        LoginWatch {
            rules,
            private,
            progress,
            head: Vec::new(),
            skip: 0,
            exchanged: false,
            done: false,
        }
    }

    /// The result does not depend on how the bytes are split, and it is known with the code's last byte.
    #[test]
    fn requests_are_checked_in_any_framing() {
        let notice = b"N\0\0\0\x09R\0\0\0\x08";
        let clear = b"R\0\0\0\x08\0\0\0\x03";
        let md5 = b"R\0\0\0\x0c\0\0\0\x05salt";
        let scram = b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0R\0\0\0\x0c\0\0\0\x0bdataR\0\0\0\x0c\0\0\0\x0cdata";
        let accepted = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
        let cases: [WatchCase<'_>; 10] = [
            (vec![notice, clear], "", false, Err(AuthRefusal::Exposed(AuthMethod::Password))),
            (vec![notice, md5], "", false, Err(AuthRefusal::Exposed(AuthMethod::Md5))),
            (vec![clear, accepted], "", true, Ok(())),
            (vec![clear], "!password", true, Err(AuthRefusal::Forbidden(AuthMethod::Password))),
            (vec![scram, accepted], "scram-sha-256", false, Ok(())),
            (vec![scram], "md5", false, Err(AuthRefusal::Forbidden(AuthMethod::Scram))),
            (vec![accepted], "", false, Ok(())),
            (vec![notice, accepted], "md5,scram-sha-256", false, Err(AuthRefusal::Unauthenticated)),
            // Half an exchange proves nothing: the server has not proved that it knows the password.
            (
                vec![&scram[..24], accepted],
                "scram-sha-256",
                false,
                Err(AuthRefusal::Unauthenticated),
            ),
            // After the login the contents are not checked.
            (vec![accepted, clear], "", false, Ok(())),
        ];
        for (messages, require_auth, private, expected) in cases {
            let bytes = messages.concat();
            for size in 1..=bytes.len() {
                let mut watch = watch(require_auth, private);
                let verdict = bytes.chunks(size).try_for_each(|chunk| watch.check(chunk));
                assert_eq!(verdict, expected, "{bytes:?} in pieces of {size}");
            }
        }
    }
}
