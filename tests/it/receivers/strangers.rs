//! Answers that no Icinga gives on demand: refusals of later versions, half an answer, none at all.
//!
//! The one that answers is a few lines of TCP; it has no opinion on what it is asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use posemo::deliver::deliver;
use posemo::finding::State;
use posemo::settings::receiver::{HttpSettings, Receiver, ReceiverKind};

use super::told::{in_state, receiver};
use crate::waiting::{assert_within, patience};

/// What is answered: status line, body, and whether that is all of it.
struct Answer {
    status: &'static str,
    body: &'static str,
    manner: Manner,
}

#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Whole,
    Half,
    Never,
}

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
    if answer.manner == Manner::Never {
        std::thread::sleep(2 * patience());
        return false;
    }
    let Answer { status, body, .. } = answer;
    let text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let end = if answer.manner == Manner::Half { text.len() - body.len() / 2 } else { text.len() };
    stream.write_all(&text.as_bytes()[..end]).is_ok() && answer.manner == Manner::Whole
}

/// Tells a listener that gives the same answer to everything.
fn tell(status: &'static str, body: &'static str, manner: Manner) -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let answer = Answer { status, body, manner };
        for mut stream in listener.incoming().flatten() {
            while answer_one(&mut stream, &answer) {}
        }
    });
    let http = HttpSettings { urls: vec![url], ..HttpSettings::default() };
    let limit = Duration::from_secs(2);
    let timeout = if manner == Manner::Never { limit } else { 2 * patience() };
    let receiver = Receiver { timeout, ..receiver(ReceiverKind::Icinga2(http)) };
    let begun = Instant::now();
    let said = deliver(&receiver, &in_state(State::Critical, "late"));
    assert_within(limit, begun, status);
    said.map_err(|error| error.to_string())
}

#[test]
fn what_is_lost_is_said() {
    let taken = r#"{"results":[{"code":200.0,"status":"Successfully processed"}]}"#;
    assert!(tell("200 OK", taken, Manner::Whole).unwrap().contains("took 2 results"));
    for (status, body, manner, words) in [
        (
            "200 OK",
            r#"{"results":[{"code":409.0,"status":"Newer check result already present."}]}"#,
            Manner::Whole,
            "409: Newer check result",
        ),
        (
            "200 OK",
            r#"{"results":[{"code":403.0,"status":"Passive checks are disabled."}]}"#,
            Manner::Whole,
            "403: Passive checks",
        ),
        (
            "503 Service Unavailable",
            r#"{"results":[{"code":503.0,"status":"inactive\nobject"}]}"#,
            Manner::Whole,
            "503: inactive\\nobject",
        ),
        (
            "500 Internal Server Error",
            r#"{"results":[]}"#,
            Manner::Whole,
            "there is no such service",
        ),
        ("200 OK", r#"{"results":[]}"#, Manner::Whole, "there is no such service"),
        (
            "404 Not Found",
            r#"{"error":404.0,"status":"No objects found."}"#,
            Manner::Whole,
            "there is no such service",
        ),
        (
            "400 Bad Request",
            r#"{"error":400.0,"status":"Missing exit_status"}"#,
            Manner::Whole,
            "400: Missing exit_status",
        ),
        ("401 Unauthorized", "<h1>Unauthorized</h1>", Manner::Whole, "look at the ApiUser"),
        (
            "403 Forbidden",
            r#"{"error":403.0,"status":"Missing permission"}"#,
            Manner::Whole,
            "needs the permission",
        ),
        ("503 Service Unavailable", "", Manner::Whole, "it is not ready"),
        (
            "500 Internal Server Error",
            "<html>proxy</html>",
            Manner::Whole,
            "no answer of Icinga's API",
        ),
        ("200 OK", "<html>hello</html>", Manner::Whole, "no answer of Icinga's API"),
        ("302 Found", "", Manner::Whole, "no answer of Icinga's API"),
        ("200 OK", taken, Manner::Half, "127.0.0.1"),
        ("200 OK", taken, Manner::Never, "timeout"),
    ] {
        let error = tell(status, body, manner).expect_err(words);
        assert!(error.contains(words), "{status} {body}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
