//! Reads the frames of the server's messages before the driver does: it refuses forbidden authentication requests, and
//! more data than a session needs.
//!
//! It changes no byte. The driver reserves memory for the announced length of a message, so a length must be checked
//! before the driver reads it.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use super::refusal::AuthRefusal;
use super::socket::{Channel, Stream};
use super::startup::IntakeLimits;
use crate::database::parameters::AuthMethod;
use crate::database::parameters::authentication::Authentication;

/// The most that a server may send before it has accepted the login, in one message and in all: requests, parameters
/// and notices.
const LOGIN: u64 = 64 * 1024;

/// The most that a server may send after the login in messages that answer no query: parameters, notices and
/// notifications.
const UNASKED: u64 = 1024 * 1024;

/// The code of the message in which a server names the iterations of SCRAM.
const SCRAM_FIRST: u32 = 11;

/// What PostgreSQL uses by default, and RFC 7677 requires.
const SCRAM_ITERATIONS: u32 = 4096;

/// How far the login has come.
#[derive(Debug, Default)]
pub(super) struct LoginProgress {
    /// The server has requested a password in some form.
    password_requested: AtomicBool,
    /// The server has accepted the login.
    accepted: AtomicBool,
    /// The lengths of all messages of the login, and then since the session was renewed.
    received: AtomicU64,
    /// The lengths of those that answer no query.
    unasked: AtomicU64,
    /// Why posemo ended the connection.
    refusal: OnceLock<AuthRefusal>,
}

impl LoginProgress {
    pub(super) fn password_requested(&self) -> bool {
        self.password_requested.load(Ordering::Relaxed)
    }

    pub(super) fn accepted(&self) -> bool {
        self.accepted.load(Ordering::Relaxed)
    }

    pub(super) fn refusal(&self) -> Option<AuthRefusal> {
        self.refusal.get().copied()
    }

    /// Begins to count anew what the server sends.
    pub(super) fn renew(&self) {
        self.received.store(0, Ordering::Relaxed);
        self.unasked.store(0, Ordering::Relaxed);
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
        intake: IntakeLimits,
        progress: Arc<LoginProgress>,
    ) -> LoginGuard {
        let protection = if channel.proved {
            Protection::Proved
        } else if channel.encrypted || channel.local {
            Protection::Private
        } else {
            Protection::None
        };
        let watch = LoginWatch {
            rules,
            intake,
            protection,
            progress,
            head: Vec::new(),
            skip: 0,
            exchanged: false,
            logged_in: false,
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
        Poll::Ready(self.watch.check(&buffer.filled()[before..]).map_err(|refusal| {
            // The driver reports a closed connection to the queries that wait, without the reason.
            let refusal = *self.watch.progress.refusal.get_or_init(|| refusal);
            io::Error::other(refusal)
        }))
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

/// What protects the messages of a connection. Each value includes the ones before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Protection {
    /// Others may read the messages.
    None,
    /// Encryption, or a connection within the machine.
    Private,
    /// Encryption, and a certificate that proves which server it is.
    Proved,
}

/// Follows the framing of the server's messages.
struct LoginWatch {
    rules: Authentication,
    intake: IntakeLimits,
    protection: Protection,
    progress: Arc<LoginProgress>,
    /// The first bytes of the current message, as far as they have arrived.
    head: Vec<u8>,
    /// The number of bytes left of the current message, which need no check.
    skip: u64,
    /// Whether posemo has sent a password, or the server has proved that it knows it.
    exchanged: bool,
    /// Whether the login is complete.
    logged_in: bool,
}

impl LoginWatch {
    fn check(&mut self, mut bytes: &[u8]) -> Result<(), AuthRefusal> {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
                self.skip -= skipped as u64;
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
        let length = u64::from(u32::from_be_bytes([a, b, c, d]));
        let arrived = 4 + code.len() as u64;
        let code = code.first_chunk::<4>().map(|code| u32::from_be_bytes(*code));
        let needed = match (kind, code) {
            (b'R', Some(SCRAM_FIRST)) if !self.logged_in => length,
            (b'R', _) if !self.logged_in => 8,
            _ => 4,
        };
        if length < needed {
            return Err(AuthRefusal::Malformed);
        }
        if arrived == 4 {
            self.check_size(kind, length)?;
        }
        if arrived < needed {
            return Ok(());
        }
        match code {
            Some(SCRAM_FIRST) => self.check_iterations(&self.head[9..])?,
            Some(code) => self.check_request(code)?,
            None => {}
        }
        self.skip = length - needed;
        self.head.clear();
        if kind == b'Z' && !self.logged_in {
            self.logged_in = true;
            self.progress.renew();
        }
        Ok(())
    }

    fn check_size(&mut self, kind: u8, length: u64) -> Result<(), AuthRefusal> {
        let received = self.progress.received.fetch_add(length, Ordering::Relaxed) + length;
        let counted = if b"SNA".contains(&kind) { length } else { 0 };
        let unasked = self.progress.unasked.fetch_add(counted, Ordering::Relaxed) + counted;
        let IntakeLimits { message, total } = if self.logged_in {
            self.intake
        } else {
            IntakeLimits { message: LOGIN, total: LOGIN }
        };
        let too_large = |what, limit| Err(AuthRefusal::TooLarge { what, limit });
        match () {
            () if length > message => too_large("a message", message),
            () if received > total => too_large("answers", total),
            () if unasked > UNASKED => too_large("parameters and notices", UNASKED),
            () => Ok(()),
        }
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
        if method.reveals_password() && self.protection == Protection::None && !self.rules.cleartext
        {
            return Err(AuthRefusal::Exposed(method));
        }
        self.exchanged = method.reveals_password();
        self.progress.password_requested.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// A server that is not proved to be the right one must not choose how easily the answer reveals the password to
    /// one who guesses. The server's first message of SCRAM is `r=NONCE,s=SALT,i=ITERATIONS`.
    fn check_iterations(&self, message: &[u8]) -> Result<(), AuthRefusal> {
        let text = String::from_utf8_lossy(message);
        let iterations = text.split(',').find_map(|part| part.strip_prefix("i=")?.parse().ok());
        match iterations {
            Some(iterations)
                if iterations < SCRAM_ITERATIONS && self.protection < Protection::Proved =>
            {
                Err(AuthRefusal::FewIterations(iterations))
            }
            _ => Ok(()),
        }
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

    const MESSAGE: u64 = 16 << 20;
    const TOTAL: u64 = 256 << 20;

    type WatchCase<'a> = (Vec<&'a [u8]>, &'a str, bool, Result<(), AuthRefusal>);

    fn watch(require_auth: &str, private: bool) -> LoginWatch {
        let given = [("user", "u"), ("require_auth", require_auth)];
        let given = given.map(|(keyword, value)| (keyword.to_owned(), value.to_owned()));
        let parameters = Parameters::resolve(&given, &[], &Environment::silent());
        let rules = parameters.expect("parameters").authentication;
        let progress = Arc::default();
        LoginWatch {
            rules,
            intake: IntakeLimits { message: MESSAGE, total: TOTAL },
            protection: if private { Protection::Private } else { Protection::None },
            progress,
            head: Vec::new(),
            skip: 0,
            exchanged: false,
            logged_in: false,
        }
    }

    /// The result does not depend on how the bytes are split, and it is known with the code's last byte.
    #[test]
    fn requests_are_checked_in_any_framing() {
        let notice = b"N\0\0\0\x09R\0\0\0\x08";
        let clear = b"R\0\0\0\x08\0\0\0\x03";
        let md5 = b"R\0\0\0\x0c\0\0\0\x05salt";
        let scram = b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0R\0\0\0\x16\0\0\0\x0br=n,s=s,i=4096R\0\0\0\x0c\0\0\0\x0cdata";
        let weak = b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0R\0\0\0\x13\0\0\0\x0br=n,s=s,i=1";
        let accepted = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
        let cases: [WatchCase<'_>; 11] = [
            (vec![weak, accepted], "", true, Err(AuthRefusal::FewIterations(1))),
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

    /// A length is refused with its last byte, before the driver reserves memory for it.
    #[test]
    fn what_is_too_large_is_refused() {
        let accepted = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I".to_vec();
        let parameter = |length: u32| [&b"S"[..], &length.to_be_bytes()].concat();
        let small = |count: usize| [parameter(4 + 60), vec![b'x'; 60]].concat().repeat(count);
        let row = [&b"D"[..], &64u32.to_be_bytes(), &[b'x'; 60]].concat();
        let message = |limit| Err(AuthRefusal::TooLarge { what: "a message", limit });
        let unasked = Err(AuthRefusal::TooLarge { what: "parameters and notices", limit: UNASKED });
        let answer = |limit| Err(AuthRefusal::TooLarge { what: "answers", limit });
        for (bytes, expected) in [
            (parameter(u32::MAX), message(LOGIN)),
            (parameter(65 * 1024), message(LOGIN)),
            (small(1025), answer(LOGIN)),
            ([small(1000), accepted.clone(), small(5000)].concat(), Ok(())),
            ([accepted.clone(), parameter(u32::MAX)].concat(), message(MESSAGE)),
            ([&accepted[..], b"D\0\xf0\0\0"].concat(), Ok(())),
            ([accepted.clone(), small(16 * 1024 + 1)].concat(), unasked),
            ([accepted, row.repeat(4 * 1024 * 1024 + 1)].concat(), answer(TOTAL)),
        ] {
            assert_eq!(watch("", true).check(&bytes), expected);
        }
    }
}
