//! Sends one request to a Zabbix server or proxy and reads the answer, in the protocol of `zabbix_sender`.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::deliver::error::excerpt;

/// The port of a server without a port in the settings.
const PORT: u16 = 10051;

/// The begin of every packet.
const MAGIC: &[u8] = b"ZBXD";

/// The flag of this protocol.
const PROTOCOL: u8 = 1;
/// The flag of a compressed body.
const COMPRESSED: u8 = 2;
/// The flag of lengths with eight bytes.
const LARGE: u8 = 4;

/// The size of an answer, which is one line of JSON, is limited to 64 KiB.
const MOST_ANSWER: u64 = 64 * 1024;

/// A DNS name has at most 253 characters, a port five.
const LONGEST_ADDRESS: usize = 260;

/// The answer of a server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ZabbixAnswer {
    /// The numbers of accepted and refused values.
    Counted { processed: usize, failed: usize },
    /// Another member of the group of proxies expects the values.
    Redirect(String),
    /// The request was refused, with the server's reason.
    Refused(String),
}

/// Sends a request and reads the answer. The error is the cause, in one line.
pub(super) fn exchange(
    server: &str,
    body: &[u8],
    deadline: Instant,
) -> Result<ZabbixAnswer, String> {
    let mut stream = connect(server, deadline)?;
    let sent = write(&mut stream, &packet(body), deadline);
    sent.map_err(|error| format!("sending failed: {}", cause(&error)))?;
    answer(&read(&mut stream, deadline)?)
}

fn packet(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a batch is far below four gigabytes");
    let head = [MAGIC, &[PROTOCOL], &length.to_le_bytes(), &[0; 4]].concat();
    [head.as_slice(), body].concat()
}

fn connect(server: &str, deadline: Instant) -> Result<TcpStream, String> {
    let addresses = resolve(server, deadline)?;
    let mut reason = "the name has no address".to_owned();
    for (tried, address) in addresses.iter().enumerate() {
        // An address that does not answer must leave time for the next one.
        let share = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let time = time_left(deadline).map_err(|error| cause(&error))? / share;
        match TcpStream::connect_timeout(address, time) {
            Ok(stream) => return Ok(stream),
            Err(error) => reason = format!("cannot connect: {}", cause(&error)),
        }
    }
    Err(reason)
}

/// Resolves a name. The system has no time limit for that, so a thread does it, and is abandoned after the deadline.
fn resolve(server: &str, deadline: Instant) -> Result<Vec<SocketAddr>, String> {
    let wanted = with_port(server);
    let (sender, receiver) = mpsc::channel();
    let lookup = wanted.clone();
    thread::spawn(move || {
        let found = lookup.to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // After the deadline the channel has no receiver.
        let _ = sender.send(found);
    });
    let patience = time_left(deadline).map_err(|error| cause(&error))?;
    let found =
        receiver.recv_timeout(patience).map_err(|_| format!("resolving {wanted} took too long"));
    found?.map_err(|error| format!("cannot resolve {wanted}: {error}"))
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

/// The time left. It is an error where none is left, as sockets take a time-out of zero as no time-out.
fn time_left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

fn write(stream: &mut TcpStream, mut bytes: &[u8], deadline: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(time_left(deadline)?))?;
        match stream.write(bytes)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => bytes = &bytes[count..],
        }
    }
    Ok(())
}

/// Reads a packet and returns its body.
fn read(stream: &mut TcpStream, deadline: Instant) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    fill(stream, &mut bytes, 5, deadline)?;
    let flags = bytes[4];
    if !bytes.starts_with(MAGIC) || flags & PROTOCOL == 0 || flags & COMPRESSED != 0 {
        return Err(
            "the answer is not a packet of Zabbix; check that the port is that of its trapper"
                .to_owned(),
        );
    }
    let size = if flags & LARGE == 0 { 4 } else { 8 };
    let head = 5 + 2 * size;
    fill(stream, &mut bytes, head, deadline)?;
    let length = bytes[5..5 + size].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    if length > MOST_ANSWER {
        return Err(format!("announced an answer of {length} bytes"));
    }
    let whole = head + usize::try_from(length).expect("it is small");
    fill(stream, &mut bytes, whole, deadline)?;
    Ok(bytes.split_off(head))
}

/// Reads until `wanted` bytes are read, and not more.
fn fill(
    stream: &mut TcpStream,
    bytes: &mut Vec<u8>,
    wanted: usize,
    deadline: Instant,
) -> Result<(), String> {
    while bytes.len() < wanted {
        let mut piece = vec![0; wanted - bytes.len()];
        let count = time_left(deadline)
            .and_then(|left| stream.set_read_timeout(Some(left)))
            .and_then(|()| stream.read(&mut piece));
        match count {
            Ok(0) if bytes.is_empty() => {
                return Err("closed the connection without an answer".to_owned());
            }
            Ok(0) => return Err("the connection was closed during the answer".to_owned()),
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("no answer: {}", cause(&error))),
        }
    }
    Ok(())
}

fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            "the time limit was exceeded".to_owned()
        }
        io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
        _ => error.to_string(),
    }
}

#[derive(Deserialize)]
struct AnswerBody {
    response: Option<String>,
    #[serde(default)]
    info: String,
    redirect: Option<Redirect>,
}

#[derive(Deserialize)]
struct Redirect {
    address: String,
}

fn answer(body: &[u8]) -> Result<ZabbixAnswer, String> {
    let unclear = || {
        let start: String = String::from_utf8_lossy(body).chars().take(100).collect();
        format!("the answer does not contain the number of accepted values: {start:?}")
    };
    let body: AnswerBody = serde_json::from_slice(body).map_err(|_| unclear())?;
    if let Some(Redirect { address }) = body.redirect {
        if is_address(&address) {
            return Ok(ZabbixAnswer::Redirect(address));
        }
        let start: String = address.chars().take(100).collect();
        return Err(format!("redirects to {start:?}, which is not an address"));
    }
    if body.response.as_deref() == Some("failed") {
        let info = excerpt(&body.info);
        let reason = if info.is_empty() { "no reason given".to_owned() } else { info };
        return Ok(ZabbixAnswer::Refused(reason));
    }
    let count = |name: &str| {
        let mut parts = body.info.split(';').filter_map(|part| part.split_once(':'));
        parts.find(|(key, _)| key.trim() == name).and_then(|(_, count)| count.trim().parse().ok())
    };
    match (count("processed"), count("failed")) {
        (Some(processed), Some(failed)) => Ok(ZabbixAnswer::Counted { processed, failed }),
        _ => Err(unclear()),
    }
}

/// Whether a text may be a name or address with a port. Messages print it unchanged.
fn is_address(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_ADDRESS && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_parsed() {
        let counted = r#"{"response":"success","info":"processed: 3; failed: 1; total: 4; seconds spent: 0.00"}"#;
        let redirect = r#"{"response":"failed","redirect":{"revision":2,"address":"p2:10051"}}"#;
        for (body, expected) in [
            (counted, Some(ZabbixAnswer::Counted { processed: 3, failed: 1 })),
            (redirect, Some(ZabbixAnswer::Redirect("p2:10051".to_owned()))),
            (r#"{"response":"failed","redirect":{"address":"p\u001b[31m:1"}}"#, None),
            (r#"{"response":"failed","redirect":{"address":""}}"#, None),
            (
                r#"{"response":"failed","info":"bad"}"#,
                Some(ZabbixAnswer::Refused("bad".to_owned())),
            ),
            (r#"{"response":"success","info":"processed: 3"}"#, None),
            (r#"{"response":"success"}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(answer(body.as_bytes()).ok(), expected, "{body}");
        }
    }

    #[test]
    fn a_server_without_a_port_has_port_10051() {
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
