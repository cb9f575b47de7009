//! HTTP through a Unix socket. ureq connects through TCP only, and takes another way as a connector.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

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
        let stream = self.stream(details.timeout)?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(UnixSocketTransport { stream, buffers }))
    }
}

impl UnixSocketConnector {
    /// A server that accepts nothing, and whose queue is full, makes `connect` wait without an end. It has no time limit of
    /// its own, so it waits in a thread, which is left behind.
    fn stream(&self, timeout: NextTimeout) -> Result<UnixStream, Error> {
        let path = self.0.clone();
        let Some(limit) = timeout.not_zero() else { return Ok(UnixStream::connect(path)?) };
        let (sender, receiver) = mpsc::channel();
        thread::Builder::new().spawn(move || sender.send(UnixStream::connect(path)))?;
        match receiver.recv_timeout(*limit) {
            Ok(stream) => Ok(stream?),
            Err(RecvTimeoutError::Timeout) => Err(Error::Timeout(timeout.reason)),
            Err(error @ RecvTimeoutError::Disconnected) => Err(io::Error::other(error).into()),
        }
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

fn failed(error: io::Error, timeout: NextTimeout) -> Error {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Error::Timeout(timeout.reason),
        _ => Error::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::{UnixSocket, UnixStream};

    use crate::deliver::http::HttpClient;
    use crate::settings::receiver::HttpSettings;

    #[test]
    fn a_full_queue_ends_with_the_time_limit() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("socket");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let _entered = runtime.enter();
        let socket = UnixSocket::new_stream().expect("a socket");
        socket.bind(&path).expect("it has a path");
        let _listener = socket.listen(0).expect("it listens");
        let mut waiting = Vec::new();
        while let Ok(stream) = runtime.block_on(UnixStream::connect(&path)) {
            waiting.push(stream);
        }
        assert!(!waiting.is_empty());
        let limit = Duration::from_secs(1);
        let client = HttpClient::through(&HttpSettings::default(), Some(&path), limit);
        let answer = client.expect("a client").request("GET", "http://127.0.0.1/");
        let error = answer.expect_err("nothing is accepted").to_string();
        assert!(error.contains("timeout of 1 s was exceeded"), "{error}");
    }
}
