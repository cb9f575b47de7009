//! Sends passive check results to Nagios, through its command file or its directory for check results.
//!
//! It creates no services: `posemo print-config nagios` prints their definitions.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;

use super::error::DeliverError;
use super::passive::{ServiceResult, service_results, times};
use crate::finding::report::Report;
use crate::output::host_name::FORBIDDEN_BY_NAGIOS;
use crate::settings::receiver::Receiver;

mod spool;

pub(super) use spool::write_spool;

/// Linux writes at most this number of bytes into a pipe without splitting them.
const PIPE_BUF: usize = 4096;

/// The number of bytes reserved for the fields before the text: time, command, and long names of host and service.
const FIELDS: usize = 700;

/// Writes one command for each service into Nagios' command file, each with a single write, so that commands of
/// other programs do not mix with it.
pub(super) fn write_commands(
    receiver: &Receiver,
    file: &Path,
    report: &Report,
) -> Result<String, DeliverError> {
    let deadline = Instant::now() + receiver.timeout;
    let mut pipe = open(file)?;
    let most = PIPE_BUF - FIELDS;
    let (results, mut losses) = service_results(receiver, report, FORBIDDEN_BY_NAGIOS, most);
    let ended = times(report).1;
    let mut taken = 0;
    let mut broken = None;
    for result in &results {
        if broken.is_none() {
            broken = write(&mut pipe, command(result, ended).as_bytes(), deadline).err();
        }
        match &broken {
            None => taken += 1,
            Some(error) => losses.add(
                &result.host,
                &result.service,
                format!("not written, {error}; the next run sends it again"),
            ),
        }
    }
    losses.into_result(&file.display().to_string(), taken)
}

/// Opens the command file without waiting for a reader.
fn open(path: &Path) -> Result<File, DeliverError> {
    let error = |source: io::Error| {
        let source = match rustix::io::Errno::from_io_error(&source) {
            Some(rustix::io::Errno::NXIO) => {
                io::Error::other("no program reads it; start Nagios with check_external_commands=1")
            }
            Some(rustix::io::Errno::NOENT) => io::Error::other(
                "the file does not exist; Nagios creates its command_file when it starts",
            ),
            Some(rustix::io::Errno::ACCESS) => io::Error::other(
                "permission denied; add the user that posemo runs as to the group of the file",
            ),
            _ => source,
        };
        DeliverError::File { action: "open", path: path.to_owned(), source }
    };
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().write(true).custom_flags(flags).open(path).map_err(error)?;
    // While Nagios is down, the redirection of a shell may have created a regular file with this name.
    let is_pipe = file.metadata().map_err(error)?.file_type().is_fifo();
    if is_pipe {
        Ok(file)
    } else {
        Err(error(io::Error::other("it is not a named pipe; remove it and start Nagios")))
    }
}

/// Writes a command. Where the pipe is full, waits until Nagios reads it.
fn write(pipe: &mut File, line: &[u8], deadline: Instant) -> io::Result<()> {
    loop {
        match pipe.write(line) {
            Ok(written) if written == line.len() => return Ok(()),
            Ok(_) => return Err(io::Error::other("the pipe accepted only a part of a command")),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(io::Error::other("the pipe is full; Nagios does not read it"));
                }
                // poll() also returns where the free space is too small for a command, so this does not rely on it.
                let wait = Timespec::try_from(left.min(Duration::from_millis(20)));
                let wait = wait.map_err(io::Error::other)?;
                poll(&mut [PollFd::new(&*pipe, PollFlags::OUT)], Some(&wait))?;
                std::thread::sleep(Duration::from_millis(5).min(left));
            }
            Err(error) => return Err(error),
        }
    }
}

/// The command with the result of a service.
fn command(result: &ServiceResult, ended: f64) -> String {
    let ServiceResult { host, service, state, .. } = result;
    let (code, seconds) =
        (state.exit_code(), Duration::try_from_secs_f64(ended).unwrap_or_default().as_secs());
    let start = format!("[{seconds}] PROCESS_SERVICE_CHECK_RESULT;{host};{service};{code};");
    format!("{start}{}\n", result.nagios_text(PIPE_BUF - start.len().min(PIPE_BUF / 2) - 1))
}
