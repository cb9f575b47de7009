//! The checks that read the server's log count what happened, whatever clients write into it.
//!
//! Names in startup packets, application names and logged statements contain lines that look like records. The counts are
//! compared with the number of logins that the server really refused, in each format that it has.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use posemo::tempserver::ServerOptions;

use crate::server::Server;
use crate::waiting::until;

/// Pieces of names and statements. `@` becomes the present time.
const PIECES: [&str; 36] = [
    "\"",
    "\"\"",
    "\"\"\"",
    "\",",
    ",\"",
    "\",\"",
    ",",
    ",,,,,,",
    "\n",
    "\r\n",
    "\\",
    "\\\\",
    "\\\"",
    "x",
    " ",
    "\x01\x1b[2J",
    "postgres",
    "\"postgres\",\"postgres\",7,\"203.0.113.9:1\",6b0c.4d,1,\"authentication\",",
    "\n@.123 UTC,",
    "\n@.123 UTC,\"postgres\",\"postgres\",7,\"203.0.113.9:1\",6b0c.4d,1,\"authentication\",@ UTC,3/1,0,FATAL,28P01,\"x\",,,,,,,,,\"\"\n",
    "\n@.123 UTC,,,7,,6b0c.4d,1,,@ UTC,,0,PANIC,XX001,\"x\",,,,,,,,,\"\"\n",
    "\n@.123 UTC,,,7,,6b0c.4d,1,,@ UTC,,0,PANIC,XX001,",
    "@ UTC,3/1,0,FATAL,28P01,",
    ",\"authentication\",@ UTC,3/1,0,FATAL,28P01,",
    ",\"\",@ UTC,3/1,0,FATAL,28P01,\"\"",
    ",@ UTC,3/1,0,PANIC,XX001,",
    "FATAL,28P01,\"",
    "PANIC,XX001,\"x",
    "\n{\"timestamp\":\"@.123 UTC\",\"user\":\"postgres\",\"remote_host\":\"203.0.113.9\",\"ps\":\"authentication\",\"txid\":0,\"error_severity\":\"FATAL\",\"state_code\":\"28P01\"}\n",
    "\n{\"timestamp\":\"@.123 UTC\",\"txid\":0,\"error_severity\":\"PANIC\",\"state_code\":\"XX001\"}\n",
    "\",\"user\":\"postgres\",\"ps\":\"authentication\",\"error_severity\":\"FATAL\",\"state_code\":\"28P01\",\"",
    "\"state_code\":\"XX001\"",
    "\\\",\"error_severity\":\"PANIC\",\"state_code\":\"XX001\",\"",
    "\"remote_host\":\"",
    "{",
    "}",
];

/// Bytes that are not UTF-8, within and at the end of a name.
const BYTES: [&[u8]; 4] = [b"\xff", b"\xc3", b"\xe2\x82", b"\xc3\xa4"];

/// Logins that are refused, and statements that are logged, of each session.
const ATTEMPTS: usize = 150;

/// A short sequence of numbers that is the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// A text of one to four pieces, with the present time of the server.
    fn text(&mut self, now: &str) -> String {
        let count = 1 + self.below(4);
        (0..count).map(|_| PIECES[self.below(PIECES.len())].replace('@', now)).collect()
    }

    /// The text as bytes, with bytes that are not UTF-8 in some of them.
    fn name(&mut self, now: &str) -> Vec<u8> {
        let mut name = self.text(now).into_bytes();
        if self.below(4) == 0 {
            name.extend(BYTES[self.below(BYTES.len())]);
        }
        // This role exists and may log in.
        if name == b"postgres" {
            name.push(b'x');
        }
        name
    }
}

/// Sends a startup packet, and returns whether the server refused it as `pg_hba.conf` demands.
fn is_refused(server: &Server, user: &[u8], database: &[u8], application: &[u8]) -> bool {
    let socket = server.0.socket().join(format!(".s.PGSQL.{}", server.0.port()));
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut packet = 196_608_i32.to_be_bytes().to_vec();
    let fields = [("user", user), ("database", database), ("application_name", application)];
    for (name, value) in fields {
        packet.extend([name.as_bytes(), &b"\0"[..], value, &b"\0"[..]].concat());
    }
    packet.push(0);
    let length = i32::try_from(packet.len() + 4).unwrap();
    stream.write_all(&[length.to_be_bytes().as_slice(), &packet].concat()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer.windows(6).any(|bytes| bytes == b"C28000")
}

/// The lines of `pg_hba.conf`: the roles of this test, and no other.
const RULES: &str = "local all postgres,posemo trust\nlocal all all reject\n";

/// A role whose name the formats write in different ways.
const GUEST: &str = "gä\\st\"x,\"";

/// Starts a server with a log format.
fn server(bindir: &Path, format: &str) -> Server {
    let settings = [
        ("logging_collector", "on"),
        ("log_destination", format),
        ("log_statement", "all"),
        ("log_timezone", "Asia/Kathmandu"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let options =
        ServerOptions { bindir: Some(bindir.to_owned()), settings, ..ServerOptions::default() };
    let server = Server::start(&options);
    server.superuser("postgres", &format!("CREATE ROLE \"{}\"", GUEST.replace('"', "\"\"")));
    server.install(&["--check", "server_log,failed_logins"]);
    let write = format!(
        "COPY (SELECT unnest(string_to_array('{RULES}', E'\\n'))) TO PROGRAM 'cat > pg_hba.conf'"
    );
    server.superuser("postgres", &write);
    server.superuser("postgres", "SELECT pg_reload_conf()");
    until("the server to refuse a login", || is_refused(&server, b"other", b"x", b""));
    server.superuser("postgres", "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; rm -f log/*'");
    server.superuser("postgres", "SELECT pg_rotate_logfile()");
    let readable = "SELECT count(*) FROM posemo.server_log() WHERE problem IS NOT NULL";
    until("a new log", || server.ask("posemo", "posemo", readable) == Ok(vec!["0".to_owned()]));
    server
}

fn counts_are_exact(bindir: &Path, format: &str) {
    let server = server(bindir, format);
    let now = "SELECT to_char(now() AT TIME ZONE 'Asia/Kathmandu', 'YYYY-MM-DD HH24:MI:SS')";
    let now = server.superuser("postgres", now).remove(0);
    let mut numbers = Numbers(42);
    let mut refused = 0;
    let superuser = server.session("postgres", "postgres");
    for _ in 0..ATTEMPTS {
        // An empty name is another error, which the server reports before it reads pg_hba.conf.
        let [user, database, application] = [(); 3].map(|()| numbers.name(&now));
        refused += u64::from(is_refused(&server, &user, &database, &application));
        let quoted = |text: String| text.replace('\'', "''");
        let [name, statement, message] = [(); 3].map(|()| quoted(numbers.text(&now)));
        let statements = format!(
            "SET application_name = '{name}'; SELECT '{statement}'; \
             DO $posemo$ BEGIN RAISE LOG USING MESSAGE = 'a' || '{message}', DETAIL = '{statement}', HINT = '{name}'; END $posemo$"
        );
        superuser.ask(&statements).unwrap();
    }
    assert_eq!(refused, u64::try_from(ATTEMPTS).unwrap(), "{format}");
    for database in ["postgres", "a,\"b\"", "é"] {
        refused += u64::from(is_refused(&server, GUEST.as_bytes(), database.as_bytes(), b"x"));
    }
    superuser.ask("DO $$ BEGIN RAISE LOG 'one' USING ERRCODE = 'XX001'; END $$").unwrap();
    let settings = "SET TimeZone = 'Pacific/Kiritimati'; SET standard_conforming_strings = off; SET DateStyle = 'SQL, DMY'; \
        SET bytea_output = 'escape'; SET transform_null_equals = on;";
    let found = |sql: &str| server.ask("posemo", "posemo", &format!("{settings} {sql}")).unwrap();
    let logins = "SELECT concat_ws(' ', address, reason, role, failures, truncated) FROM posemo.failed_logins()";
    let expected =
        [format!("[local] refused {} f", refused - 3), format!("[local] refused {GUEST} 3 f")];
    until(&format!("the failed logins in {format}: {:#?}", found(logins)), || {
        found(logins) == expected
    });
    let classes = "SELECT class || ' ' || messages FROM posemo.server_log() WHERE messages > 0";
    assert_eq!(
        found(classes),
        ["damage 1".to_owned(), format!("other fatal {refused}")],
        "{format}"
    );
    // The largest argument that is accepted bounds the others.
    let bounded = "SELECT count(*) FROM posemo.server_log(-1), posemo.failed_logins(9223372036854775807, 0, NULL)";
    assert_eq!(found(bounded), ["12"], "{format}");
}

/// A small part of a large log is read, and reported as such; with the whole log, the first line is found.
fn a_part_of_the_log_is_reported(bindir: &Path, format: &str) {
    let server = server(bindir, format);
    assert!(is_refused(&server, b"first", b"x", b""));
    let long =
        "DO $$ BEGIN FOR n IN 1 .. 2000 LOOP RAISE LOG '%', repeat('ä\"', 50); END LOOP; END $$";
    server.superuser("postgres", long);
    assert!(is_refused(&server, b"last", b"x", b""));
    let found = |bytes: u32| {
        let sql = format!(
            "SELECT format('%s %s %s', failures, truncated, oldest IS NOT NULL) FROM posemo.failed_logins({bytes})"
        );
        server.ask("posemo", "posemo", &sql).unwrap()
    };
    until("the last failed login in a part", || found(65536) == ["1 t t"]);
    assert_eq!(found(8_388_608), ["2 f f"], "{format}");
}

/// On each major version.
pub(crate) fn suite(bindir: &Path, major: u32) {
    for format in if major >= 15 { &["csvlog", "jsonlog"][..] } else { &["csvlog"] } {
        counts_are_exact(bindir, format);
        a_part_of_the_log_is_reported(bindir, format);
    }
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
