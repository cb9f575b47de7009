//! Why a script returned no findings.

use std::path::PathBuf;
use std::time::Duration;

use crate::evaluate::script::ScriptFailure;

/// Why a script returned no findings. Each error is about one request; the worker serves the next one.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The script failed.
    #[error(transparent)]
    Script(#[from] ScriptFailure),
    /// The program could not be started as a worker.
    #[error(
        "cannot start {program} as the worker that runs scripts: {source}; check that the file still exists"
    )]
    Start {
        /// The program.
        program: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The rows are too large for a worker.
    #[error(
        "{check}: the rows for its script take {bytes} bytes, {limit} are allowed: \
         let the query return fewer rows"
    )]
    TooMuch {
        /// The check.
        check: String,
        /// The size of the request, in bytes.
        bytes: usize,
        /// The maximum size.
        limit: usize,
    },
    /// The script took too long, and its worker was killed.
    #[error("{check}: its script was stopped after {} s: look for a loop that does not end", .allowed.as_secs_f64())]
    Overran {
        /// The check.
        check: String,
        /// The maximum time.
        allowed: Duration,
    },
    /// The worker was not ready in time.
    #[error("{check}: its script was not run, because its worker did not start within {} s: the system is busy", .allowed.as_secs_f64())]
    Late {
        /// The check.
        check: String,
        /// The maximum time.
        allowed: Duration,
    },
    /// The worker ended during the request.
    #[error("{check}: its script {end}")]
    Died {
        /// The check.
        check: String,
        /// How the worker ended and what to do, as the end of a sentence about the script.
        end: String,
    },
    /// The worker sent bytes that are not a reply.
    #[error(
        "{check}: its worker sent an invalid reply and was stopped: report this, with the script"
    )]
    Garbled {
        /// The check.
        check: String,
    },
}

impl SandboxError {
    /// The other lines of the message, if any.
    pub fn details(&self) -> Option<&str> {
        match self {
            Self::Script(failure) => failure.error.details(),
            _ => None,
        }
    }

    /// The lines that the script printed, if known: those of a worker that was stopped are lost.
    pub fn printed(&self) -> &[String] {
        match self {
            Self::Script(failure) => &failure.printed,
            _ => &[],
        }
    }
}
