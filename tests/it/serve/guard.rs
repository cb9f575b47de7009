//! Requests that are refused, and clients that are slow.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Serving, on_port};
use crate::ports::DEAD;
use crate::waiting::{patience, slack};

const SERVE: &str = "[serve]\nhosts = [\"posemo.example\"]\n";

#[test]
fn foreign_requests_are_refused() {
    let serving = Serving::start(&format!("{SERVE}{}", on_port("db1", DEAD)));
    let own = serving.address.to_string();
    for (host, status) in [
        (own.as_str(), 200),
        ("localhost", 200),
        ("posemo.example", 200),
        ("POSEMO.example:443", 200),
        ("evil.example", 421),
        ("10.0.0.1", 421),
        ("posemo.example.evil.example", 421),
        ("", 421),
    ] {
        for path in ["/-/healthy", "/metrics", "/", "/api/1/report"] {
            let answer = serving.request("GET", path, &[("Host", host)]);
            assert_eq!(answer.status, status, "{host} {path}: {answer:?}");
        }
    }
    let silence = "/api/1/silence?target=db1&for=1h&by=a&why=b";
    let orders = ["/-/reload", "/api/1/reload", "/api/1/run?target=db1", silence];
    for path in orders {
        for header in [
            ("Origin", "https://evil.example"),
            ("Origin", "null"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
        ] {
            let answer = serving.request("POST", path, &[header]);
            assert_eq!(answer.status, 403, "{path} {header:?}: {answer:?}");
        }
        for method in ["GET", "HEAD", "PUT", "DELETE"] {
            assert_eq!(serving.request(method, path, &[]).status, 405, "{method} {path}");
        }
    }
    for path in ["/", "/metrics", "/probe?target=db1", "/-/healthy"] {
        assert_eq!(serving.post(path).status, 405, "{path}");
    }
    let origin = format!("http://{own}");
    assert_eq!(serving.request("POST", "/-/reload", &[("Origin", &origin)]).status, 200);
    for answer in [serving.get("/"), serving.get("/none"), serving.post("/metrics")] {
        assert!(answer.head.contains("x-content-type-options: nosniff"), "{answer:?}");
        assert!(answer.head.contains("cache-control: no-store"), "{answer:?}");
    }
}

/// Clients that send nothing, or one letter at a time, hold a connection for ten seconds at most.
#[test]
fn slow_clients_do_not_stop_the_server() {
    let serving = Serving::start(&on_port("db1", DEAD));
    let began = Instant::now();
    let idle: Vec<TcpStream> =
        (0..200).map(|_| TcpStream::connect(serving.address).unwrap()).collect();
    assert_eq!(serving.get("/-/healthy").status, 200);
    assert!(began.elapsed() < slack(), "{:?}", began.elapsed());
    let more: Vec<TcpStream> =
        (0..100).map(|_| TcpStream::connect(serving.address).unwrap()).collect();
    let mut slow = TcpStream::connect(serving.address).unwrap();
    slow.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").unwrap();
    // This client waits for a place, which is free as soon as the idle connections are closed.
    assert_eq!(serving.get("/-/healthy").status, 200);
    assert!(began.elapsed() < Duration::from_secs(20) + slack(), "{:?}", began.elapsed());
    for mut stream in idle.into_iter().chain(more).chain([slow]) {
        stream.set_read_timeout(Some(patience())).unwrap();
        let mut rest = Vec::new();
        // The end of the stream, or a reset.
        let _ = stream.read_to_end(&mut rest);
        assert!(!String::from_utf8_lossy(&rest).contains(" 200 "));
    }
}

#[test]
fn huge_requests_are_refused() {
    let serving = Serving::start(&on_port("db1", DEAD));
    let path = format!("/probe?target={}", "x".repeat(1024 * 1024));
    let mut stream = TcpStream::connect(serving.address).unwrap();
    let _ = write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    let many = format!("/probe?target=db1&check={}", vec!["x"; 4000].join(","));
    assert!(matches!(serving.get(&many).status, 404 | 414), "{:?}", serving.get(&many));
    let names = "x".repeat(20_000);
    let answer = serving.get(&format!("/probe?target={names}"));
    assert!(answer.status >= 400 && answer.body.len() < 50_000, "{}", answer.body.len());
    // A body is not read into memory.
    let mut stream = TcpStream::connect(serving.address).unwrap();
    write!(
        stream,
        "POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"
    )
    .unwrap();
    assert_eq!(serving.get("/-/healthy").status, 200);
}
