//! Calls of the tools, and their answers.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use posemo::tempserver::find_bindir;
use serde::Deserialize;

use super::Outcome;
use super::servers::Address;

/// A tool of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tool {
    Posemo,
    CheckPostgres,
    CheckPgactivity,
    Exporter,
}

pub(crate) const TOOLS: [Tool; 4] =
    [Tool::Posemo, Tool::CheckPostgres, Tool::CheckPgactivity, Tool::Exporter];

impl Tool {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Tool::Posemo => "posemo",
            Tool::CheckPostgres => "check_postgres",
            Tool::CheckPgactivity => "check_pgactivity",
            Tool::Exporter => "postgres_exporter",
        }
    }
}

/// The call of each tool for one matter. A plugin has its action or service and options; a place in braces is filled in.
#[derive(Debug, Deserialize)]
pub(crate) struct Call {
    pub(crate) check_postgres: Option<String>,
    pub(crate) check_pgactivity: Option<String>,
    pub(crate) posemo: Option<String>,
    pub(crate) exporter: Option<Series>,
}

impl Call {
    pub(crate) fn plugin(&self, tool: Tool) -> Option<&str> {
        match tool {
            Tool::Posemo => self.posemo.as_deref(),
            Tool::CheckPostgres => self.check_postgres.as_deref(),
            Tool::CheckPgactivity => self.check_pgactivity.as_deref(),
            Tool::Exporter => None,
        }
    }
}

/// What an alerting rule would read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Series {
    #[serde(rename = "series")]
    metric: String,
    #[serde(default)]
    labels: Vec<String>,
    above: Option<f64>,
    below: Option<f64>,
    /// The rule fires if the series does not exist.
    #[serde(default)]
    absent: bool,
}

impl Series {
    /// The rule as Prometheus writes it.
    pub(crate) fn rule(&self) -> String {
        let labels = if self.labels.is_empty() {
            String::new()
        } else {
            format!("{{{}}}", self.labels.join(","))
        };
        if self.absent {
            return format!("absent({}{labels})", self.metric);
        }
        let above = self.above.map(|limit| format!(" > {limit}"));
        let below = self.below.map(|limit| format!(" < {limit}"));
        format!("{}{labels}{}", self.metric, above.or(below).unwrap_or_default())
    }

    /// What the rule reads in the metrics: an alarm, no alarm, or no series.
    pub(crate) fn judge(&self, metrics: &Result<String, String>) -> Answer {
        let lines = match metrics {
            Ok(text) => text.lines(),
            Err(error) => return Answer::of(None, error),
        };
        let mut alarm: Option<(bool, &str)> = None;
        for line in lines {
            let Some((name, value)) = line.rsplit_once(' ') else { continue };
            let series = name.split('{').next().unwrap_or_default();
            if series != self.metric || !self.labels.iter().all(|label| name.contains(label)) {
                continue;
            }
            let value: f64 = value.parse().unwrap_or(f64::NAN);
            let over = self.above.is_some_and(|limit| value > limit)
                || self.below.is_some_and(|limit| value < limit);
            if over || alarm.is_none() {
                alarm = Some((over, line));
            }
            if over {
                break;
            }
        }
        match alarm {
            Some((true, line)) => Answer::of(Some("alarm"), line),
            Some((false, line)) => Answer::of(Some("no alarm"), line),
            None => {
                let state = if self.absent { "alarm" } else { "no series" };
                Answer::of(Some(state), &format!("no series {}", self.metric))
            }
        }
    }
}

/// What a tool answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The state of a plugin, or that of a rule; "no answer" if the tool was stopped after 20 s.
    pub(crate) state: String,
    pub(crate) text: String,
}

impl Answer {
    fn of(state: Option<&str>, text: &str) -> Answer {
        Answer { state: state.unwrap_or("no answer").to_owned(), text: text.trim().to_owned() }
    }

    /// Whether the answer reports a problem.
    pub(crate) fn alarms(&self) -> bool {
        ["WARNING", "CRITICAL", "alarm"].contains(&self.state.as_str())
    }

    /// Whether the tool says that it does not know.
    pub(crate) fn unknown(&self) -> bool {
        ["UNKNOWN", "no answer"].contains(&self.state.as_str())
    }
}

/// The programs.
#[derive(Debug)]
pub(crate) struct Tools {
    peers: PathBuf,
    bindir: PathBuf,
    state: tempfile::TempDir,
    posemo: PathBuf,
}

impl Tools {
    pub(crate) fn new(peers: PathBuf) -> Outcome<Tools> {
        let posemo =
            std::env::var_os("POSEMO").map_or(env!("CARGO_BIN_EXE_posemo").into(), PathBuf::from);
        let tools = Tools { peers, bindir: find_bindir()?, state: tempfile::tempdir()?, posemo };
        for tool in TOOLS {
            let program = tools.program(tool);
            if !program.is_file() {
                return Err(format!("{} is missing", program.display()).into());
            }
        }
        Ok(tools)
    }

    pub(crate) fn program(&self, tool: Tool) -> PathBuf {
        match tool {
            Tool::Posemo => self.posemo.clone(),
            Tool::CheckPostgres => self.peers.join("usr/bin/check_postgres"),
            Tool::CheckPgactivity => self.peers.join("usr/lib/nagios/plugins/check_pgactivity"),
            Tool::Exporter => self.peers.join("usr/bin/prometheus-postgres-exporter"),
        }
    }

    /// A command without the settings of the person who runs the comparison. `psql` is the server's own.
    fn clean(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("PGBINDIR", &self.bindir)
            .env("HOME", self.state.path())
            .env("LC_ALL", "C.UTF-8");
        command
    }

    pub(crate) fn posemo(&self) -> Command {
        self.clean(&self.posemo)
    }

    /// A program that /bin/sh runs.
    pub(crate) fn shell(&self) -> Command {
        self.clean(Path::new("/bin/sh"))
    }

    /// The words of a call: the program, the service and its options, and the connection.
    pub(crate) fn words(&self, tool: Tool, call: &str, at: &Address, login: &str) -> Vec<String> {
        let mut words: Vec<String> = vec![self.program(tool).display().to_string()];
        let mut given = call.split_whitespace().map(|word| word.replace("{login}", login));
        let service = given.next().unwrap_or_default();
        let (host, port) = (at.host.clone(), at.port.to_string());
        let own = call.contains("{login}");
        match tool {
            Tool::CheckPostgres => {
                words.push(format!("--action={service}"));
                words.extend(given);
                if !own {
                    words.extend(
                        ["-H", &host, "-p", &port, "-u", login, "-db", "shop"].map(str::to_owned),
                    );
                }
            }
            Tool::CheckPgactivity => {
                words.extend(["-s".to_owned(), service]);
                words.extend(given);
                if !own {
                    words.extend(["-h", &host, "-p", &port, "-U", login].map(str::to_owned));
                }
                let file = self.state.path().join(format!("pga-{login}-{}", at.port));
                words.extend(["--status-file".to_owned(), file.display().to_string()]);
                // To which only posemo can connect.
                words.extend(["--dbexclude", "^posemo$"].map(str::to_owned));
            }
            Tool::Posemo | Tool::Exporter => {
                words.extend(["check".to_owned(), service]);
                words.extend(given);
                words.extend(["-H", &host, "-p", &port, "-U", login].map(str::to_owned));
            }
        }
        words
    }

    /// Runs a plugin, for at most 20 s.
    pub(crate) fn ask(&self, words: &[String]) -> Outcome<Answer> {
        let mut command = self.clean(Path::new("timeout"));
        // Not pipes: a plugin can leave a process that keeps them open.
        let (out, errors) = (self.state.path().join("out"), self.state.path().join("errors"));
        command.args(["-k", "1", "20"]).args(words).stdin(Stdio::null());
        command.stdout(std::fs::File::create(&out)?).stderr(std::fs::File::create(&errors)?);
        let status = command.status()?;
        let read =
            |file| std::fs::read(file).map(|text| String::from_utf8_lossy(&text).into_owned());
        let (text, errors) = (read(out)?, read(errors)?);
        let text = if text.trim().is_empty() { errors } else { text };
        let state = match status.code() {
            Some(0) => Some("OK"),
            Some(1) => Some("WARNING"),
            Some(2) => Some("CRITICAL"),
            Some(3) => Some("UNKNOWN"),
            Some(124 | 137) => None,
            // Nagios and Icinga show any other exit code as UNKNOWN.
            code => {
                return Ok(Answer::of(
                    Some("UNKNOWN"),
                    &format!("exit code {}: {text}", code.unwrap_or(-1)),
                ));
            }
        };
        Ok(Answer::of(state, &text))
    }

    /// Starts the exporter, also with those of its other collectors that a question or a situation needs.
    pub(crate) fn exporter(&self, at: &Address, login: &str, options: &[&str]) -> Outcome<Daemon> {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut command = self.clean(&self.program(Tool::Exporter));
        let Address { host, port: to } = at;
        let source = format!(
            "user={login} host={host} port={to} dbname=shop sslmode=disable connect_timeout=5"
        );
        command
            .env("DATA_SOURCE_NAME", source)
            .arg(format!("--web.listen-address=127.0.0.1:{port}"));
        let more =
            ["database_wraparound", "long_running_transactions", "postmaster", "process_idle"];
        let more = more.into_iter().chain([
            "stat_activity_autovacuum",
            "stat_wal_receiver",
            "xlog_location",
        ]);
        command.args(more.map(|name| format!("--collector.{name}"))).args(options);
        Daemon::start(command, port)
    }
}

/// A running exporter, or `posemo serve`.
#[derive(Debug)]
pub(crate) struct Daemon {
    pub(crate) child: Child,
    pub(crate) port: u16,
}

impl Daemon {
    /// Starts a command, and waits until it listens on this port.
    pub(crate) fn start(mut command: Command, port: u16) -> Outcome<Daemon> {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let daemon = Daemon { child, port };
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(daemon)
    }

    /// The metrics of the exporter, or why there are none.
    pub(crate) fn scrape(&self) -> Outcome<Result<String, String>> {
        let url = format!("http://127.0.0.1:{}/metrics", self.port);
        let output = Command::new("curl").args(["-sSf", "-m", "20", &url]).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Ok(if output.status.success() { Ok(text) } else { Err(error) })
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
