//! Servers that are down, slow, confused or choosy: what is lost is said, and nothing is told twice as new.
//!
//! They speak the protocol by their own code, not by posemo's.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver as Heard, channel};
use std::thread;
use std::time::{Duration, Instant};

use posemo::deliver::deliver;
use serde_json::Value;

use super::receiver;
use crate::output::reports::report;
use crate::ports::DEAD;
use crate::waiting::{assert_within, patience};

/// A server on loopback, that answers each request with the bytes that it is given for it.
struct Fake {
    address: String,
    heard: Heard<Value>,
}

impl Fake {
    fn start(answer: impl Fn(&Value) -> Option<Vec<u8>> + Send + 'static) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (tell, heard) = channel();
        thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = request(&mut stream) else { continue };
                let answered = answer(&request);
                if tell.send(request).is_err() {
                    break;
                }
                match answered {
                    Some(bytes) => drop(stream.write_all(&bytes)),
                    None => silent.push(stream),
                }
            }
        });
        Fake { address, heard }
    }

    fn requests(&self) -> Vec<Value> {
        self.heard.try_iter().collect()
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

/// An answer like a server's that refuses some keys.
fn counted(request: &Value, refused: &[&str]) -> Vec<u8> {
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

fn told(servers: &[&str], seconds: u64, name: &str) -> Result<String, String> {
    let servers: Vec<String> = servers.iter().map(|server| (*server).to_owned()).collect();
    let receiver = receiver(&servers, Duration::from_secs(seconds));
    deliver(&receiver, &report(name)).map_err(|error| error.to_string())
}

#[test]
fn a_server_that_fails_is_named_with_the_reason() {
    let closed = format!("127.0.0.1:{DEAD}");
    let said = told(&[&closed], 5, "day").unwrap_err();
    assert_eq!(said, format!("{closed}: cannot connect: nothing listens there"));
    let half = |bytes: usize| move |request: &Value| Some(counted(request, &[])[..bytes].to_vec());
    for (fake, expected) in [
        (Fake::start(half(0)), "closed the connection without an answer"),
        (Fake::start(half(3)), "its answer broke off"),
        (Fake::start(half(13)), "its answer broke off"),
        (Fake::start(half(40)), "its answer broke off"),
        (
            Fake::start(|_| Some(b"HTTP/1.1 500 Internal Server Error\r\n\r\n".to_vec())),
            "what it answered is no packet of Zabbix's; is this its port for senders?",
        ),
        (
            Fake::start(|_| Some(packet("{\"response\":\"success\"}"))),
            "its answer says nothing of what was taken: \"{\\\"response\\\":\\\"success\\\"}\"",
        ),
        (
            Fake::start(|_| Some([b"ZBXD\x01".as_slice(), &[255; 8]].concat())),
            "announced an answer of 4294967295 bytes",
        ),
        (Fake::start(|_| None), "no answer: it took too long"),
    ] {
        let began = Instant::now();
        let is_silent = expected.starts_with("no answer");
        let seconds = if is_silent { 2 } else { 2 * patience().as_secs() };
        let said = told(&[&fake.address], seconds, "day").unwrap_err();
        assert_eq!(said, format!("{}: {expected}", fake.address));
        assert_within(Duration::from_secs(2), began, expected);
        // What may have arrived is not sent again by the same run.
        assert_eq!(fake.requests().len(), 1, "{expected}");
    }
    let fake = Fake::start(|_| Some(packet("{\"response\":\"failed\",\"info\":\"go\\naway\"}")));
    let said = told(&[&fake.address], 30, "day").unwrap_err();
    assert_eq!(said, format!("{} refused: go\\naway", fake.address));
}

#[test]
fn the_next_server_is_told_where_one_is_not_there() {
    let closed = format!("127.0.0.1:{DEAD}");
    let (silent, good) =
        (Fake::start(|_| None), Fake::start(|request| Some(counted(request, &[]))));
    let said = told(&[&closed, &silent.address, &good.address], 15, "flood").unwrap();
    assert_eq!(said, format!("{} took 5013 values", good.address));
    // The one that answered is asked first from then on.
    assert_eq!((silent.requests().len(), good.requests().len()), (1, 21));
    let other = good.address.clone();
    let sent = Fake::start(move |_| {
        Some(packet(&format!(
            "{{\"response\":\"failed\",\"redirect\":{{\"revision\":2,\"address\":\"{other}\"}}}}"
        )))
    });
    let said = told(&[&sent.address], 30, "day").unwrap();
    assert!(said.starts_with(&format!("{} took ", good.address)), "{said}");
    let again = sent.address.clone();
    let circle = Fake::start(move |_| {
        Some(packet(&format!(
            "{{\"response\":\"failed\",\"redirect\":{{\"address\":\"{again}\"}}}}"
        )))
    });
    let said = told(&[&circle.address], 30, "day").unwrap_err();
    assert!(said.contains("sends us to it, and it on to"), "{said}");
}

#[test]
fn what_is_refused_is_found_and_told_twice_only_as_the_same() {
    let refused =
        ["posemo.metric[table_usage,used,,public.table_4711]", "posemo.findings[table_usage]"];
    let fake = Fake::start(move |request| Some(counted(request, &refused)));
    let said = told(&[&fake.address], 30, "flood").unwrap_err();
    let expected = format!(
        "{} took 5011 of 5013: refused {}, {}; import",
        fake.address, refused[1], refused[0]
    );
    assert!(said.starts_with(&expected), "{said}");
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
fn a_host_that_is_not_known_is_said_once() {
    let fake = Fake::start(|request| {
        let keys: Vec<&str> = request["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value["key"].as_str().unwrap())
            .collect();
        Some(counted(request, &keys))
    });
    let said = told(&[&fake.address], 30, "lag").unwrap_err();
    let reason = "it knows no host \"db1\", or that is disabled, lacks the template posemo, or may not be told from here";
    let count = said.split(" of ").nth(1).unwrap().split(':').next().unwrap();
    assert_eq!(said, format!("{} took 0 of {count}: {reason}", fake.address));
}

/// Before the template is given to the hosts, it is all of them.
#[test]
fn hundreds_of_hosts_that_are_not_known_are_one_line() {
    let fake = Fake::start(|request| {
        let data = request["data"].as_array().unwrap();
        let keys: Vec<&str> = data.iter().map(|value| value["key"].as_str().unwrap()).collect();
        Some(counted(request, &keys))
    });
    let receiver = receiver(std::slice::from_ref(&fake.address), Duration::from_secs(30));
    let mut report = report("lag");
    let target = report.targets.remove(0);
    report.targets.extend((100..400).map(|number| {
        let mut target = target.clone();
        target.target = format!("db{number}");
        target
    }));
    let said = deliver(&receiver, &report).unwrap_err().to_string();
    let reason = "it knows no host \"db100\", \"db101\", \"db102\", \"db103\", \"db104\" and 295 more, or they are disabled, lack the template posemo, or may not be told from here";
    assert!(said.ends_with(reason), "{said}");
}

#[test]
fn two_targets_that_are_one_host_are_said() {
    let fake = Fake::start(|request| Some(counted(request, &[])));
    let mut receiver = receiver(std::slice::from_ref(&fake.address), Duration::from_secs(5));
    for target in ["db1", "db2"] {
        receiver.hosts.insert(target.to_owned(), "same".to_owned());
    }
    let said = deliver(&receiver, &report("targets")).unwrap_err().to_string();
    let reason = "several targets are the host \"same\" there, and only the first was told: give each its own in [receivers.zabbix.hosts]";
    assert!(said.ends_with(reason) && said.contains(" of "), "{said}");
}
