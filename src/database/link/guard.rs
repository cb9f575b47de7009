//! Stands between the driver and the server until a session begins, and refuses unwelcome requests for proof.
//!
//! It changes no byte, and it does not look at anything after the first `ReadyForQuery`.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use super::socket::{Channel, Wire};
use crate::database::parameters::authentication::{Authentication, Method};

/// Why a server's request for proof is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It would give the password to everybody on the way.
    #[error("the server asks for the password by the method {}, and the connection has no TLS, so that anybody on the way could take it; nothing was sent. Set up TLS (sslmode=verify-full) or scram-sha-256, or allow it with allow_cleartext=on", .0.name())]
    Exposed(Method),
    /// `require_auth` does not list it.
    #[error("the server asks for the method {}, which require_auth forbids; nothing was sent", .0.name())]
    Forbidden(Method),
    /// `require_auth` wants a proof, and the server wants none.
    #[error(
        "the server lets us in without authentication, which require_auth forbids; find out who answers, or add none to require_auth"
    )]
    Unasked,
    /// No server of PostgreSQL's writes such a thing.
    #[error("the server's answer is not PostgreSQL's protocol; look at the host and the port")]
    Malformed,
}

/// How far the server has come, for whoever started the connection.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// It has asked for a password in some form.
    asked: AtomicBool,
    /// It has let us in.
    accepted: AtomicBool,
}

impl Progress {
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    pub(crate) fn accepted(&self) -> bool {
        self.accepted.load(Ordering::Relaxed)
    }
}

/// A channel under guard.
pub(crate) struct Guard {
    wire: Box<dyn Wire>,
    binding: Option<Vec<u8>>,
    watch: Watch,
}

impl Guard {
    pub(crate) fn new(channel: Channel, rules: Authentication, progress: Arc<Progress>) -> Guard {
        let private = channel.encrypted || channel.local;
        let watch = Watch {
            rules,
            private,
            progress,
            head: Vec::new(),
            skip: 0,
            exchanged: false,
            done: false,
        };
        Guard { wire: channel.wire, binding: channel.binding, watch }
    }
}

impl AsyncRead for Guard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.wire).poll_read(context, buffer))?;
        // The driver acts on whole messages only, so an error here comes before its answer.
        Poll::Ready(self.watch.see(&buffer.filled()[before..]).map_err(io::Error::other))
    }
}

impl AsyncWrite for Guard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(context)
    }
}

impl TlsStream for Guard {
    fn channel_binding(&self) -> ChannelBinding {
        self.binding.clone().map_or_else(ChannelBinding::none, ChannelBinding::tls_server_end_point)
    }
}

/// Hands the driver a stream whose handshake is over.
pub(crate) struct Finished;

impl TlsConnect<Guard> for Finished {
    type Stream = Guard;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Guard>>;

    fn connect(self, stream: Guard) -> Self::Future {
        std::future::ready(Ok(stream))
    }
}

/// Follows the framing of the server's messages.
struct Watch {
    rules: Authentication,
    /// Nobody can listen.
    private: bool,
    progress: Arc<Progress>,
    /// The beginning of the present message, as far as it has come.
    head: Vec<u8>,
    /// How much of the present message is still to come and of no interest.
    skip: usize,
    /// We have given a proof, or the server has given its own.
    exchanged: bool,
    done: bool,
}

impl Watch {
    fn see(&mut self, mut bytes: &[u8]) -> Result<(), Refusal> {
        while !self.done && !bytes.is_empty() {
            if self.skip > 0 {
                let skipped = self.skip.min(bytes.len());
                self.skip -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            self.head.push(bytes[0]);
            bytes = &bytes[1..];
            self.judge_head()?;
        }
        Ok(())
    }

    /// Acts when type and length are there, and for a request for proof also its code.
    fn judge_head(&mut self) -> Result<(), Refusal> {
        let &[kind, a, b, c, d, ref code @ ..] = self.head.as_slice() else { return Ok(()) };
        let length =
            usize::try_from(u32::from_be_bytes([a, b, c, d])).map_err(|_| Refusal::Malformed)?;
        let needed = if kind == b'R' { 8 } else { 4 };
        if length < needed {
            return Err(Refusal::Malformed);
        }
        if code.len() + 4 < needed {
            return Ok(());
        }
        if let Ok(code) = <[u8; 4]>::try_from(code) {
            self.judge_request(u32::from_be_bytes(code))?;
        }
        self.skip = length - needed;
        self.head.clear();
        self.done = kind == b'Z';
        Ok(())
    }

    fn judge_request(&mut self, code: u32) -> Result<(), Refusal> {
        let method = match code {
            0 => return self.judge_acceptance(),
            3 => Method::Password,
            5 => Method::Md5,
            7 => Method::Gss,
            9 => Method::Sspi,
            10 => Method::Scram,
            12 => {
                self.exchanged = true;
                return Ok(());
            }
            // Steps within a method, and methods of old that the driver cannot do.
            _ => return Ok(()),
        };
        if !self.rules.allows(method) {
            return Err(Refusal::Forbidden(method));
        }
        if method.gives_away() && !self.private && !self.rules.cleartext {
            return Err(Refusal::Exposed(method));
        }
        self.exchanged = method.gives_away();
        self.progress.asked.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn judge_acceptance(&self) -> Result<(), Refusal> {
        if !self.exchanged && !self.rules.allows(Method::None) {
            return Err(Refusal::Unasked);
        }
        self.progress.accepted.store(true, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::parameters::{Environment, Parameters};

    type Case<'a> = (Vec<&'a [u8]>, &'a str, bool, Result<(), Refusal>);

    fn watch(require_auth: &str, private: bool) -> Watch {
        let environment = Environment {
            variable: Box::new(|_| None),
            home: None,
            user: Box::new(|| Some("u".to_owned())),
            socket_directories: Vec::new(),
            system_configuration: "/nowhere".into(),
        };
        let given = [("require_auth".to_owned(), require_auth.to_owned())];
        let rules =
            Parameters::resolve(&given, &[], &environment).expect("parameters").authentication;
        let progress = Arc::default();
        Watch { rules, private, progress, head: Vec::new(), skip: 0, exchanged: false, done: false }
    }

    /// However the bytes are cut into pieces, the verdict is the same, and it comes with the code's last byte.
    #[test]
    fn requests_are_seen_through_any_framing() {
        let notice = b"N\0\0\0\x09R\0\0\0\x08";
        let clear = b"R\0\0\0\x08\0\0\0\x03";
        let md5 = b"R\0\0\0\x0c\0\0\0\x05salt";
        let scram = b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0R\0\0\0\x0c\0\0\0\x0bdataR\0\0\0\x0c\0\0\0\x0cdata";
        let welcome = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
        let cases: [Case<'_>; 10] = [
            (vec![notice, clear], "", false, Err(Refusal::Exposed(Method::Password))),
            (vec![notice, md5], "", false, Err(Refusal::Exposed(Method::Md5))),
            (vec![clear, welcome], "", true, Ok(())),
            (vec![clear], "!password", true, Err(Refusal::Forbidden(Method::Password))),
            (vec![scram, welcome], "scram-sha-256", false, Ok(())),
            (vec![scram], "md5", false, Err(Refusal::Forbidden(Method::Scram))),
            (vec![welcome], "", false, Ok(())),
            (vec![notice, welcome], "md5,scram-sha-256", false, Err(Refusal::Unasked)),
            // Half an exchange is none: the server has not proved that it knows the password.
            (vec![&scram[..24], welcome], "scram-sha-256", false, Err(Refusal::Unasked)),
            // After the beginning of the session its contents are nobody's business.
            (vec![welcome, clear], "", false, Ok(())),
        ];
        for (messages, require_auth, private, expected) in cases {
            let bytes = messages.concat();
            for size in 1..=bytes.len() {
                let mut watch = watch(require_auth, private);
                let verdict = bytes.chunks(size).try_for_each(|chunk| watch.see(chunk));
                assert_eq!(verdict, expected, "{bytes:?} in pieces of {size}");
            }
        }
    }
}
