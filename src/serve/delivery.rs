//! The threads that send results to receivers.
//!
//! Alertmanager gets all alerts again at least once a minute, each with an end that is four minutes away. The other
//! receivers get each result once, with its own time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::error::StartError;
use super::mirroring::{self, mirrored};
use super::queue::Queue;
use crate::board::{Board, TargetHolder};
use crate::deliver::alertmanager::mirror::{MirrorState, mirror};
use crate::deliver::alertmanager::reach;
use crate::deliver::{DeliverError, deliver};
use crate::finding::report::Report;
use crate::history::silence::OwnSilence;
use crate::settings::receiver::{Receiver, ReceiverKind};

/// The longest time between two messages to Alertmanager.
const AGAIN: Duration = Duration::from_secs(60);

/// Changes within this time are sent together.
const TOGETHER: Duration = Duration::from_millis(500);

/// The time before the second attempt; it doubles up to [`AGAIN`].
const PAUSE: Duration = Duration::from_secs(2);

/// How often the lease of the node is looked at while it has to be renewed.
const LEASE: Duration = Duration::from_millis(50);

/// The receivers in use.
#[derive(Default)]
pub(super) struct Deliveries {
    all: Vec<Delivery>,
}

struct Delivery {
    receiver: Receiver,
    queue: Arc<Queue>,
}

impl Deliveries {
    /// Starts a thread for each new or changed receiver, and ends those of the others.
    pub(super) fn replace(
        &mut self,
        receivers: Vec<Receiver>,
        board: &Arc<Board>,
    ) -> Result<(), StartError> {
        let (kept, ended): (Vec<Delivery>, Vec<Delivery>) =
            self.all.drain(..).partition(|one| receivers.contains(&one.receiver));
        for one in &ended {
            one.queue.stop();
        }
        self.all = kept;
        for receiver in receivers {
            if self.all.iter().any(|one| one.receiver == receiver) {
                continue;
            }
            let queue = Arc::new(Queue::default());
            let sending = ReceiverThread {
                receiver: receiver.clone(),
                queue: Arc::clone(&queue),
                board: Arc::clone(board),
            };
            thread::Builder::new()
                .name(format!("receiver {}", receiver.name))
                .spawn(move || sending.run())
                .map_err(StartError::Start)?;
            self.all.push(Delivery { receiver, queue });
        }
        board.limit_receivers(|name| self.all.iter().any(|one| one.receiver.name == name));
        Ok(())
    }

    /// Passes the report of a sweep on.
    pub(super) fn push(&self, report: &Report) {
        for one in self.all.iter().filter(|one| !gets_everything(&one.receiver)) {
            one.queue.push(report.clone());
        }
    }

    /// Wakes the receivers that get everything, as a state changed.
    pub(super) fn changed(&self) {
        for one in self.all.iter().filter(|one| gets_everything(&one.receiver)) {
            one.queue.changed();
        }
    }

    /// Ends all threads. Returns the number of targets whose results wait.
    pub(super) fn stop(&self) -> usize {
        for one in &self.all {
            one.queue.stop();
        }
        self.waiting()
    }

    /// The number of targets whose results wait.
    pub(super) fn waiting(&self) -> usize {
        self.all.iter().map(|one| one.queue.len()).sum()
    }
}

/// Whether a receiver gets all alerts again and again.
fn gets_everything(receiver: &Receiver) -> bool {
    matches!(receiver.kind, ReceiverKind::Alertmanager(_))
}

/// Sends to one receiver.
struct ReceiverThread {
    receiver: Receiver,
    queue: Arc<Queue>,
    board: Arc<Board>,
}

impl ReceiverThread {
    fn run(self) {
        self.board.receiver(&self.receiver.name, |_| {});
        if gets_everything(&self.receiver) {
            self.send_everything();
        } else {
            self.send_results();
        }
    }

    fn send_everything(&self) {
        let interval = self.receiver.interval.min(AGAIN);
        let receiver = Receiver { interval, ..self.receiver.clone() };
        while self.queue.wait_for_change(interval) {
            if !self.queue.pause(TOGETHER) || !self.waits_for_lease() {
                return;
            }
            if self.may_be_cut_off() {
                if let ReceiverKind::Alertmanager(settings) = &receiver.kind
                    && let Err(error) = reach(&receiver, settings)
                {
                    self.record(Some(error.to_string()));
                    continue;
                }
                if !self.learns_holders() {
                    return;
                }
            }
            // The silences first, so that an alert that is silenced is never sent before.
            let (report, failed) = self.everything(&receiver);
            let sent = ReceiverThread::send(&receiver, &report);
            self.record(sent.err().map(|error| error.to_string()).or(failed));
        }
    }

    /// The report for an Alertmanager, after it got the silences, and why it did not get all of them.
    fn everything(&self, receiver: &Receiver) -> (Report, Option<String>) {
        let now = Timestamp::now();
        let silences = self.board.silences();
        let (active, over): (Vec<&OwnSilence>, Vec<&OwnSilence>) =
            silences.iter().partition(|silence| silence.is_active(now));
        let over: Vec<&str> = over
            .iter()
            // The others end there at the same time.
            .filter(|silence| silence.until > now)
            .map(|silence| silence.id.as_str())
            .collect();
        let wanted: Vec<_> =
            active.iter().filter_map(|silence| mirrored(silence, &self.board)).collect();
        let mut state = match &receiver.kind {
            ReceiverKind::Alertmanager(settings) if !wanted.is_empty() || !over.is_empty() => {
                catch_unwind(AssertUnwindSafe(|| mirror(receiver, settings, &wanted, &over)))
                    .unwrap_or_else(|_| MirrorState {
                        error: Some("internal error; please report it".to_owned()),
                        ..MirrorState::default()
                    })
            }
            _ => MirrorState::default(),
        };
        self.board.receiver(&receiver.name, |board| {
            // One that was not reached still has what it had.
            if state.error.is_some() {
                let is_active = |id: &&String| active.iter().any(|silence| silence.id == **id);
                state.present.extend(board.silences.iter().filter(is_active).cloned());
            }
            board.silences.clone_from(&state.present);
        });
        let targets = self.board.targets();
        // The other nodes send the alerts of their targets.
        let own = targets.iter().filter(|target| target.holder == TargetHolder::Own);
        let targets = own.map(|target| mirroring::report(target, &silences, &state.present, now));
        let targets = targets.collect();
        (Report { started: now, duration: Duration::ZERO, targets }, state.error)
    }

    fn send_results(&self) {
        let mut pause = PAUSE;
        while let Some(report) = self.queue.next() {
            if !self.waits_for_lease() {
                return;
            }
            if self.may_be_cut_off() && !self.learns_holders() {
                return;
            }
            if !self.is_own(&report) {
                continue;
            }
            let error = ReceiverThread::send(&self.receiver, &report).err();
            self.record(error.as_ref().map(ToString::to_string));
            match error {
                Some(Undelivered::Lost(_)) => {
                    self.queue.put_back(report);
                    if !self.queue.pause(pause) {
                        return;
                    }
                    pause = (pause * 2).min(AGAIN);
                }
                _ => pause = PAUSE,
            }
        }
    }

    /// Waits until it is known whether the lease of this node lasts. Returns whether the receiver is still in use.
    fn waits_for_lease(&self) -> bool {
        while !self.board.may_deliver() {
            if !self.queue.pause(LEASE) {
                return false;
            }
        }
        true
    }

    /// Whether this node reaches neither the history nor the receiver. Then it may have lost its network, and another node its
    /// targets, which are down for this node only.
    fn may_be_cut_off(&self) -> bool {
        self.board.is_node()
            && self.board.history().error.is_some()
            && self
                .board
                .receivers()
                .get(&self.receiver.name)
                .is_some_and(|one| one.error.is_some())
    }

    /// Waits for an attempt to renew the lease that begins after this call. Then the board shows whose the targets are, or only the
    /// history is away. Returns whether the receiver is still in use.
    fn learns_holders(&self) -> bool {
        let mut until = self.board.deliver_until();
        // The first one may have begun before.
        for _ in 0..2 {
            while self.board.deliver_until() == until {
                if !self.queue.pause(LEASE) {
                    return false;
                }
            }
            until = self.board.deliver_until();
        }
        true
    }

    /// Whether this process still watches the target of a report.
    fn is_own(&self, report: &Report) -> bool {
        let targets = report.targets.iter().filter_map(|one| self.board.target(&one.target));
        targets.into_iter().all(|target| target.holder == TargetHolder::Own)
    }

    /// Sends a report. A panic is an error of the receiver.
    fn send(receiver: &Receiver, report: &Report) -> Result<String, Undelivered> {
        match catch_unwind(AssertUnwindSafe(|| deliver(receiver, report))) {
            Ok(Ok(sent)) => Ok(sent),
            Ok(Err(error @ DeliverError::Unreachable { .. })) => {
                Err(Undelivered::Lost(error.to_string()))
            }
            Ok(Err(error @ DeliverError::File { .. })) => Err(Undelivered::Lost(error.to_string())),
            Ok(Err(error)) => Err(Undelivered::Refused(error.to_string())),
            Err(_) => Err(Undelivered::Refused("internal error; please report it".to_owned())),
        }
    }

    /// Records the outcome on the board, and logs a change.
    fn record(&self, error: Option<String>) {
        let name = &self.receiver.name;
        let waiting = self.queue.len();
        self.board.receiver(name, |state| {
            if error != state.error {
                if let Some(error) = &error {
                    tracing::error!("receiver {name}: {error}");
                } else {
                    tracing::info!("receiver {name}: delivered");
                }
            }
            state.failures += u64::from(error.is_some());
            if error.is_none() {
                state.delivered = Some(Timestamp::now());
            }
            state.waiting = waiting;
            state.error = error;
        });
    }
}

/// Why a report was not delivered.
#[derive(Debug, thiserror::Error)]
enum Undelivered {
    /// The receiver was not reached, and gets the report again.
    #[error("{0}")]
    Lost(String),
    /// The receiver refused it, as it would again.
    #[error("{0}")]
    Refused(String),
}
