//! `posemo serve` against real servers: the schedule, the HTTP server, reloads, outages, and its end.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use posemo::tempserver::ServerOptions;
use serde_json::Value;

use crate::server::{Server, program};
use crate::waiting::{patience, until, wait_with};

mod access;
mod documents;
mod evidence;
mod guard;
mod history;
mod lives;
mod nodes;
mod notify;
mod older_tables;
mod outage;
pub(crate) mod page;
mod pages;
mod probe;
mod rates;
mod reload;
mod schedule;
mod sessions;
pub(crate) mod shared_history;
mod shared_limits;
mod silences;
mod socket;
mod stop;
mod taken_over;
mod tls;
mod units;

/// The checks of the tests.
pub(crate) const CHECKS: &str = "alive,connection_usage,superusers";

/// Settings in which only these checks run, each second.
pub(crate) const EVERY_SECOND: &str = "[defaults]\nprofile = \"./few.toml\"\n\
    [checks.alive]\ninterval = \"1s\"\n[checks.connection_usage]\ninterval = \"1s\"\n\
    [checks.superusers]\ninterval = \"1s\"\n";

/// A server with the checks of the tests.
pub(crate) fn server() -> Server {
    let options = ServerOptions {
        settings: vec![("track_functions".to_owned(), "all".to_owned())],
        hba: Some("local all all trust\nhost all all 127.0.0.1/32 trust\nhost all all 198.18.0.0/15 trust\n".to_owned()),
        tcp: true,
        ..ServerOptions::default()
    };
    let server = Server::start(&options);
    server.install(&["--check", CHECKS]);
    server
}

/// The section of a target on a server.
pub(crate) fn target(name: &str, server: &Server) -> String {
    let (socket, port) = (server.0.socket().display(), server.0.port());
    format!("[targets.{name}]\nhost = \"{socket}\"\nport = {port}\n")
}

/// The section of a target on a port of 127.0.0.1.
pub(crate) fn on_port(name: &str, port: u16) -> String {
    format!("[targets.{name}]\nhost = \"127.0.0.1\"\nport = {port}\n")
}

/// A port on which connections are accepted and never answered.
pub(crate) fn silent() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming() {
            kept.push(stream);
        }
    });
    port
}

/// An answer of the HTTP server.
#[derive(Debug)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// A running `posemo serve` with its folder. It is killed at the end of the test.
pub(crate) struct Serving {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) folder: PathBuf,
    log: Arc<Mutex<String>>,
    /// Removed at the end, unless a test keeps the folder for the next program.
    directory: Option<tempfile::TempDir>,
}

impl Serving {
    /// Starts the program with settings, and waits until it answers requests.
    pub(crate) fn start(settings: &str) -> Serving {
        Serving::with(settings, &[], &[])
    }

    /// The same with more arguments and environment variables.
    pub(crate) fn with(
        settings: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Serving {
        let directory = tempfile::tempdir().unwrap();
        let mut serving = Serving::within(&directory, settings, arguments, environment);
        serving.directory = Some(directory);
        serving
    }

    /// The same in a folder of the test.
    pub(crate) fn within(
        directory: &tempfile::TempDir,
        settings: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Serving {
        let mut command = Serving::command(directory.path(), settings);
        command.args(arguments).envs(environment.iter().copied());
        Serving::spawn(command, directory.path())
    }

    /// The command of the program, in a folder that gets the settings.
    pub(crate) fn command(folder: &Path, settings: &str) -> Command {
        write_settings(folder, settings);
        command(folder)
    }

    /// Starts a command in a folder that has the settings.
    pub(crate) fn spawn(mut command: Command, folder: &Path) -> Serving {
        if !command.get_args().any(|argument| argument == "--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let mut child =
            command.arg("-v").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, written) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                written.lock().unwrap().extend([line.as_str(), "\n"]);
            }
        });
        let read = || log.lock().unwrap().clone();
        let address = wait_with("the program listens", read, || {
            let text = read();
            let (_, rest) = text.split_once("http://")?;
            rest.split('/').next()?.parse().ok()
        });
        Serving { child, address, folder: folder.to_owned(), log, directory: None }
    }

    /// What the program has written.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Replaces the settings.
    pub(crate) fn write(&self, settings: &str) {
        write_settings(&self.folder, settings);
    }

    pub(crate) fn get(&self, path: &str) -> HttpAnswer {
        self.request("GET", path, &[])
    }

    pub(crate) fn post(&self, path: &str) -> HttpAnswer {
        self.request("POST", path, &[])
    }

    /// Sends a request. A header replaces the one that is sent by default.
    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> HttpAnswer {
        request(self.address, method, path, headers)
    }

    /// The body of a successful answer.
    pub(crate) fn text(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path)).unwrap()
    }

    /// The reports of a check of a target, as they count.
    pub(crate) fn check(&self, target: &str, check: &str) -> Option<Value> {
        let report = self.json("/api/1/report");
        let targets = report["targets"].as_array()?;
        let checks = targets.iter().find(|one| one["target"] == target)?["checks"].clone();
        checks.as_array()?.iter().find(|one| one["check"] == check).cloned()
    }

    /// The state of a check of a target; empty before its first run.
    pub(crate) fn state(&self, target: &str, check: &str) -> String {
        let report = self.check(target, check).filter(|report| report["skipped"].is_null());
        report.and_then(|report| Some(report["state"].as_str()?.to_owned())).unwrap_or_default()
    }

    /// A target in the list of targets.
    pub(crate) fn listed(&self, target: &str) -> Option<Value> {
        let targets = self.json("/api/1/targets");
        targets.as_array()?.iter().find(|one| one["target"] == target).cloned()
    }

    /// The value of a sample, which begins with this text.
    pub(crate) fn sample(&self, start: &str) -> Option<f64> {
        sample(&self.text("/metrics"), start)
    }

    /// Waits for a condition; shows the log if it does not become true.
    pub(crate) fn wait_for<T>(&self, what: &str, ask: impl FnMut() -> Option<T>) -> T {
        let log = || format!("{}\n{:?}", self.log(), self.get("/api/1/targets"));
        wait_with(what, log, ask)
    }

    pub(crate) fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        self.wait_for(what, || is_so().then_some(()));
    }

    /// Waits until each target was queried.
    pub(crate) fn ready(&self) {
        self.until("all targets were queried", || self.get("/-/ready").status == 200);
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Waits for the end. Returns the exit code.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        let mut code = None;
        until("the program ends", || {
            code = self.child.try_wait().unwrap();
            code.is_some()
        });
        code.unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn write_settings(folder: &Path, settings: &str) {
    let few = CHECKS.split(',').map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let profile = format!("summary = \"Few checks\"\ninclude = [{few}]\n");
    for (name, text) in [("few.toml", profile.as_str()), ("posemo.toml", settings)] {
        // A reload never sees half of a file.
        let new = folder.join(format!("{name}.new"));
        fs::write(&new, text).unwrap();
        fs::rename(new, folder.join(name)).unwrap();
    }
}

/// `posemo serve` with the settings of a folder.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = program();
    command.arg("serve").arg("--config").arg(folder.join("posemo.toml"));
    // The history is in the folder, so that each test begins without one.
    command.env("XDG_STATE_HOME", folder).env_remove("STATE_DIRECTORY");
    command
}

/// The value of a sample in a text of metrics.
pub(crate) fn sample(text: &str, start: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(start))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// The number of calls of a check's function on a server.
pub(crate) fn calls(server: &Server, check: &str) -> i64 {
    let sql = format!(
        "SELECT coalesce(sum(calls), 0)::text FROM pg_stat_user_functions WHERE funcname = '{check}'"
    );
    server.superuser("posemo", &sql)[0].parse().unwrap()
}

/// Sends a request, and reads the answer until the connection ends.
pub(crate) fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> HttpAnswer {
    let given = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
    let host = if given { String::new() } else { format!("Host: {address}\r\n") };
    let more: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let more = more.concat();
    let text = format!("{method} {path} HTTP/1.1\r\n{host}{more}Connection: close\r\n\r\n");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(patience())).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let answer = String::from_utf8(bytes).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let head = head.to_ascii_lowercase();
    let is_chunked = head.contains("\r\ntransfer-encoding: chunked");
    let body = if is_chunked { joined(body) } else { body.to_owned() };
    HttpAnswer { status, head, body }
}

/// The body of an answer that the server sent in chunks, all of which must be there.
fn joined(mut chunks: &str) -> String {
    let mut body = String::new();
    loop {
        let (length, rest) = chunks.split_once("\r\n").expect("the last chunk is empty");
        match usize::from_str_radix(length, 16).expect("a chunk begins with its length") {
            0 => return body,
            length => {
                body.push_str(&rest[..length]);
                chunks = rest[length..].strip_prefix("\r\n").expect("a line ends each chunk");
            }
        }
    }
}
