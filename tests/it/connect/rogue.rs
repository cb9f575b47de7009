//! Servers of an attacker: they ask for too much, send too much, or send nothing. No secret may reach them.
//!
//! They listen on every address and are reached as 0.0.0.0, which is this machine but not its loopback.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use posemo::database::connect::{ConnectError, Startup};

use super::client::{Surroundings, chain, open, run};
use crate::waiting::{assert_within, wait_for};

const PASSWORD: &str = "sesame";
const CLEAR: &[u8] = &[b'R', 0, 0, 0, 8, 0, 0, 0, 3];
const MD5: &[u8] = &[b'R', 0, 0, 0, 12, 0, 0, 0, 5, 1, 2, 3, 4];
const WELCOME: &[u8] = &[b'R', 0, 0, 0, 8, 0, 0, 0, 0, b'Z', 0, 0, 0, 5, b'I'];
const SCRAM: &[u8] = b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0";
const POOLER: &[u8] =
    b"E\0\0\0\x4aSFATAL\0VFATAL\0C08P01\0Munsupported startup parameter in options: role\0\0";

/// A server with one answer to a request for TLS and one answer to a login.
struct Rogue {
    port: u16,
    heard: Arc<Mutex<Vec<Heard>>>,
}

/// What came over one connection.
#[derive(Debug, Clone, Default)]
struct Heard {
    all: Vec<u8>,
    after_login: Vec<u8>,
}

impl Rogue {
    fn start(about_tls: &'static [u8], about_login: &'static [u8]) -> Rogue {
        let listener = TcpListener::bind("0.0.0.0:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = heard.clone();
        // It ends with the tests' process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let heard = converse(stream, about_tls, about_login);
                ears.lock().expect("no thread panicked").push(heard);
            }
        });
        Rogue { port, heard }
    }

    /// Everything that was heard; each connection is over when its client is gone.
    fn heard(&self, connections: usize) -> Vec<Heard> {
        wait_for("the client to connect and to end the connection", || {
            let heard = self.heard.lock().expect("no thread panicked");
            (heard.len() >= connections).then(|| heard.clone())
        })
    }
}

/// Answers, and reads until the client is gone or has answered the request at the login.
fn converse(mut stream: TcpStream, about_tls: &[u8], about_login: &[u8]) -> Heard {
    let mut heard = Heard::default();
    let mut logged_in = false;
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        let asks_for_tls = count == 8 && buffer[4..8] == [4, 210, 22, 47];
        let logs_in = count > 8 && buffer[4..8] == [0, 3, 0, 0];
        heard.all.extend_from_slice(&buffer[..count]);
        if logged_in {
            heard.after_login.extend_from_slice(&buffer[..count]);
            break;
        }
        logged_in |= logs_in;
        let answer = if asks_for_tls {
            about_tls
        } else if logs_in {
            about_login
        } else {
            &[]
        };
        if stream.write_all(answer).is_err() {
            break;
        }
    }
    heard
}

fn contains(heard: &[u8], wanted: &[u8]) -> bool {
    heard.windows(wanted.len()).any(|window| window == wanted)
}

fn connect(rogue: &Rogue, more: &str) -> Result<(), ConnectError> {
    let home = tempfile::tempdir().expect("a directory");
    let here = Surroundings::new(home.path(), &[("PGPASSWORD", PASSWORD)]);
    // Bounded, so that a guard that fails to object makes these tests fail and not wait for ever.
    let conninfo =
        format!("host=0.0.0.0 port={} user=victim dbname=d connect_timeout=100 {more}", rogue.port);
    let parameters = here.resolve(&conninfo).expect("parameters");
    let startup = Startup {
        options: Some("-c role=none".to_owned()),
        application_name: "posemo".to_owned(),
        ..Startup::default()
    };
    run(async { open(&parameters, &startup).await.map(drop) })
}

#[test]
fn nothing_is_given_away() {
    for (about_tls, about_login, more, expected) in [
        (b"N".as_slice(), CLEAR, "", "by method password, and the connection has no TLS"),
        (b"N", MD5, "", "by method md5, and the connection has no TLS"),
        (b"N", CLEAR, "sslmode=disable", "Set up TLS (sslmode=verify-full)"),
        (b"N", CLEAR, "sslmode=require", "offers no TLS, which sslmode requires"),
        (
            b"N",
            CLEAR,
            "allow_cleartext=on require_auth=scram-sha-256",
            "method password, which require_auth forbids",
        ),
        (
            b"N",
            MD5,
            "allow_cleartext=on require_auth=!md5",
            "method md5, which require_auth forbids",
        ),
        (b"N", CLEAR, "allow_cleartext=on channel_binding=require", "cannot log in"),
        (b"N", SCRAM, "channel_binding=require", "cannot log in"),
        (b"N", SCRAM, "require_auth=none", "method scram-sha-256, which require_auth forbids"),
        (b"N", WELCOME, "require_auth=scram-sha-256", "accepts the login without authentication"),
        (b"N", WELCOME, "require_auth=!none", "accepts the login without authentication"),
        (
            b"SE\0\0\0\x10SFATAL\0Mno\0\0",
            CLEAR,
            "",
            "unencrypted data together with its answer to the TLS request",
        ),
        (
            b"NR\0\0\0\x08\0\0\0\0",
            CLEAR,
            "",
            "unencrypted data together with its answer to the TLS request",
        ),
        (
            b"E\0\0\0\x10SFATAL\0Mhello\0\0",
            CLEAR,
            "",
            "did not answer the TLS request as PostgreSQL does",
        ),
        (b"S", CLEAR, "sslmode=require connect_timeout=1", "did not accept the login within 1 s"),
        (b"N", b"R\0\0\0\x04", "", "does not follow PostgreSQL's protocol"),
    ] {
        let rogue = Rogue::start(about_tls, about_login);
        let error = connect(&rogue, more).expect_err("a rogue is refused");
        let said = chain(&error);
        assert!(said.contains(expected), "{more}: {said}");
        assert!(!said.contains(PASSWORD) && !said.contains("hello"), "{said}");
        for heard in rogue.heard(1) {
            assert!(!contains(&heard.all, PASSWORD.as_bytes()), "{more}: the password arrived");
            assert!(heard.after_login.is_empty(), "{more}: a proof arrived: {heard:?}");
        }
    }
}

/// The same ears do hear a password where an operator allows it, or the tests above would prove nothing.
#[test]
fn what_is_allowed_by_name_is_sent() {
    for (about_login, expected) in
        [(CLEAR, format!("p\0\0\0\x0b{PASSWORD}\0")), (MD5, "p\0\0\0\x28md5".to_owned())]
    {
        let rogue = Rogue::start(b"N", about_login);
        let home = tempfile::tempdir().expect("a directory");
        let here = Surroundings::new(home.path(), &[("PGPASSWORD", PASSWORD)]);
        let conninfo = format!(
            "host=0.0.0.0 port={} user=u allow_cleartext=on connect_timeout=100",
            rogue.port
        );
        let parameters = here.resolve(&conninfo).expect("parameters");
        run(open(&parameters, &Startup::default())).expect_err("it hangs up");
        assert!(
            contains(&rogue.heard(1)[0].after_login, expected.as_bytes()),
            "{:?}",
            rogue.heard(1)
        );
    }
}

/// No other machine can read the loopback, so a server there may request a password in clear text.
#[test]
fn the_loopback_is_private() {
    let rogue = Rogue::start(b"N", CLEAR);
    let home = tempfile::tempdir().expect("a directory");
    let here = Surroundings::new(home.path(), &[("PGPASSWORD", PASSWORD)]);
    let conninfo = format!("host=127.0.0.1 port={} user=u connect_timeout=100", rogue.port);
    run(open(&here.resolve(&conninfo).expect("parameters"), &Startup::default()))
        .expect_err("it hangs up");
    assert!(contains(&rogue.heard(1)[0].after_login, PASSWORD.as_bytes()));
}

#[test]
fn a_silent_server_costs_its_time_and_the_next_is_tried() {
    let silent = Rogue::start(b"", b"");
    let talking = Rogue::start(b"N", POOLER);
    let home = tempfile::tempdir().expect("a directory");
    let here = Surroundings::new(home.path(), &[]);
    let ports = format!("{},{}", silent.port, talking.port);
    let conninfo = format!("host=0.0.0.0,0.0.0.0 port={ports} user=u connect_timeout=3");
    let begin = Instant::now();
    let error = run(open(&here.resolve(&conninfo).expect("parameters"), &Startup::default()));
    let error = error.expect_err("neither lets us in");
    assert!(begin.elapsed() >= Duration::from_secs(3), "{:?}", begin.elapsed());
    assert_within(Duration::from_secs(3), begin, "a silent server");
    assert!(chain(&error).contains("did not accept the login within 3 s"), "{error}");
    assert_eq!(error.sqlstate(), Some("08P01"), "{error}");
}

#[test]
fn a_pooler_that_refuses_options_is_recognised() {
    let rogue = Rogue::start(b"N", POOLER);
    let error = connect(&rogue, "").expect_err("it refuses");
    assert!(error.may_be_due_to_options(), "{}", chain(&error));
    let other = Rogue::start(b"N", b"E\0\0\0\x21SFATAL\0VFATAL\0C28P01\0Mwrong\0\0");
    let error = connect(&other, "").expect_err("it refuses");
    assert!(!error.may_be_due_to_options(), "{}", chain(&error));
}
