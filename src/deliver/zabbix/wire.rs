//! One question to a Zabbix server or proxy and its answer, in the protocol of its senders, before a deadline.
//!
//! It knows neither items nor what to do where something is refused.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::deliver::error::words;

/// Where servers listen, if nobody says otherwise.
const PORT: u16 = 10051;

/// How every packet begins.
const MAGIC: &[u8] = b"ZBXD";

// In the flags: this protocol, the body is compressed, lengths have eight bytes.
const PROTOCOL: u8 = 1;
const COMPRESSED: u8 = 2;
const LARGE: u8 = 4;

/// An answer is a line of JSON; more than this is none.
const MOST_ANSWER: u64 = 64 * 1024;

/// A name of the DNS has 253 characters at most, a port five.
const LONGEST_ADDRESS: usize = 260;

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// So many values were taken, and so many not.
    Counted { processed: usize, failed: usize },
    /// Another member of a group of proxies is to be told.
    Elsewhere(String),
    /// In its own words.
    Refused(String),
}

/// Sends a request and reads the answer. The error says in a line what went wrong.
pub(super) fn exchange(server: &str, body: &[u8], deadline: Instant) -> Result<Answer, String> {
    let mut stream = connect(server, deadline)?;
    let sent = write(&mut stream, &packet(body), deadline);
    sent.map_err(|error| format!("sending broke off: {}", said(&error)))?;
    answer(&read(&mut stream, deadline)?)
}

fn packet(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a batch is far below four gigabytes");
    let head = [MAGIC, &[PROTOCOL], &length.to_le_bytes(), &[0; 4]].concat();
    [head.as_slice(), body].concat()
}

fn connect(server: &str, deadline: Instant) -> Result<TcpStream, String> {
    let addresses = resolve(server, deadline)?;
    let mut reason = "its name has no address".to_owned();
    for (tried, address) in addresses.iter().enumerate() {
        // An address that is silent must leave time for the next one.
        let share = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        match TcpStream::connect_timeout(address, left(deadline).map_err(|e| said(&e))? / share) {
            Ok(stream) => return Ok(stream),
            Err(error) => reason = format!("cannot connect: {}", said(&error)),
        }
    }
    Err(reason)
}

/// Looking up a name knows no bound, so that it is left behind where it takes too long.
fn resolve(server: &str, deadline: Instant) -> Result<Vec<SocketAddr>, String> {
    let wanted = with_port(server);
    let (tell, hear) = mpsc::channel();
    let lookup = wanted.clone();
    thread::spawn(move || {
        let found = lookup.to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // Nobody hears it who has left.
        let _ = tell.send(found);
    });
    let patience = left(deadline).map_err(|error| said(&error))?;
    let found =
        hear.recv_timeout(patience).map_err(|_| format!("looking up {wanted} takes too long"));
    found?.map_err(|error| format!("cannot look up {wanted}: {error}"))
}

fn with_port(server: &str) -> String {
    match server.parse::<IpAddr>() {
        Ok(address) => SocketAddr::new(address, PORT).to_string(),
        Err(_) if server.rsplit(']').next().is_some_and(|rest| rest.contains(':')) => {
            server.to_owned()
        }
        Err(_) => format!("{server}:{PORT}"),
    }
}

/// The time left; an error where there is none, as a time-out of nothing would be none.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

fn write(stream: &mut TcpStream, mut bytes: &[u8], deadline: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(left(deadline)?))?;
        match stream.write(bytes)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => bytes = &bytes[count..],
        }
    }
    Ok(())
}

/// The body of the packet that is answered.
fn read(stream: &mut TcpStream, deadline: Instant) -> Result<Vec<u8>, String> {
    let mut heard = Vec::new();
    fill(stream, &mut heard, 5, deadline)?;
    let flags = heard[4];
    if !heard.starts_with(MAGIC) || flags & PROTOCOL == 0 || flags & COMPRESSED != 0 {
        return Err(
            "what it answered is no packet of Zabbix's; is this its port for senders?".to_owned()
        );
    }
    let size = if flags & LARGE == 0 { 4 } else { 8 };
    let head = 5 + 2 * size;
    fill(stream, &mut heard, head, deadline)?;
    let length = heard[5..5 + size].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    if length > MOST_ANSWER {
        return Err(format!("announced an answer of {length} bytes"));
    }
    let whole = head + usize::try_from(length).expect("it is small");
    fill(stream, &mut heard, whole, deadline)?;
    Ok(heard.split_off(head))
}

/// Reads until there are so many bytes, and never more.
fn fill(
    stream: &mut TcpStream,
    heard: &mut Vec<u8>,
    wanted: usize,
    deadline: Instant,
) -> Result<(), String> {
    while heard.len() < wanted {
        let mut piece = vec![0; wanted - heard.len()];
        let count = left(deadline)
            .and_then(|left| stream.set_read_timeout(Some(left)))
            .and_then(|()| stream.read(&mut piece));
        match count {
            Ok(0) if heard.is_empty() => {
                return Err("closed the connection without an answer".to_owned());
            }
            Ok(0) => return Err("its answer broke off".to_owned()),
            Ok(count) => heard.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("no answer: {}", said(&error))),
        }
    }
    Ok(())
}

fn said(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "it took too long".to_owned(),
        io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
        _ => error.to_string(),
    }
}

#[derive(Deserialize)]
struct Body {
    response: Option<String>,
    #[serde(default)]
    info: String,
    redirect: Option<Redirect>,
}

#[derive(Deserialize)]
struct Redirect {
    address: String,
}

fn answer(body: &[u8]) -> Result<Answer, String> {
    let unclear = || {
        let start: String = String::from_utf8_lossy(body).chars().take(100).collect();
        format!("its answer says nothing of what was taken: {start:?}")
    };
    let body: Body = serde_json::from_slice(body).map_err(|_| unclear())?;
    if let Some(Redirect { address }) = body.redirect {
        if is_address(&address) {
            return Ok(Answer::Elsewhere(address));
        }
        let start: String = address.chars().take(100).collect();
        return Err(format!("sends us to {start:?}, which is no address"));
    }
    if body.response.as_deref() == Some("failed") {
        let info = words(&body.info);
        let said = if info.is_empty() { "no reason given".to_owned() } else { info };
        return Ok(Answer::Refused(said));
    }
    let count = |name: &str| {
        let mut parts = body.info.split(';').filter_map(|part| part.split_once(':'));
        parts.find(|(key, _)| key.trim() == name).and_then(|(_, count)| count.trim().parse().ok())
    };
    match (count("processed"), count("failed")) {
        (Some(processed), Some(failed)) => Ok(Answer::Counted { processed, failed }),
        _ => Err(unclear()),
    }
}

/// A name or address and perhaps a port: it is shown as it is.
fn is_address(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_ADDRESS && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let counted = r#"{"response":"success","info":"processed: 3; failed: 1; total: 4; seconds spent: 0.00"}"#;
        let redirect = r#"{"response":"failed","redirect":{"revision":2,"address":"p2:10051"}}"#;
        for (body, expected) in [
            (counted, Some(Answer::Counted { processed: 3, failed: 1 })),
            (redirect, Some(Answer::Elsewhere("p2:10051".to_owned()))),
            (r#"{"response":"failed","redirect":{"address":"p\u001b[31m:1"}}"#, None),
            (r#"{"response":"failed","redirect":{"address":""}}"#, None),
            (r#"{"response":"failed","info":"bad"}"#, Some(Answer::Refused("bad".to_owned()))),
            (r#"{"response":"success","info":"processed: 3"}"#, None),
            (r#"{"response":"success"}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(answer(body.as_bytes()).ok(), expected, "{body}");
        }
    }

    #[test]
    fn a_server_without_a_port_has_the_usual_one() {
        for (server, expected) in [
            ("zbx", "zbx:10051"),
            ("zbx:1", "zbx:1"),
            ("192.0.2.1", "192.0.2.1:10051"),
            ("::1", "[::1]:10051"),
            ("[::1]:7", "[::1]:7"),
            ("[::1]", "[::1]:10051"),
        ] {
            assert_eq!(with_port(server), expected);
        }
    }
}
