//! The Unix socket, and the one that systemd passes.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{command, on_port, write_settings};
use crate::ports::{DEAD, free_port};
use crate::programs::skip;
use crate::server::{POSEMO, program};
use crate::waiting::until;

/// A program that is killed at the end of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn exchange(mut stream: impl Read + Write, headers: &str) -> String {
    let request =
        format!("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn is_healthy(path: &Path) -> bool {
    UnixStream::connect(path).is_ok_and(|stream| exchange(stream, "").contains(" 200 "))
}

fn stop(running: &mut Running) -> Option<i32> {
    let pid = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let mut code = None;
    until("the program ends", || {
        code = running.0.try_wait().unwrap();
        code.is_some()
    });
    code.unwrap().code()
}

#[test]
fn a_unix_socket_is_used_by_one_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("posemo.sock");
    let settings = format!(
        "[serve]\nlisten = \"unix:{}\"\nsocket_mode = \"0600\"\n\
         trusted_header = \"X-Remote-User\"\ntrusted_proxies = [\"unix\"]\n{}",
        path.display(),
        on_port("db1", DEAD)
    );
    write_settings(directory.path(), &settings);
    let start = || {
        let mut command = command(directory.path());
        Running(command.stderr(Stdio::null()).spawn().unwrap())
    };
    let mut first = start();
    until("the socket answers", || is_healthy(&path));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let page = |headers: &str| {
        let mut stream = UnixStream::connect(&path).unwrap();
        let request =
            format!("GET / HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!((page(""), page("X-Remote-User: anna\r\n")), ("401".to_owned(), "200".to_owned()));
    let second = command(directory.path()).output().unwrap();
    let error = String::from_utf8(second.stderr).unwrap();
    assert!(second.status.code() == Some(1) && error.contains("another process"), "{error}");
    // A killed process leaves its socket, which the next one replaces.
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    assert!(path.exists() && !is_healthy(&path));
    let mut next = start();
    until("the socket answers", || is_healthy(&path));
    assert_eq!(stop(&mut next), Some(0));
    assert!(!path.exists());
}

/// systemd listens before the program runs, and the first client waits for its start.
#[test]
fn the_socket_of_systemd_is_used() {
    if Command::new("systemd-socket-activate").arg("--version").output().is_err() {
        skip("systemd-socket-activate is missing: apt-get install systemd");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    write_settings(directory.path(), &on_port("db1", DEAD));
    let activated = |listen: &str| {
        let mut command = Command::new("systemd-socket-activate");
        command.args(["-l", listen, "-E", "XDG_STATE_HOME", POSEMO, "serve", "--config"]);
        command.arg(directory.path().join("posemo.toml"));
        command.env("XDG_STATE_HOME", directory.path()).env("HOME", "/nonexistent");
        Running(command.stderr(Stdio::null()).spawn().unwrap())
    };
    let path = directory.path().join("socket");
    let mut running = activated(path.to_str().unwrap());
    until("the socket answers", || is_healthy(&path));
    // posemo silence reaches it, too.
    let silence = |words: &[&str]| {
        let server = format!("unix:{}", path.display());
        let output =
            program().arg("silence").args(words).args(["--server", &server]).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let add = ["add", "--target", "db1", "--for", "1h", "--by", "anna", "--comment", "new disks"];
    let (code, added) = silence(&add);
    assert!(code == Some(0) && added.contains("target=\"db1\""), "{added}");
    let (code, list) = silence(&["list"]);
    assert!(code == Some(0) && list.contains("anna: new disks"), "{list}");
    let (code, refused) = silence(&["end", "none"]);
    let place = format!("unix:{} refused: ", path.display());
    assert!(code == Some(1) && refused.contains(&place), "{refused}");
    assert_eq!(stop(&mut running), Some(0));
    assert!(path.exists(), "the socket belongs to systemd");
    let (code, unreachable) = silence(&["list"]);
    assert!(code == Some(1) && unreachable.contains(&path.display().to_string()), "{unreachable}");
    let port = free_port();
    let _running = activated(&format!("127.0.0.1:{port}"));
    until("the port answers", || {
        TcpStream::connect(("127.0.0.1", port))
            .is_ok_and(|stream| exchange(stream, "").contains(" 200 "))
    });
    // An address that other machines reach is refused as one of the settings is.
    let port = free_port();
    let mut refused = activated(&format!("0.0.0.0:{port}"));
    until("it listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    until("the program ends", || refused.0.try_wait().unwrap().is_some());
    assert_eq!(refused.0.try_wait().unwrap().unwrap().code(), Some(2));
}
