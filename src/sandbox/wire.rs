//! The requests and replies between the program and its worker, and their maximum sizes.
//!
//! Neither side is trusted: sizes are checked before memory is allocated, and contents before they are used.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::evaluate::script::{MOST_FINDINGS, MOST_TEXT, ScriptFailure, ScriptJudgement};
use crate::finding::{Finding, Severity};
use crate::rows::{Rows, ScriptInput};

/// The maximum size of a request, in bytes. The worker needs about ten times as much memory for it.
pub(super) const MOST_REQUEST: usize = 16 * 1024 * 1024;

/// The maximum size of a reply, in bytes: the texts of the findings, some bytes for each, and the printed lines.
pub(super) const MOST_REPLY: usize = 2 * MOST_TEXT;

/// The number of bytes before a frame's content; they have its length.
pub(super) const HEADER: usize = 4;

/// The maximum size of the printed lines in a reply, in bytes.
const MOST_PRINTED: usize = MOST_TEXT / 4;

/// A script to judge.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request<'r> {
    pub(super) check: Cow<'r, str>,
    pub(super) source: Cow<'r, str>,
    pub(super) docs: Cow<'r, ScriptInput>,
    /// The maximum time; the worker limits its processor time to it.
    pub(super) allowed: Duration,
}

impl<'r> Request<'r> {
    pub(super) fn new(
        check: &'r str,
        source: &'r str,
        docs: &'r ScriptInput,
        allowed: Duration,
    ) -> Request<'r> {
        Request { check: check.into(), source: source.into(), docs: Cow::Borrowed(docs), allowed }
    }

    /// The frame; the error is the size of a request that is too large.
    pub(super) fn to_frame(&self) -> Result<Vec<u8>, usize> {
        frame(self, MOST_REQUEST)
    }
}

/// The result of a request.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// The findings, and the lines that the script printed.
    Judged { findings: Vec<WireFinding>, printed: Vec<String>, rows: Option<Rows> },
    /// The script failed.
    Failed(ScriptFailure),
    /// The interpreter panicked; the worker ends after this reply.
    Panicked(String),
    /// The worker could not limit itself, so it runs no script; it ends after this reply.
    Refused(String),
    /// The worker has started. It sends this once, before the first request.
    Ready,
}

impl Reply {
    /// The reply with the result of the judge.
    pub(super) fn new(judged: Result<ScriptJudgement, ScriptFailure>) -> Reply {
        match judged {
            Ok(ScriptJudgement { findings, printed, rows }) => {
                let findings = findings.into_iter().map(WireFinding::from_finding).collect();
                Self::Judged { findings, printed: fitting(printed), rows }
            }
            Err(ScriptFailure { error, printed }) => {
                Self::Failed(ScriptFailure { error, printed: fitting(printed) })
            }
        }
    }

    /// The frame.
    pub(super) fn to_frame(&self) -> Vec<u8> {
        frame(self, MOST_REPLY).unwrap_or_else(|bytes| {
            let reason = format!("the reply has {bytes} bytes, {MOST_REPLY} are allowed");
            frame(&Self::Refused(reason), MOST_REPLY).expect("one sentence is short enough")
        })
    }

    /// The reply in a frame's content; `None` if it is not a reply, or has more findings than are allowed.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Reply> {
        let (reply, rest) = postcard::take_from_bytes::<Reply>(bytes).ok()?;
        let sound = match &reply {
            Self::Judged { findings, rows, .. } => {
                findings.len() <= MOST_FINDINGS && rows.as_ref().is_none_or(is_sound)
            }
            Self::Failed(_) | Self::Panicked(_) | Self::Refused(_) | Self::Ready => true,
        };
        (sound && rest.is_empty()).then_some(reply)
    }
}

/// A finding without the fields that follow from the others.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WireFinding {
    severity: u8,
    summary: String,
    description: Option<String>,
    read_more_url: Option<String>,
    labels: BTreeMap<String, String>,
}

impl WireFinding {
    fn from_finding(finding: Finding) -> WireFinding {
        let position = Severity::ALL.iter().position(|known| *known == finding.severity);
        WireFinding {
            severity: position
                .and_then(|at| u8::try_from(at).ok())
                .expect("ALL contains each severity"),
            summary: finding.summary,
            description: finding.description,
            read_more_url: finding.read_more_url,
            labels: finding.labels,
        }
    }

    /// The finding; `None` if the number is not a severity.
    pub(super) fn into_finding(self) -> Option<Finding> {
        let severity = *Severity::ALL.get(usize::from(self.severity))?;
        Some(Finding {
            state: severity.state(),
            severity,
            object: self.labels.get("object").cloned(),
            summary: self.summary,
            description: self.description,
            read_more_url: self.read_more_url,
            labels: self.labels,
            references: Arc::default(),
            since: None,
            suppressed: None,
        })
    }
}

/// Whether each row has a value for each column.
fn is_sound(rows: &Rows) -> bool {
    rows.rows.iter().all(|row| row.len() == rows.columns.len())
}

/// The first of the printed lines, as many as fit into a reply.
fn fitting(printed: Vec<String>) -> Vec<String> {
    let mut room = MOST_PRINTED;
    let fits = |line: &String| {
        room = room.saturating_sub(line.len() + HEADER);
        room > 0
    };
    printed.into_iter().take_while(fits).collect()
}

/// The length of a frame's content; `None` if it exceeds the maximum.
pub(super) fn content_length(header: [u8; HEADER], most: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(header)).ok().filter(|&length| length <= most)
}

fn frame(content: &impl Serialize, most: usize) -> Result<Vec<u8>, usize> {
    let mut frame = postcard::to_extend(content, vec![0; HEADER])
        .expect("strings, numbers and lists can be serialized");
    let length = frame.len() - HEADER;
    match u32::try_from(length) {
        Ok(header) if length <= most => {
            frame[..HEADER].copy_from_slice(&header.to_le_bytes());
            Ok(frame)
        }
        _ => Err(length),
    }
}
