//! Zabbix servers that are down or slow, that give wrong answers, or that refuse some values.
//!
//! The protocol is implemented again here, independently of posemo.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, channel};
use std::thread;
use std::time::{Duration, Instant};

use posemo::deliver::deliver;
use serde_json::Value;

use super::receiver;
use crate::output::reports::report;
use crate::ports::DEAD;
use crate::waiting::{assert_within, patience};

/// A server on the loopback address. A test chooses the bytes with which it answers each request.
struct Fake {
    address: String,
    requests: mpsc::Receiver<Value>,
}

impl Fake {
    fn start(answer: impl Fn(&Value) -> Option<Vec<u8>> + Send + 'static) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, requests) = channel();
        thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = request(&mut stream) else { continue };
                let answered = answer(&request);
                if sender.send(request).is_err() {
                    break;
                }
                match answered {
                    Some(bytes) => drop(stream.write_all(&bytes)),
                    None => open.push(stream),
                }
            }
        });
        Fake { address, requests }
    }

    fn requests(&self) -> Vec<Value> {
        self.requests.try_iter().collect()
    }
}

fn request(stream: &mut TcpStream) -> Option<Value> {
    let mut head = [0; 13];
    stream.read_exact(&mut head).ok()?;
    assert!(head.starts_with(b"ZBXD\x01") && head[9..] == [0; 4], "{head:?}");
    let length = u32::from_le_bytes(head[5..9].try_into().unwrap());
    let mut body = vec![0; length.try_into().unwrap()];
    stream.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

fn packet(body: &str) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    [b"ZBXD\x01".as_slice(), &length, &[0; 4], body.as_bytes()].concat()
}

/// The answer of a server that refuses some keys.
fn counts(request: &Value, refused: &[&str]) -> Vec<u8> {
    let values = request["data"].as_array().unwrap();
    assert!(values.len() <= 250, "{}", values.len());
    let is_refused = |value: &&Value| refused.contains(&value["key"].as_str().unwrap());
    let failed = values.iter().filter(is_refused).count();
    packet(&format!(
        "{{\"response\":\"success\",\"info\":\"processed: {}; failed: {failed}; total: {}; seconds spent: 0.000031\"}}",
        values.len() - failed,
        values.len()
    ))
}

fn send(servers: &[&str], seconds: u64, name: &str) -> Result<String, String> {
    let servers: Vec<String> = servers.iter().map(|server| (*server).to_owned()).collect();
    let receiver = receiver(&servers, Duration::from_secs(seconds));
    deliver(&receiver, &report(name)).map_err(|error| error.to_string())
}

#[test]
fn an_error_contains_the_server_and_the_cause() {
    let closed = format!("127.0.0.1:{DEAD}");
    let message = send(&[&closed], 5, "day").unwrap_err();
    assert_eq!(message, format!("{closed}: cannot connect: nothing listens there"));
    let half = |bytes: usize| move |request: &Value| Some(counts(request, &[])[..bytes].to_vec());
    for (fake, expected) in [
        (Fake::start(half(0)), "closed the connection without an answer"),
        (Fake::start(half(3)), "the connection was closed during the answer"),
        (Fake::start(half(13)), "the connection was closed during the answer"),
        (Fake::start(half(40)), "the connection was closed during the answer"),
        (
            Fake::start(|_| Some(b"HTTP/1.1 500 Internal Server Error\r\n\r\n".to_vec())),
            "the answer is not a packet of Zabbix; check that the port is that of its trapper",
        ),
        (
            Fake::start(|_| Some(packet("{\"response\":\"success\"}"))),
            "the answer does not contain the number of accepted values: \"{\\\"response\\\":\\\"success\\\"}\"",
        ),
        (
            Fake::start(|_| Some([b"ZBXD\x01".as_slice(), &[255; 8]].concat())),
            "announced an answer of 4294967295 bytes",
        ),
        (Fake::start(|_| None), "no answer: the time limit was exceeded"),
    ] {
        let began = Instant::now();
        let is_slow = expected.starts_with("no answer");
        let seconds = if is_slow { 2 } else { 2 * patience().as_secs() };
        let message = send(&[&fake.address], seconds, "day").unwrap_err();
        assert_eq!(message, format!("{}: {expected}", fake.address));
        assert_within(Duration::from_secs(2), began, expected);
        // A run does not send again what may have arrived.
        assert_eq!(fake.requests().len(), 1, "{expected}");
    }
    let fake = Fake::start(|_| Some(packet("{\"response\":\"failed\",\"info\":\"go\\naway\"}")));
    let message = send(&[&fake.address], 30, "day").unwrap_err();
    assert_eq!(message, format!("{} refused: go\\naway", fake.address));
}

#[test]
fn the_next_server_is_used_where_one_does_not_answer() {
    let closed = format!("127.0.0.1:{DEAD}");
    let (slow, good) = (Fake::start(|_| None), Fake::start(|request| Some(counts(request, &[]))));
    let message = send(&[&closed, &slow.address, &good.address], 15, "flood").unwrap();
    assert_eq!(message, format!("{} accepted 5013 values", good.address));
    // Later batches are sent to the server that answered.
    assert_eq!((slow.requests().len(), good.requests().len()), (1, 21));
    let other = good.address.clone();
    let redirecting = Fake::start(move |_| {
        Some(packet(&format!(
            "{{\"response\":\"failed\",\"redirect\":{{\"revision\":2,\"address\":\"{other}\"}}}}"
        )))
    });
    let message = send(&[&redirecting.address], 30, "day").unwrap();
    assert!(message.starts_with(&format!("{} accepted ", good.address)), "{message}");
    let again = redirecting.address.clone();
    let circle = Fake::start(move |_| {
        Some(packet(&format!(
            "{{\"response\":\"failed\",\"redirect\":{{\"address\":\"{again}\"}}}}"
        )))
    });
    let message = send(&[&circle.address], 30, "day").unwrap_err();
    assert!(message.contains("redirects to it, and it redirects to"), "{message}");
}

#[test]
fn a_refused_value_is_named_and_no_value_is_sent_with_two_times() {
    let refused =
        ["posemo.metric[table_usage,used,,public.table_4711]", "posemo.findings[table_usage]"];
    let fake = Fake::start(move |request| Some(counts(request, &refused)));
    let message = send(&[&fake.address], 30, "flood").unwrap_err();
    let expected = format!(
        "{} accepted 5011 of 5013: refused {}, {}; import",
        fake.address, refused[1], refused[0]
    );
    assert!(message.starts_with(&expected), "{message}");
    let requests = fake.requests();
    assert!(requests.len() < 21 + 20, "{}", requests.len());
    let mut values = BTreeSet::new();
    let mut keys = BTreeSet::new();
    for value in requests.iter().flat_map(|request| request["data"].as_array().unwrap()) {
        assert_eq!(value["clock"], 1_795_168_800, "{value}");
        values.insert(value.to_string());
        keys.insert(value["key"].to_string());
    }
    assert_eq!((values.len(), keys.len()), (5013, 5013));
}

#[test]
fn an_unknown_host_is_named_once() {
    let fake = Fake::start(|request| {
        let keys: Vec<&str> = request["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value["key"].as_str().unwrap())
            .collect();
        Some(counts(request, &keys))
    });
    let message = send(&[&fake.address], 30, "lag").unwrap_err();
    let reason = "host \"db1\" does not exist, is disabled, lacks the template posemo, or must not receive values from this machine";
    let count = message.split(" of ").nth(1).unwrap().split(':').next().unwrap();
    assert_eq!(message, format!("{} accepted 0 of {count}: {reason}", fake.address));
}

/// Until the template is linked to the hosts, all hosts are unknown.
#[test]
fn hundreds_of_unknown_hosts_are_one_line() {
    let fake = Fake::start(|request| {
        let data = request["data"].as_array().unwrap();
        let keys: Vec<&str> = data.iter().map(|value| value["key"].as_str().unwrap()).collect();
        Some(counts(request, &keys))
    });
    let receiver = receiver(std::slice::from_ref(&fake.address), Duration::from_secs(30));
    let mut report = report("lag");
    let target = report.targets.remove(0);
    report.targets.extend((100..400).map(|number| {
        let mut target = target.clone();
        target.target = format!("db{number}");
        target
    }));
    let message = deliver(&receiver, &report).unwrap_err().to_string();
    let reason = "hosts \"db100\", \"db101\", \"db102\", \"db103\", \"db104\" and 295 more do not exist, are disabled, lack the template posemo, or must not receive values from this machine";
    assert!(message.ends_with(reason), "{message}");
}

#[test]
fn two_targets_with_one_host_are_an_error() {
    let fake = Fake::start(|request| Some(counts(request, &[])));
    let mut receiver = receiver(std::slice::from_ref(&fake.address), Duration::from_secs(5));
    for target in ["db1", "db2"] {
        receiver.hosts.insert(target.to_owned(), "same".to_owned());
    }
    let message = deliver(&receiver, &report("targets")).unwrap_err().to_string();
    let reason = "several targets have the host \"same\", and only values of the first were sent: give each target its own host in [receivers.zabbix.hosts]";
    assert!(message.ends_with(reason) && message.contains(" of "), "{message}");
}
