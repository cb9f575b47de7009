//! Servers that lie about lengths or never stop sending, before and after the login. Each command ends soon, with little
//! memory, with one short message, and with the exit code of an error.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::server::POSEMO;
use crate::waiting::assert_within;

/// The address space that a command may use, in KiB: much less than the servers announce.
const MEMORY: u32 = 1 << 20;

/// A check that import would describe with the server, and the folder for it.
const ADVISOR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/percona/examples.yml");
const INTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tmp/liars");

/// The longest output of a command, in bytes.
const OUTPUT: usize = 8 * 1024;

/// The login is accepted, and the server waits for a query.
const WELCOME: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";

/// A server: what it sends at the login, and from then on for ever.
struct Liar {
    name: &'static str,
    /// At the login.
    first: &'static [u8],
    /// After the first query.
    asked: &'static [u8],
    /// Until the client is gone.
    then: &'static [u8],
    /// The pause between two messages.
    pause: Duration,
    /// Whether a command without a time limit ends too.
    fast: bool,
}

const fn fast(name: &'static str, first: &'static [u8], then: &'static [u8]) -> Liar {
    Liar { name, first, asked: b"", then, pause: Duration::ZERO, fast: true }
}

/// A parameter, a notice, a row and an error whose text is long.
const PARAMETER: &[u8] = b"S\0\0\0\x0ca\0bcdef\0";
const NOTICE: &[u8] = b"N\0\0\0\x1bSNOTICE\0C00000\0Mhello\0\0";
const ROW: &[u8] = b"D\0\0\0\x0e\0\x01\0\0\0\x04text";

/// The description of rows with one column.
const COLUMN: &[u8] = b"T\0\0\0\x1a\0\x01a\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0";

fn liars() -> Vec<Liar> {
    vec![
        fast("announces 2 GiB", b"R\x7f\xff\xff\xff", &[0; 4096]),
        fast("announces an error of 1 GiB", b"E\x40\0\0\0S", &[b'x'; 4096]),
        fast("announces mechanisms of 1 GiB", b"R\x40\0\0\0\0\0\0\x0a", &[b'x'; 4096]),
        fast("announces less than the length", b"R\0\0\0\x03", b"R\0\0\0\x03"),
        fast("floods with parameters", PARAMETER, PARAMETER),
        fast("floods with notices", NOTICE, NOTICE),
        fast("floods without a protocol", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n"),
        fast("welcomes, and floods with parameters", WELCOME, PARAMETER),
        fast("welcomes, and floods with notices", WELCOME, NOTICE),
        fast("welcomes, and floods with rows", WELCOME, ROW),
        Liar { asked: COLUMN, ..fast("answers a query with endless rows", WELCOME, ROW) },
        Liar {
            asked: b"E\0\x0f\0\0SERROR\0C42501\0M",
            ..fast("answers a query with an error of 1 MB", WELCOME, &[b'x'; 4096])
        },
        fast(
            "welcomes, and announces 2 GiB",
            b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05ID\x7f\xff\xff\xff",
            &[0; 4096],
        ),
        Liar {
            pause: Duration::from_millis(50),
            fast: false,
            ..fast(
                "welcomes, and sends a byte now and then",
                b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05ID\0\0\xff\xff",
                b"x",
            )
        },
        Liar {
            pause: Duration::from_millis(50),
            ..fast("sends a byte of the login now and then", b"R\0\0\x0f\xff", b"x")
        },
    ]
}

/// A message of a type with this body.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind][..], &length.to_be_bytes(), body].concat()
}

/// Servers whose texts are as long as a login may have, complete and after the protocol.
fn wordy() -> Vec<Liar> {
    let long = "x".repeat(30_000);
    let error = format!("SFATAL\0C28P01\0M{long}\0H{long}\0\0");
    let version = message(b'S', format!("server_version\015.{long}\0").as_bytes());
    let notice = message(b'N', format!("SWARNING\0C01000\0M{long}\0\0").as_bytes());
    let later = message(b'E', format!("SERROR\0C42501\0M{long}\0D{long}\0\0").as_bytes());
    let ready = message(b'Z', b"I");
    let welcome = [&message(b'R', &[0; 4])[..], &version, &notice, &ready].concat();
    [
        ("refuses the login with an error of 60 kB", message(b'E', error.as_bytes()), Vec::new()),
        (
            "has a version of 30 kB, and answers with an error of 60 kB",
            welcome,
            [later, ready].concat(),
        ),
    ]
    .map(|(name, first, asked)| Liar {
        name,
        first: first.leak(),
        asked: asked.leak(),
        then: NOTICE,
        pause: Duration::from_millis(50),
        fast: true,
    })
    .into()
}

/// Starts a liar, and returns its port. It ends with the tests' process.
fn start(liar: &Liar) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let Liar { first, asked, then, pause, .. } = *liar;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || lie(stream, [first, asked, then], pause));
        }
    });
    port
}

fn lie(mut stream: TcpStream, [first, asked, then]: [&[u8]; 3], pause: Duration) {
    let mut buffer = [0; 4096];
    loop {
        let Ok(count @ 1..) = stream.read(&mut buffer) else { return };
        if count == 8 && buffer[4..8] == [4, 210, 22, 47] {
            if stream.write_all(b"N").is_err() {
                return;
            }
        } else {
            break;
        }
    }
    // Many messages in one write, so that a flood is one.
    let repeated =
        if pause.is_zero() { then.repeat(64 * 1024 / then.len()) } else { then.to_vec() };
    let mut sent = stream.write_all(first);
    if sent.is_ok() && !asked.is_empty() {
        sent = stream.read(&mut buffer).and_then(|_| stream.write_all(asked));
    }
    while sent.is_ok() {
        thread::sleep(pause);
        sent = stream.write_all(&repeated);
    }
}

fn limited(port: u16, arguments: &[&str]) -> Output {
    // A command that waits for ever must fail.
    let limit = format!("ulimit -v {MEMORY}; exec timeout 120 \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &limit, POSEMO]).args(arguments).args([
        "-H",
        "127.0.0.1",
        "-p",
        &port.to_string(),
    ]);
    command
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("PGCONNECT_TIMEOUT", "3")
        .stdin(Stdio::null());
    command.output().unwrap()
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs ulimit -v and timeout")]
fn commands_end_soon_with_little_memory() {
    let commands: [(&[&str], i32, bool); 7] = [
        (&["check", "alive", "-t", "5"], 3, false),
        (&["run", "--timeout", "5"], 3, false),
        (&["verify", "--timeout", "5"], 3, false),
        (&["install", "-U", "postgres"], 1, true),
        (&["install", "-U", "postgres", "--dry-run"], 1, true),
        (&["uninstall", "-U", "postgres", "--dry-run"], 1, true),
        (&["import", ADVISOR, "--into", INTO, "-U", "postgres"], 1, true),
    ];
    let tests = liars().into_iter().chain(wordy()).map(|liar| {
        thread::spawn(move || {
            let (name, is_fast) = (liar.name, liar.fast);
            let port = start(&liar);
            for (arguments, code, unlimited) in commands {
                if unlimited && !is_fast {
                    continue;
                }
                let what = format!("{name}: {arguments:?}");
                let began = Instant::now();
                let output = limited(port, arguments);
                assert_within(Duration::from_secs(30), began, &what);
                let printed = [output.stdout, output.stderr].concat();
                let text = String::from_utf8_lossy(&printed);
                // A server that is not one of PostgreSQL does not answer, which is CRITICAL in alive and run.
                let outage =
                    ["check", "run"].contains(&arguments[0]) && output.status.code() == Some(2);
                assert!(
                    outage || output.status.code() == Some(code),
                    "{what}: {:?}: {text}",
                    output.status
                );
                assert!(printed.len() < OUTPUT && !text.contains("panicked"), "{what}: {text}");
                let is_flood = name == "welcomes, and floods with notices";
                let reason = "parameters and notices of more than 1024 KiB";
                // A busy machine may not read as much within 5 s.
                let is_late = !unlimited && text.contains("longer than 5 s");
                assert!(!is_flood || is_late || text.contains(reason), "{what}: {text}");
            }
        })
    });
    for test in tests.collect::<Vec<_>>() {
        test.join().unwrap();
    }
    assert!(!Path::new(INTO).exists(), "import wrote a folder");
}
