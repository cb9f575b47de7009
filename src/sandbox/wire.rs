//! What goes over the pipe between the program and its worker, and how much of it at most.
//!
//! It trusts neither side: sizes are checked before memory is taken, contents before they are used.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::evaluate::script::{Judged, MOST_FINDINGS, MOST_TEXT, Unjudged};
use crate::finding::{self, Severity};
use crate::rows::ScriptInput;

/// The largest request, in bytes. Its documents take some ten times that in the worker.
pub(super) const MOST_REQUEST: usize = 16 * 1024 * 1024;

/// The largest reply, in bytes: the text of the findings, some bytes for each, and what was printed.
pub(super) const MOST_REPLY: usize = 2 * MOST_TEXT;

/// The bytes before a frame's content that say how long it is.
pub(super) const HEADER: usize = 4;

/// What printed text may take of a reply.
const MOST_PRINTED: usize = MOST_TEXT / 4;

/// A script to judge.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request<'r> {
    pub(super) check: Cow<'r, str>,
    pub(super) source: Cow<'r, str>,
    pub(super) docs: Cow<'r, ScriptInput>,
    /// How long it may take; the worker bounds its processor time by it.
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

    /// The frame; its size where that is too large.
    pub(super) fn to_frame(&self) -> Result<Vec<u8>, usize> {
        frame(self, MOST_REQUEST)
    }
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// Findings, and what the script printed.
    Judged { findings: Vec<Finding>, printed: Vec<String> },
    /// The script's own failure.
    Failed(Unjudged),
    /// The interpreter gave up; the worker ends after saying so.
    Panicked(String),
    /// The worker could not bound itself, and judges nothing; it ends after saying so.
    Refused(String),
}

impl Reply {
    /// The reply to what the judge said.
    pub(super) fn new(judged: Result<Judged, Unjudged>) -> Reply {
        match judged {
            Ok(Judged { findings, printed }) => {
                let findings = findings.into_iter().map(Finding::from_finding).collect();
                Self::Judged { findings, printed: fitting(printed) }
            }
            Err(Unjudged { error, printed }) => {
                Self::Failed(Unjudged { error, printed: fitting(printed) })
            }
        }
    }

    /// The frame.
    pub(super) fn to_frame(&self) -> Vec<u8> {
        frame(self, MOST_REPLY).unwrap_or_else(|bytes| {
            let reason = format!("a reply of {bytes} bytes, of which {MOST_REPLY} are allowed");
            frame(&Self::Refused(reason), MOST_REPLY).expect("one sentence is shorter than that")
        })
    }

    /// The reply in a frame's content, unless it is not one or holds more than a judge says.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Reply> {
        let (reply, rest) = postcard::take_from_bytes::<Reply>(bytes).ok()?;
        let sound = match &reply {
            Self::Judged { findings, .. } => findings.len() <= MOST_FINDINGS,
            Self::Failed(_) | Self::Panicked(_) | Self::Refused(_) => true,
        };
        (sound && rest.is_empty()).then_some(reply)
    }
}

/// A finding without what follows from the rest of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Finding {
    severity: u8,
    summary: String,
    description: Option<String>,
    read_more_url: Option<String>,
    labels: BTreeMap<String, String>,
}

impl Finding {
    fn from_finding(finding: finding::Finding) -> Finding {
        let position = Severity::ALL.iter().position(|known| *known == finding.severity);
        Finding {
            severity: position.and_then(|at| u8::try_from(at).ok()).expect("ALL holds all eight"),
            summary: finding.summary,
            description: finding.description,
            read_more_url: finding.read_more_url,
            labels: finding.labels,
        }
    }

    /// The finding, unless its severity is none.
    pub(super) fn into_finding(self) -> Option<finding::Finding> {
        let severity = *Severity::ALL.get(usize::from(self.severity))?;
        Some(finding::Finding {
            state: severity.state(),
            severity,
            object: self.labels.get("object").cloned(),
            summary: self.summary,
            description: self.description,
            read_more_url: self.read_more_url,
            labels: self.labels,
        })
    }
}

/// The first lines, as many as a reply has room for.
fn fitting(printed: Vec<String>) -> Vec<String> {
    let mut room = MOST_PRINTED;
    let fits = |line: &String| {
        room = room.saturating_sub(line.len() + HEADER);
        room > 0
    };
    printed.into_iter().take_while(fits).collect()
}

/// How long the content of a frame is, unless it is longer than that side may send.
pub(super) fn content_length(header: [u8; HEADER], most: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(header)).ok().filter(|&length| length <= most)
}

fn frame(content: &impl Serialize, most: usize) -> Result<Vec<u8>, usize> {
    let mut frame = postcard::to_extend(content, vec![0; HEADER])
        .expect("strings, numbers and lists can always be serialised");
    let length = frame.len() - HEADER;
    match u32::try_from(length) {
        Ok(header) if length <= most => {
            frame[..HEADER].copy_from_slice(&header.to_le_bytes());
            Ok(frame)
        }
        _ => Err(length),
    }
}
