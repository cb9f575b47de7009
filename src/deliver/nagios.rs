//! Passive check results for Nagios, through its command file or its directory for results.
//!
//! It makes no services: `posemo print-config nagios` writes their definitions.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;

use super::DeliverError;
use super::passive::{Outcome, outcomes, times};
use crate::finding::report::Report;
use crate::output::host_name::FORBIDDEN_BY_NAGIOS;
use crate::settings::receiver::Receiver;

mod spool;

pub(super) use spool::spool;

/// What Linux writes into a pipe at once or not at all.
const PIPE_BUF: usize = 4096;

/// What the words before a text may take: time, command, a host and a service with long names.
const WORDS: usize = 700;

/// Writes one command a service into Nagios' command file, each at once, so that none is torn.
pub(super) fn command(
    receiver: &Receiver,
    file: &Path,
    report: &Report,
) -> Result<String, DeliverError> {
    let deadline = Instant::now() + receiver.timeout;
    let mut pipe = open(file)?;
    let most = PIPE_BUF - WORDS;
    let (outcomes, mut losses) = outcomes(receiver, report, FORBIDDEN_BY_NAGIOS, most);
    let ended = times(report).1;
    let mut taken = 0;
    let mut broken = None;
    for outcome in &outcomes {
        if broken.is_none() {
            broken = write(&mut pipe, line(outcome, ended).as_bytes(), deadline).err();
        }
        match &broken {
            None => taken += 1,
            Some(error) => losses.add(
                &outcome.host,
                &outcome.service,
                format!("not written, {error}; the next run tells it again"),
            ),
        }
    }
    losses.conclude(&file.display().to_string(), taken)
}

/// The command file, opened without waiting for somebody to read it.
fn open(path: &Path) -> Result<File, DeliverError> {
    let trouble = |source: io::Error| {
        let source = match rustix::io::Errno::from_io_error(&source) {
            Some(rustix::io::Errno::NXIO) => io::Error::other(
                "nobody reads it; is Nagios running, with check_external_commands=1?",
            ),
            Some(rustix::io::Errno::NOENT) => io::Error::other(
                "there is no such file; Nagios makes it when it starts: is it running, and is this its command_file?",
            ),
            Some(rustix::io::Errno::ACCESS) => io::Error::other(
                "permission denied; the user that posemo runs as belongs into the file's group",
            ),
            _ => source,
        };
        DeliverError::File { what: "open", path: path.to_owned(), source }
    };
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().write(true).custom_flags(flags).open(path).map_err(trouble)?;
    // Where Nagios is down, some shell's redirection may have made a file of that name.
    let is_pipe = file.metadata().map_err(trouble)?.file_type().is_fifo();
    if is_pipe {
        Ok(file)
    } else {
        Err(trouble(io::Error::other("it is no named pipe; remove it and start Nagios")))
    }
}

/// Writes at once, or waits until there is room.
fn write(pipe: &mut File, line: &[u8], deadline: Instant) -> io::Result<()> {
    loop {
        match pipe.write(line) {
            Ok(written) if written == line.len() => return Ok(()),
            Ok(_) => return Err(io::Error::other("the pipe took a part of a command")),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(io::Error::other("the pipe is full; Nagios does not read it"));
                }
                // The pipe may say that there is room for less than a command, so it is asked again soon.
                let wait = Timespec::try_from(left.min(Duration::from_millis(20)));
                let wait = wait.map_err(io::Error::other)?;
                poll(&mut [PollFd::new(&*pipe, PollFlags::OUT)], Some(&wait))?;
                std::thread::sleep(Duration::from_millis(5).min(left));
            }
            Err(error) => return Err(error),
        }
    }
}

/// The command that tells the result of a service.
fn line(outcome: &Outcome, ended: f64) -> String {
    let Outcome { host, service, code, .. } = outcome;
    let seconds = Duration::try_from_secs_f64(ended).unwrap_or_default().as_secs();
    let start = format!("[{seconds}] PROCESS_SERVICE_CHECK_RESULT;{host};{service};{code};");
    format!("{start}{}\n", escaped(outcome, PIPE_BUF - start.len().min(PIPE_BUF / 2) - 1))
}

/// What a plugin would print, in one line of at most so many bytes.
///
/// A backslash stands for itself only where it is doubled, and a line's end takes two bytes. Lines are
/// left out from the end where they do not fit; a metric never is, there is always room for these.
fn escaped(outcome: &Outcome, most: usize) -> String {
    let mut output = outcome.output.clone();
    loop {
        let whole = output.whole();
        let text = whole.trim_end().replace('\\', "\\\\").replace('\n', "\\n");
        if text.len() <= most || output.below.pop().is_none() && output.metrics.pop().is_none() {
            return text;
        }
    }
}
