//! Sends values in batches to the first server of a list that answers, and finds out which were refused.
//!
//! It knows nothing of checks.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;

use super::wire::{self, Answer};
use crate::deliver::DeliverError;
use crate::output::zabbix::{ItemValue, timestamp};

/// As many as Zabbix's own sender puts into a packet.
pub(super) const BATCH: usize = 250;

/// Finding out which value of a batch was refused takes further packets; no run sends more of them.
const MOST_QUESTIONS: u32 = 64;

/// A value and its place among all of the run, which is in its time: sent again it is the same value.
pub(super) type Numbered<'a> = (usize, &'a ItemValue);

/// A way to the servers of a list.
pub(super) struct Sender<'a> {
    servers: &'a [String],
    /// Who answered last; none of the list where it sent us elsewhere.
    place: Option<String>,
    clock: Timestamp,
    deadline: Instant,
    questions: u32,
}

/// What became of values.
#[derive(Default)]
pub(super) struct Outcome<'a> {
    /// How many were taken.
    pub(super) taken: usize,
    /// Those that are known to be refused.
    pub(super) refused: Vec<Numbered<'a>>,
    /// How many more were refused.
    pub(super) others: usize,
}

impl Sender<'_> {
    /// Nothing is sent yet.
    pub(super) fn new(servers: &[String], clock: Timestamp, timeout: Duration) -> Sender<'_> {
        let deadline = Instant::now() + timeout;
        Sender { servers, place: None, clock, deadline, questions: MOST_QUESTIONS }
    }

    /// Who is spoken to, for messages.
    pub(super) fn place(&self) -> String {
        self.place.clone().unwrap_or_else(|| self.servers.join(", "))
    }

    /// The time left for everything.
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Sends values and adds what became of them.
    pub(super) fn send<'v>(
        &mut self,
        values: &[Numbered<'v>],
        outcome: &mut Outcome<'v>,
    ) -> Result<(), DeliverError> {
        for batch in values.chunks(BATCH) {
            let failed = self.ask(batch)?;
            outcome.taken += batch.len() - failed;
            self.locate(batch, failed, outcome)?;
        }
        Ok(())
    }

    /// Which of a batch were refused is found by sending a half of it again, and so on. That makes no new
    /// values, as they have the time and the nanosecond of the first time.
    fn locate<'v>(
        &mut self,
        batch: &[Numbered<'v>],
        failed: usize,
        outcome: &mut Outcome<'v>,
    ) -> Result<(), DeliverError> {
        if failed == 0 {
            return Ok(());
        }
        if failed >= batch.len() {
            outcome.refused.extend_from_slice(batch);
            return Ok(());
        }
        if self.questions == 0 {
            outcome.others += failed;
            return Ok(());
        }
        self.questions -= 1;
        let (first, second) = batch.split_at(batch.len() / 2);
        let in_first = self.ask(first)?.min(failed);
        self.locate(first, in_first, outcome)?;
        self.locate(second, failed - in_first, outcome)
    }

    /// Sends one batch, and says how many were refused.
    fn ask(&mut self, batch: &[Numbered<'_>]) -> Result<usize, DeliverError> {
        let body = body(batch, self.clock);
        let known = self.place.iter().cloned();
        let others = self.servers.iter().filter(|server| Some(*server) != self.place.as_ref());
        let servers: Vec<String> = known.chain(others.cloned()).collect();
        let mut reasons = Vec::new();
        for (tried, server) in servers.iter().enumerate() {
            // A server that is silent must leave time for the next one.
            let share = u32::try_from(servers.len() - tried).unwrap_or(u32::MAX);
            let deadline = Instant::now() + self.left() / share;
            match tell(server, &body, deadline) {
                Ok((place, Answer::Counted { failed, .. })) => {
                    self.place = Some(place);
                    return Ok(failed.min(batch.len()));
                }
                Ok((place, Answer::Refused(reason) | Answer::Elsewhere(reason))) => {
                    return Err(DeliverError::Refused { place, reason });
                }
                Err(reason) if servers.len() == 1 => reasons.push(reason),
                Err(reason) => reasons.push(format!("{server}: {reason}")),
            }
        }
        let place = self.servers.join(", ");
        Err(DeliverError::Unreachable { place, reason: reasons.join("; ") })
    }
}

/// One server's answer, or that of the one it names in its place, which is asked once.
fn tell(server: &str, body: &[u8], deadline: Instant) -> Result<(String, Answer), String> {
    let address = match wire::exchange(server, body, deadline)? {
        Answer::Elsewhere(address) => address,
        answer => return Ok((server.to_owned(), answer)),
    };
    let answer = wire::exchange(&address, body, deadline)
        .map_err(|reason| format!("sends us to {address}: {reason}"))?;
    let answer = match answer {
        Answer::Elsewhere(next) => {
            Answer::Refused(format!("{server} sends us to it, and it on to {next}"))
        }
        answer => answer,
    };
    Ok((address, answer))
}

fn body(batch: &[Numbered<'_>], clock: Timestamp) -> Vec<u8> {
    let data: Vec<_> = batch
        .iter()
        .map(|(number, value)| {
            let ItemValue { host, key, value, .. } = value;
            let (clock, ns) = timestamp(clock, *number);
            json!({ "host": host, "key": key, "value": value, "clock": clock, "ns": ns })
        })
        .collect();
    json!({ "request": "sender data", "data": data }).to_string().into_bytes()
}
