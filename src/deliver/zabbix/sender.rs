//! Sends values in batches to the first server of a list that answers, and determines which of them were refused.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;

use super::wire::{self, ZabbixAnswer};
use crate::deliver::error::DeliverError;
use crate::output::zabbix::{ItemValue, timestamp};

/// The number of values in a packet, as in `zabbix_sender`.
pub(super) const BATCH: usize = 250;

/// To determine which value of a batch was refused takes further packets. A run sends at most this number of them.
const MOST_SEARCHES: u32 = 64;

/// A value and its position in the run. The position is in its time, so a value that is sent twice is the same value.
pub(super) type Numbered<'a> = (usize, &'a ItemValue);

/// Sends to the servers of a list.
pub(super) struct Sender<'a> {
    servers: &'a [String],
    /// The server that answered last. It is not in the list if a server of the list redirected to it.
    place: Option<String>,
    clock: Timestamp,
    deadline: Instant,
    searches: u32,
}

/// How many values were accepted, and which were refused.
#[derive(Default)]
pub(super) struct SentValues<'a> {
    /// The number of accepted values.
    pub(super) taken: usize,
    /// The values that are known to be refused.
    pub(super) refused: Vec<Numbered<'a>>,
    /// The number of refused values that were not determined.
    pub(super) unlocated: usize,
}

impl Sender<'_> {
    /// A sender whose time limit begins now.
    pub(super) fn new(servers: &[String], clock: Timestamp, timeout: Duration) -> Sender<'_> {
        let deadline = Instant::now() + timeout;
        Sender { servers, place: None, clock, deadline, searches: MOST_SEARCHES }
    }

    /// The server that answered, or all servers, for messages.
    pub(super) fn place(&self) -> String {
        self.place.clone().unwrap_or_else(|| self.servers.join(", "))
    }

    /// The time left for all packets.
    pub(super) fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Sends values, and adds how many were accepted and which were refused.
    pub(super) fn send<'v>(
        &mut self,
        values: &[Numbered<'v>],
        sent: &mut SentValues<'v>,
    ) -> Result<(), DeliverError> {
        for batch in values.chunks(BATCH) {
            let failed = self.exchange(batch)?;
            sent.taken += batch.len() - failed;
            self.locate(batch, failed, sent)?;
        }
        Ok(())
    }

    /// Determines which values of a batch were refused: sends a half of it again, and so on. Zabbix stores no value
    /// twice, as each has the time and the nanosecond of the first time.
    fn locate<'v>(
        &mut self,
        batch: &[Numbered<'v>],
        failed: usize,
        sent: &mut SentValues<'v>,
    ) -> Result<(), DeliverError> {
        if failed == 0 {
            return Ok(());
        }
        if failed >= batch.len() {
            sent.refused.extend_from_slice(batch);
            return Ok(());
        }
        if self.searches == 0 {
            sent.unlocated += failed;
            return Ok(());
        }
        self.searches -= 1;
        let (first, second) = batch.split_at(batch.len() / 2);
        let in_first = self.exchange(first)?.min(failed);
        self.locate(first, in_first, sent)?;
        self.locate(second, failed - in_first, sent)
    }

    /// Sends one batch, and returns how many values were refused.
    fn exchange(&mut self, batch: &[Numbered<'_>]) -> Result<usize, DeliverError> {
        let body = body(batch, self.clock);
        let known = self.place.iter().cloned();
        let others = self.servers.iter().filter(|server| Some(*server) != self.place.as_ref());
        let servers: Vec<String> = known.chain(others.cloned()).collect();
        let mut reasons = Vec::new();
        for (tried, server) in servers.iter().enumerate() {
            // A server that does not answer must leave time for the next one.
            let share = u32::try_from(servers.len() - tried).unwrap_or(u32::MAX);
            let deadline = Instant::now() + self.time_left() / share;
            match exchange(server, &body, deadline) {
                Ok((place, ZabbixAnswer::Counted { failed, .. })) => {
                    self.place = Some(place);
                    return Ok(failed.min(batch.len()));
                }
                Ok((place, ZabbixAnswer::Refused(reason) | ZabbixAnswer::Redirect(reason))) => {
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

/// The answer of a server, or of the server that it redirects to. Only one redirection is followed.
fn exchange(
    server: &str,
    body: &[u8],
    deadline: Instant,
) -> Result<(String, ZabbixAnswer), String> {
    let address = match wire::exchange(server, body, deadline)? {
        ZabbixAnswer::Redirect(address) => address,
        answer => return Ok((server.to_owned(), answer)),
    };
    let answer = wire::exchange(&address, body, deadline)
        .map_err(|reason| format!("redirects to {address}: {reason}"))?;
    let answer = match answer {
        ZabbixAnswer::Redirect(next) => {
            ZabbixAnswer::Refused(format!("{server} redirects to it, and it redirects to {next}"))
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
