//! Attacks with protocol messages that ordinary clients do not send, written byte by byte.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::End;
use super::field::Field;
use super::table::{APP, HOME, MONITOR};

/// The OID of `lo_create(oid)`, which is the same on every server.
const LO_CREATE: i32 = 715;

/// One message of the server: its type byte and the rest.
type Message = (u8, Vec<u8>);

/// Replication would send every block of every database.
pub(super) fn a_walsender_is_refused(field: &Field, replication: &str) -> End {
    let answer = Wire::start(field, HOME, &[("replication", replication)]).1;
    assert_eq!(
        sqlstate(&answer).as_deref(),
        Some("42501"),
        "replication={replication}: {answer:?}"
    );
    End::Refused
}

/// A function call message contains the OID of a function. It fails if PUBLIC has no EXECUTE. In a database where PUBLIC
/// has it, it works, so the message is correct.
pub(super) fn a_call_past_the_parser_is_refused(field: &Field) -> End {
    for (database, expected) in [(APP, None), (HOME, Some("42501"))] {
        let (mut wire, started) = Wire::start(field, database, &[]);
        assert_eq!(sqlstate(&started), None);
        let mut call = LO_CREATE.to_be_bytes().to_vec();
        // All arguments as text, one argument, the text `4712`, the result as text.
        call.extend([0, 0, 0, 1, 0, 0, 0, 4]);
        call.extend(b"4712");
        call.extend([0, 0]);
        wire.send(Some(b'F'), &call);
        assert_eq!(sqlstate(&wire.answer()).as_deref(), expected, "in {database}");
    }
    assert_eq!(field.server.superuser(APP, "SELECT lo_unlink(4712)"), ["1"]);
    End::Refused
}

struct Wire(UnixStream);

impl Wire {
    /// Connects with parameters in the startup packet, and returns the answer.
    fn start(field: &Field, database: &str, more: &[(&str, &str)]) -> (Wire, Vec<Message>) {
        let cluster = &field.server.0;
        let socket = cluster.socket().join(format!(".s.PGSQL.{}", cluster.port()));
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut wire = Wire(stream);
        let mut packet = 196_608_i32.to_be_bytes().to_vec();
        for (name, value) in [("user", MONITOR), ("database", database)].iter().chain(more) {
            packet.extend(format!("{name}\0{value}\0").bytes());
        }
        packet.push(0);
        wire.send(None, &packet);
        let answer = wire.answer();
        (wire, answer)
    }

    /// The startup packet has no type byte.
    fn send(&mut self, letter: Option<u8>, body: &[u8]) {
        let length = i32::try_from(body.len() + 4).unwrap();
        let mut packet: Vec<u8> = letter.into_iter().collect();
        packet.extend(length.to_be_bytes());
        packet.extend(body);
        self.0.write_all(&packet).unwrap();
    }

    /// The messages until the server is ready for the next one, or closes the connection.
    fn answer(&mut self) -> Vec<Message> {
        let mut messages = Vec::new();
        loop {
            let mut head = [0; 5];
            if self.0.read_exact(&mut head).is_err() {
                return messages;
            }
            let length = i32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            let mut body = vec![0; usize::try_from(length - 4).unwrap()];
            self.0.read_exact(&mut body).unwrap();
            messages.push((head[0], body));
            if head[0] == b'Z' {
                return messages;
            }
        }
    }
}

/// The SQLSTATE of the error among the messages; without an error, the last message must be `ReadyForQuery`.
fn sqlstate(messages: &[Message]) -> Option<String> {
    let Some((_, body)) = messages.iter().find(|(letter, _)| *letter == b'E') else {
        assert!(messages.last().is_some_and(|(letter, _)| *letter == b'Z'), "{messages:?}");
        return None;
    };
    let code = body.split(|byte| *byte == 0).find_map(|field| field.strip_prefix(b"C"));
    Some(String::from_utf8_lossy(code.unwrap()).into_owned())
}
