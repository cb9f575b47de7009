//! A data directory and its server programs, which a guard runs.
//!
//! The caller decides what the data directory contains: a new cluster, a copy, a standby.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{
    bindir::Programs,
    directories,
    error::TempServerError,
    guard::ServerGuard,
    quoting::{GuardJob, configuration},
    user::ServerUser,
};

/// A setting's name and value.
pub(super) type ServerSetting = (String, String);

/// Long enough for a busy machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// How long each iteration of a wait loop waits for output of the guard.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// The same options on every system: superuser, encoding and locale do not depend on the environment.
const INITDB: &str = "-U postgres -A trust -E UTF8 --locale=C --no-sync --wal-segsize=1";

/// One data directory and at most one postmaster.
#[derive(Debug)]
pub(super) struct Server {
    guard: ServerGuard,
    programs: Programs,
    short_lived: bool,
}

impl Server {
    /// An empty directory with a guard; in memory for a short-lived server, if enough memory is free.
    pub(super) fn prepare(programs: &Programs, short_lived: bool) -> Result<Self, TempServerError> {
        let guard =
            ServerGuard::start(ServerUser::of_this_process(), directories::bases(short_lived))?;
        Ok(Self { guard, programs: programs.clone(), short_lived })
    }

    /// Creates a new cluster in the data directory.
    pub(super) fn initdb(&mut self) -> Result<(), TempServerError> {
        let program = self.programs.bindir.join("initdb");
        let (data, include) = (self.data(), "include 'cluster.conf'\n");
        let mut command: Vec<&OsStr> = vec![program.as_ref(), "-D".as_ref(), data.as_ref()];
        command.extend(INITDB.split(' ').map(OsStr::new));
        self.run(
            "initdb",
            &GuardJob::new(&command).then_write(">>", "data/postgresql.conf", include),
        )
    }

    /// Copies another data directory, in which no server runs.
    pub(super) fn copy(&mut self, from: &Path) -> Result<(), TempServerError> {
        let command: [&OsStr; 4] = ["cp".as_ref(), "-R".as_ref(), from.as_ref(), "data".as_ref()];
        self.run("copying the data directory", &GuardJob::new(&command))
    }

    /// Makes the server a standby of another.
    pub(super) fn make_standby(&mut self) -> Result<(), TempServerError> {
        let line = GuardJob::new(&["true".as_ref()]).then_write(">", "data/standby.signal", "");
        self.run("making a standby", &line)
    }

    /// Writes the configuration, starts the postmaster and waits until it accepts connections.
    pub(super) fn start(
        &mut self,
        settings: &[ServerSetting],
        hba: &str,
    ) -> Result<(), TempServerError> {
        let (program, data) = (self.programs.bindir.join("postgres"), self.data());
        let line = GuardJob::new(&["true".as_ref()])
            .then_write(">", "data/cluster.conf", &configuration(settings)?)
            .then_write(">", "data/pg_hba.conf", hba)
            .then(&[program.as_ref(), "-D".as_ref(), data.as_ref()]);
        self.guard.send(line.as_bytes())?;
        let doing = "starting the server";
        self.wait(doing, |server| {
            server.line_of_pid_file(7).is_some_and(|status| status == "ready")
        })
    }

    /// Shuts the postmaster down, so that its data directory is consistent, and waits until it ends.
    pub(super) fn stop(&mut self) -> Result<(), TempServerError> {
        self.guard.send(b"stop")?;
        self.finish("stopping the server")
    }

    /// Waits until the log contains a text.
    pub(super) fn wait_for_log(
        &mut self,
        doing: &'static str,
        text: &str,
    ) -> Result<(), TempServerError> {
        self.wait(doing, |server| {
            fs::read_to_string(server.log()).is_ok_and(|log| log.contains(text))
        })
    }

    /// Leaves the postmaster running when this process ends.
    pub(super) fn keep(self) -> Result<(), TempServerError> {
        self.guard.keep()
    }

    pub(super) fn programs(&self) -> &Programs {
        &self.programs
    }

    pub(super) fn short_lived(&self) -> bool {
        self.short_lived
    }

    pub(super) fn directory(&self) -> &Path {
        self.guard.directory()
    }

    pub(super) fn data(&self) -> PathBuf {
        self.directory().join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.directory().join("log")
    }

    /// The process id of the postmaster, if it runs.
    pub(super) fn pid(&self) -> Option<u32> {
        self.line_of_pid_file(0)?.parse().ok()
    }

    /// The error for a server that has ended without a stop.
    pub(super) fn ended_unexpectedly(&self, doing: &'static str) -> TempServerError {
        self.ended(doing, b"unknown")
    }

    fn run(&mut self, doing: &'static str, job: &GuardJob) -> Result<(), TempServerError> {
        self.guard.send(job.as_bytes())?;
        self.finish(doing)
    }

    /// Waits for the end of the job that the guard runs.
    fn finish(&mut self, doing: &'static str) -> Result<(), TempServerError> {
        match self.guard.receive(DEADLINE)? {
            Some(status) if status == b"0" => Ok(()),
            Some(status) => Err(self.ended(doing, &status)),
            None => Err(self.late(doing)),
        }
    }

    /// Waits until a condition is true. It fails if the server ends before.
    fn wait(
        &mut self,
        doing: &'static str,
        done: impl Fn(&Self) -> bool,
    ) -> Result<(), TempServerError> {
        let begun = Instant::now();
        while !done(self) {
            if let Some(status) = self.guard.receive(POLL_INTERVAL)? {
                return Err(self.ended(doing, &status));
            }
            if begun.elapsed() > DEADLINE {
                return Err(self.late(doing));
            }
        }
        Ok(())
    }

    fn line_of_pid_file(&self, number: usize) -> Option<String> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        text.lines().nth(number).map(|line| line.trim().to_owned())
    }

    fn ended(&self, doing: &'static str, status: &[u8]) -> TempServerError {
        let (version, status) =
            (self.programs.version.clone(), String::from_utf8_lossy(status).into_owned());
        TempServerError::Ended { version, doing, status, log: self.end_of_log() }
    }

    fn late(&self, doing: &'static str) -> TempServerError {
        let (version, seconds) = (self.programs.version.clone(), DEADLINE.as_secs());
        TempServerError::Deadline { version, doing, seconds, log: self.end_of_log() }
    }

    fn end_of_log(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().rev().take(20).collect();
        lines.into_iter().rev().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
    }
}
