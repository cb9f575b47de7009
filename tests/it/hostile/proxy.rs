//! A proxy socket that closes every connection after a number of client messages.
//!
//! It forwards bytes unchanged; of the protocol it reads only where a message ends.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::server::{Server, posemo};

/// The result of an installation through the proxy.
pub(super) struct Installation {
    /// The number of forwarded messages.
    pub(super) passed: usize,
    /// The number of the message that created a database; 0 if none did.
    pub(super) creation: usize,
    /// The exit code.
    pub(super) code: Option<i32>,
    /// All output.
    pub(super) output: String,
}

/// Installs through a new proxy, which closes the connection after the message with this number.
pub(super) fn install(server: &Server, limit: usize, arguments: &[&str]) -> Installation {
    let directory = tempfile::tempdir().unwrap();
    let port = server.0.port().to_string();
    let file = format!(".s.PGSQL.{port}");
    let path = directory.path().join(&file);
    let listener = UnixListener::bind(&path).unwrap();
    let state = Arc::new(State {
        server: server.0.socket().join(&file),
        passed: AtomicUsize::new(0),
        limit,
        creation: AtomicUsize::new(0),
        has_ended: AtomicBool::new(false),
    });
    let shared = Arc::clone(&state);
    let accepting = thread::spawn(move || {
        for client in listener.incoming() {
            if shared.has_ended.load(Ordering::SeqCst) {
                return;
            }
            let state = Arc::clone(&shared);
            thread::spawn(move || state.forward(client.unwrap()));
        }
    });
    let host = directory.path().display().to_string();
    let connection = ["install", "-H", &host, "-p", &port, "-U", "postgres"];
    let output = posemo(&[&connection, arguments].concat());
    state.has_ended.store(true, Ordering::SeqCst);
    // A connection ends the wait in `incoming`.
    UnixStream::connect(&path).unwrap();
    accepting.join().unwrap();
    Installation {
        passed: state.passed.load(Ordering::SeqCst),
        creation: state.creation.load(Ordering::SeqCst),
        code: output.status.code(),
        output: String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
    }
}

/// The state that the connections of one installation share.
struct State {
    server: PathBuf,
    passed: AtomicUsize,
    limit: usize,
    creation: AtomicUsize,
    has_ended: AtomicBool,
}

/// The beginning of the only message that changes something outside of a transaction.
const CREATION: &[u8] = b"CREATE DATABASE";

impl State {
    /// Forwards one connection, until a side closes it or the limit is reached. After the limit every connection is
    /// refused.
    fn forward(&self, mut client: UnixStream) {
        if self.is_cut() {
            return;
        }
        let mut server = UnixStream::connect(&self.server).unwrap();
        let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let answers = thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
        let mut is_first = true;
        while let Some(message) = read(&mut client, is_first) {
            // The message Terminate does not count: there is nothing to interrupt.
            let counts = message[0] != b'X';
            if counts && self.is_cut() {
                break;
            }
            // Counted before it is forwarded, and closed on the client's side first: with the answer to its last message
            // the installation would have succeeded.
            if counts && self.passed.fetch_add(1, Ordering::SeqCst) + 1 >= self.limit {
                let _ = client.shutdown(Shutdown::Both);
            }
            if server.write_all(&message).is_err() {
                break;
            }
            if message.windows(CREATION.len()).any(|part| part == CREATION) {
                self.creation.store(self.passed.load(Ordering::SeqCst), Ordering::SeqCst);
            }
            if self.is_cut() {
                break;
            }
            is_first = false;
        }
        // The server still reads the forwarded bytes.
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
        answers.join().unwrap();
    }

    fn is_cut(&self) -> bool {
        self.passed.load(Ordering::SeqCst) >= self.limit
    }
}

/// The next message of a client; the first message has no type byte.
fn read(client: &mut UnixStream, is_first: bool) -> Option<Vec<u8>> {
    let mut message = vec![0; if is_first { 4 } else { 5 }];
    client.read_exact(&mut message).ok()?;
    let length: [u8; 4] = message[message.len() - 4..].try_into().unwrap();
    let rest = usize::try_from(u32::from_be_bytes(length)).unwrap() - 4;
    let begun = message.len();
    message.resize(begun + rest, 0);
    client.read_exact(&mut message[begun..]).ok()?;
    Some(message)
}
