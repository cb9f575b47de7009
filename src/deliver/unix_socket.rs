//! HTTP through a Unix socket. ureq connects through TCP only, and takes another way as a connector.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

/// Connects to a socket, whatever the host of the URL is.
#[derive(Debug)]
pub(super) struct UnixSocketConnector(pub(super) PathBuf);

/// A connection through a socket.
#[derive(Debug)]
pub(super) struct UnixSocketTransport {
    stream: UnixStream,
    buffers: LazyBuffers,
}

impl Connector for UnixSocketConnector {
    type Out = UnixSocketTransport;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<UnixSocketTransport>, Error> {
        let stream = connected(self.0.clone(), details.timeout)?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(UnixSocketTransport { stream, buffers }))
    }
}

impl Transport for UnixSocketTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.set_write_timeout(timeout.not_zero().map(|time| *time))?;
        let output = &self.buffers.output()[..amount];
        self.stream.write_all(output).map_err(|error| failed(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.set_read_timeout(timeout.not_zero().map(|time| *time))?;
        let input = self.buffers.input_append_buf();
        let amount = loop {
            match self.stream.read(input) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other.map_err(|error| failed(error, timeout))?,
            }
        };
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    /// Each request has its own connection.
    fn is_open(&mut self) -> bool {
        false
    }
}

/// The connection within the time limit. Connecting waits for a server that hangs with a full queue, and has no limit of its
/// own, so a thread waits.
fn connected(path: PathBuf, timeout: NextTimeout) -> Result<UnixStream, Error> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(UnixStream::connect(path)));
    let limit = timeout.not_zero().map_or(Duration::MAX, |time| *time);
    Ok(receiver.recv_timeout(limit).map_err(|_| Error::Timeout(timeout.reason))??)
}

fn failed(error: io::Error, timeout: NextTimeout) -> Error {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Error::Timeout(timeout.reason),
        _ => Error::Io(error),
    }
}
