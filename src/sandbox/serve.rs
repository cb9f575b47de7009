//! The worker: limits itself, then judges one request after another until its input ends.
//!
//! It opens nothing, logs nothing and keeps nothing between requests.

use std::io::{ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::evaluate::script;
use crate::sandbox::limits::{self, LimitError};
use crate::sandbox::wire::{self, Reply, Request};

/// The stack size of the thread that judges: the parser and the compiler are recursive.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Why a worker ended before its input did.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A limit could not be set.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The pipe failed, or the thread could not be started.
    #[error("the worker that runs scripts failed: {0}")]
    Io(#[from] std::io::Error),
    /// The input is not a request.
    #[error(
        "the worker that runs scripts read an invalid request; `__worker` is only for calls by posemo itself"
    )]
    NoRequest,
    /// The interpreter panicked. Its memory may be inconsistent, so the worker ends.
    #[error("the interpreter of scripts panicked: {0}")]
    Panicked(String),
}

/// Reads requests from `input` and writes replies to `output`, until `input` ends.
pub fn serve(
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
) -> Result<(), ServeError> {
    let builder = std::thread::Builder::new().name("judge".to_owned()).stack_size(STACK_BYTES);
    let thread = builder.spawn(move || judge_all(input, output))?;
    thread.join().unwrap_or_else(|_| Err(ServeError::Panicked("outside of a script".to_owned())))
}

fn judge_all(mut input: impl Read, mut output: impl Write) -> Result<(), ServeError> {
    let started = Instant::now();
    if let Err(error) = limits::apply() {
        send(&mut output, &Reply::Refused(error.to_string()))?;
        return Err(error.into());
    }
    script::prepare();
    send(&mut output, &Reply::Ready)?;
    while let Some(bytes) = next(&mut input)? {
        let request = postcard::from_bytes::<Request>(&bytes).map_err(|_| ServeError::NoRequest)?;
        drop(bytes);
        limits::renew_processor_time(started, request.allowed)?;
        let reply = judge(&request);
        send(&mut output, &reply)?;
        if let Reply::Panicked(message) = reply {
            return Err(ServeError::Panicked(message));
        }
    }
    Ok(())
}

fn judge(request: &Request) -> Reply {
    let judge = || script::judge(&request.check, &request.source, &request.docs);
    match catch_unwind(AssertUnwindSafe(judge)) {
        Ok(judged) => Reply::new(judged),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Reply::Panicked(text.unwrap_or("no reason given").chars().take(200).collect())
        }
    }
}

fn send(output: &mut impl Write, reply: &Reply) -> std::io::Result<()> {
    output.write_all(&reply.to_frame())?;
    output.flush()
}

/// The content of the next frame; `None` if the input ends between two frames.
fn next(input: &mut impl Read) -> Result<Option<Vec<u8>>, ServeError> {
    let mut header = [0; wire::HEADER];
    match input.read_exact(&mut header) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = wire::content_length(header, wire::MOST_REQUEST).ok_or(ServeError::NoRequest)?;
    let mut bytes = vec![0; length];
    input.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}
