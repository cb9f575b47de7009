//! A socket in front of the server's that breaks every connection after so many messages of the client's.
//!
//! Passes bytes on as they are; of the protocol it knows where a message ends.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::server::{Server, posemo};

/// A cable that can be cut.
pub(super) struct Proxy {
    directory: tempfile::TempDir,
    port: u16,
    state: Arc<State>,
}

struct State {
    server: PathBuf,
    /// How many messages have gone through since the cable was mended.
    passed: AtomicUsize,
    /// After how many it breaks.
    limit: AtomicUsize,
    /// The number of the message that makes a database, if one did.
    creation: AtomicUsize,
}

impl Proxy {
    pub(super) fn before(server: &Server) -> Proxy {
        let directory = tempfile::tempdir().unwrap();
        let port = server.0.port();
        let file = format!(".s.PGSQL.{port}");
        let listener = UnixListener::bind(directory.path().join(&file)).unwrap();
        let server = server.0.socket().join(&file);
        let state = Arc::new(State {
            server,
            passed: AtomicUsize::new(0),
            limit: AtomicUsize::new(usize::MAX),
            creation: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&state);
        // It ends with the process: nothing but a connection would wake it up.
        thread::spawn(move || {
            for client in listener.incoming() {
                let state = Arc::clone(&shared);
                thread::spawn(move || state.carry(client.unwrap()));
            }
        });
        Proxy { directory, port, state }
    }

    /// Installs through a cable that breaks with the message of that number, which still arrives. Gives how
    /// many messages went through, and the exit code with all that was said.
    pub(super) fn install(&self, limit: usize, arguments: &[&str]) -> (usize, Option<i32>, String) {
        self.state.passed.store(0, Ordering::SeqCst);
        self.state.limit.store(limit, Ordering::SeqCst);
        let (host, port) = (self.directory.path().display().to_string(), self.port.to_string());
        let output =
            posemo(&[&["install", "-H", &host, "-p", &port, "-U", "postgres"], arguments].concat());
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (self.state.passed.load(Ordering::SeqCst), output.status.code(), said)
    }

    /// Which message it was that made a database.
    pub(super) fn creation(&self) -> usize {
        self.state.creation.load(Ordering::SeqCst)
    }
}

/// Of all messages, the one that changes something and is no part of a transaction begins like that.
const CREATION: &[u8] = b"CREATE DATABASE";

impl State {
    /// One connection, until either side ends it or the cable is cut. A cut cable carries nobody else either.
    fn carry(&self, mut client: UnixStream) {
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
            // Good-bye says nothing that could be interrupted.
            let counts = message[0] != b'X';
            if counts && self.is_cut() || server.write_all(&message).is_err() {
                break;
            }
            if counts {
                self.passed.fetch_add(1, Ordering::SeqCst);
            }
            if message.windows(CREATION.len()).any(|part| part == CREATION) {
                self.creation.store(self.passed.load(Ordering::SeqCst), Ordering::SeqCst);
            }
            if self.is_cut() {
                break;
            }
            is_first = false;
        }
        // The server still reads what was written; nobody reads what it answers.
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
        answers.join().unwrap();
    }

    fn is_cut(&self) -> bool {
        self.passed.load(Ordering::SeqCst) >= self.limit.load(Ordering::SeqCst)
    }
}

/// The next message of a client; the first one has no letter.
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
