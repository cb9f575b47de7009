//! Answers that a real Icinga does not give on demand: refusals of later versions, incomplete answers, no answer.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use posemo::deliver::deliver;
use posemo::finding::State;
use posemo::settings::receiver::{HttpSettings, Receiver, ReceiverKind};

use crate::receivers::samples::{in_state, receiver};
use crate::waiting::{assert_within, patience};

/// An answer: status, body, and how much of it is sent.
struct Answer {
    status: &'static str,
    body: &'static str,
    sent: Sent,
}

#[derive(Clone, Copy, PartialEq)]
enum Sent {
    Whole,
    Half,
    Nothing,
}

/// Answers one request. Returns whether the connection can be used again.
fn answer_one(stream: &mut TcpStream, answer: &Answer) -> bool {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return false,
            Ok(count) => request.extend_from_slice(&piece[..count]),
        }
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned)
        });
        if body.len() >= length.unwrap().parse::<usize>().unwrap() {
            break;
        }
    }
    if answer.sent == Sent::Nothing {
        std::thread::sleep(2 * patience());
        return false;
    }
    let Answer { status, body, .. } = answer;
    let text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let end = if answer.sent == Sent::Half { text.len() - body.len() / 2 } else { text.len() };
    stream.write_all(&text.as_bytes()[..end]).is_ok() && answer.sent == Sent::Whole
}

/// Delivers to a listener that gives the same answer to every request.
fn deliver_to(status: &'static str, body: &'static str, sent: Sent) -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let answer = Answer { status, body, sent };
        for mut stream in listener.incoming().flatten() {
            while answer_one(&mut stream, &answer) {}
        }
    });
    let http = HttpSettings { urls: vec![url], ..HttpSettings::default() };
    let limit = Duration::from_secs(2);
    let timeout = if sent == Sent::Nothing { limit } else { 2 * patience() };
    let receiver = Receiver { timeout, ..receiver(ReceiverKind::Icinga2(http)) };
    let begun = Instant::now();
    let result = deliver(&receiver, &in_state(State::Critical, "late"));
    assert_within(limit, begun, status);
    result.map_err(|error| error.to_string())
}

#[test]
fn a_refused_result_is_an_error_with_the_reason() {
    let accepted = r#"{"results":[{"code":200.0,"status":"Successfully processed"}]}"#;
    assert!(deliver_to("200 OK", accepted, Sent::Whole).unwrap().contains("accepted 2 results"));
    for (status, body, sent, expected) in [
        (
            "200 OK",
            r#"{"results":[{"code":409.0,"status":"Newer check result already present."}]}"#,
            Sent::Whole,
            "409: Newer check result",
        ),
        (
            "200 OK",
            r#"{"results":[{"code":403.0,"status":"Passive checks are disabled."}]}"#,
            Sent::Whole,
            "403: Passive checks",
        ),
        (
            "503 Service Unavailable",
            r#"{"results":[{"code":503.0,"status":"inactive\nobject"}]}"#,
            Sent::Whole,
            "503: inactive\\nobject",
        ),
        (
            "500 Internal Server Error",
            r#"{"results":[]}"#,
            Sent::Whole,
            "the service does not exist",
        ),
        ("200 OK", r#"{"results":[]}"#, Sent::Whole, "the service does not exist"),
        (
            "404 Not Found",
            r#"{"error":404.0,"status":"No objects found."}"#,
            Sent::Whole,
            "the service does not exist",
        ),
        (
            "400 Bad Request",
            r#"{"error":400.0,"status":"Missing exit_status"}"#,
            Sent::Whole,
            "400: Missing exit_status",
        ),
        ("401 Unauthorized", "<h1>Unauthorized</h1>", Sent::Whole, "compare them with the ApiUser"),
        (
            "403 Forbidden",
            r#"{"error":403.0,"status":"Missing permission"}"#,
            Sent::Whole,
            "needs the permission",
        ),
        ("503 Service Unavailable", "", Sent::Whole, "it is not ready"),
        (
            "500 Internal Server Error",
            "<html>proxy</html>",
            Sent::Whole,
            "the answer is not that of Icinga's API",
        ),
        ("200 OK", "<html>hello</html>", Sent::Whole, "the answer is not that of Icinga's API"),
        ("302 Found", "", Sent::Whole, "the answer is not that of Icinga's API"),
        ("200 OK", accepted, Sent::Half, "127.0.0.1"),
        ("200 OK", accepted, Sent::Nothing, "timeout"),
    ] {
        let error = deliver_to(status, body, sent).expect_err(expected);
        assert!(error.contains(expected), "{status} {body}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
