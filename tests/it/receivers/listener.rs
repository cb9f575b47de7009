//! An HTTP server that records requests, and gives the answers of a test: correct ones, wrong ones or none.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::waiting::patience;

type Bodies = Arc<Mutex<Vec<String>>>;

/// A running HTTP server. Its thread ends with the test process.
pub(super) struct Listener {
    pub(super) port: u16,
    bodies: Bodies,
    requests: Bodies,
}

impl Listener {
    /// Answers each request with the bytes that `answer` returns for its body, or never.
    pub(super) fn start(
        answer: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Listener {
        Listener::by_request(move |_, body| answer(body))
    }

    /// Answers each request with the bytes that `answer` returns for its method and path, and its body, or never.
    pub(super) fn by_request(
        answer: impl Fn(&str, &str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Listener {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (bodies, requests) = (Bodies::default(), Bodies::default());
        let recorded = (Arc::clone(&requests), Arc::clone(&bodies));
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (recorded, answer) = (recorded.clone(), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &recorded, &*answer));
            }
        });
        Listener { port, bodies, requests }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Method and path of the requests until now.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The bodies of the requests until now.
    pub(super) fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }
}

/// A complete answer.
pub(super) fn answer(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    (head + body).into_bytes()
}

fn serve(
    stream: TcpStream,
    (requests, bodies): &(Bodies, Bodies),
    answer: &dyn Fn(&str, &str) -> Option<Vec<u8>>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut length, mut request) = (0, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if request.is_empty() {
            line.trim().trim_end_matches(" HTTP/1.1").clone_into(&mut request);
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let body = String::from_utf8(body).unwrap();
    requests.lock().unwrap().push(request.clone());
    bodies.lock().unwrap().push(body.clone());
    match answer(&request, &body) {
        Some(bytes) => {
            let mut stream = stream;
            let _ = stream.write_all(&bytes);
        }
        None => thread::sleep(4 * patience()),
    }
}
