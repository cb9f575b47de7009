//! Exit codes, and the texts of errors.

use std::io;

use crate::finding::State;
use crate::text::causes::one_line;

/// The exit code for invalid arguments of a command that runs no check.
pub(super) const USAGE: u8 = 2;

/// The exit code of a command that runs checks, if it cannot determine their state. Invalid arguments are a cause.
pub(super) const UNKNOWN: u8 = 3;

/// The exit code of a report with this state. A report that is OK but could not be written is Unknown.
pub(super) fn code(state: State, written: io::Result<()>) -> u8 {
    match state {
        State::Ok if written.is_err_and(|error| is_lost(&error)) => State::Unknown.exit_code(),
        state => state.exit_code(),
    }
}

/// Whether output is lost. A reader that has closed the pipe does not need the rest.
pub(super) fn is_lost(error: &io::Error) -> bool {
    error.kind() != io::ErrorKind::BrokenPipe
}

/// An error with all its causes in one line.
pub(super) fn error_text(error: &anyhow::Error) -> String {
    one_line(error.as_ref())
}

/// Whether the reader of the output has closed the pipe, as in `posemo list | head -1`.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let pipe = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(pipe))
}
