//! Writes for the thread of the history. What was sent is kept until it is known to be written.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::write::{SavedTargets, missing_acts, seal, write, write_values};
use super::{ServerHistory, ServerHistoryError, check_version, upkeep};
use crate::database::kept::KeptConnection;
use crate::history::chain::ChainHash;
use crate::history::collector::Collector;
use crate::history::inbox::{Batch, Shared};
use crate::history::limit::Kept;
use crate::history::store::{Unwritten, compress};
use crate::history::values::PackedBlock;

/// The time for one statement.
const WRITING: Duration = Duration::from_secs(10);

/// The changes, acts and targets in one statement.
const TOGETHER: usize = 2000;

/// The bytes of blocks in one statement.
const BYTES: usize = 4 << 20;

/// The connection of the thread that writes.
#[derive(Debug)]
pub(in crate::history) struct ServerWriter {
    history: Arc<ServerHistory>,
    connection: KeptConnection,
    /// The number of the latest batch. It rises, also after the node has joined again.
    batch: i64,
    sent: Option<SentBatch>,
    values: Option<SentBlocks>,
}

/// Blocks whose answer is missing.
#[derive(Debug)]
struct SentBlocks {
    node: i64,
    number: i64,
    blocks: Vec<PackedBlock>,
    /// Whether an answer was lost. The same number shows whether they are written.
    may_be_written: bool,
}

/// A batch whose answer is missing.
#[derive(Debug)]
struct SentBatch {
    node: i64,
    number: i64,
    batch: Batch,
    saved: SavedTargets,
}

impl ServerWriter {
    /// Connects, and checks the version of the tables.
    pub(in crate::history) fn open(
        history: &Arc<ServerHistory>,
    ) -> Result<ServerWriter, ServerHistoryError> {
        let mut connection = history.connection(WRITING)?;
        check_version(&mut connection)?;
        let history = Arc::clone(history);
        Ok(ServerWriter { history, connection, batch: 0, sent: None, values: None })
    }

    /// Where it writes.
    pub(in crate::history) fn history(&self) -> &ServerHistory {
        &self.history
    }

    /// Writes a part of what waits. Returns whether more waits. Before the node has joined, everything waits.
    pub(in crate::history) fn write(
        &mut self,
        shared: &Shared,
    ) -> Result<bool, ServerHistoryError> {
        let sent = match self.sent.take() {
            Some(sent) => sent,
            None => match self.take(shared) {
                Some(sent) => sent,
                None => return Ok(false),
            },
        };
        let SentBatch { node, number, batch, saved } = &sent;
        let (waiting, given_back) = (&batch.waiting, &batch.given_back);
        let written = write(&mut self.connection, (*node, *number), waiting, saved, given_back);
        match written {
            Ok(()) => {
                let mut inbox = shared.lock();
                inbox.sent = 0;
                Ok(!inbox.is_empty())
            }
            Err(ServerHistoryError::LeaseEnded) => self.keep_acts(sent, shared).map(|()| false),
            Err(error) => {
                self.sent = Some(sent);
                Err(error)
            }
        }
    }

    /// Keeps the acts and silences of a batch whose node is gone: another node writes the results of its targets, and nothing else.
    /// Acts that are in the table were written by a statement whose answer was lost.
    fn keep_acts(&mut self, sent: SentBatch, shared: &Shared) -> Result<(), ServerHistoryError> {
        let missing = match missing_acts(&mut self.connection, &sent.batch.waiting.acts) {
            Ok(missing) => missing,
            Err(error) => {
                self.sent = Some(sent);
                return Err(error.into());
            }
        };
        let Unwritten { acts, silences, .. } = sent.batch.waiting;
        let acts = acts.into_iter().enumerate().filter(|(place, _)| missing.contains(place));
        let acts = acts.map(|(_, act)| act).collect();
        let waiting = Unwritten { acts, silences, ..Unwritten::default() };
        let mut inbox = shared.lock();
        inbox.sent = 0;
        inbox.put_back(Batch { waiting, ..Batch::default() });
        Ok(())
    }

    fn take(&mut self, shared: &Shared) -> Option<SentBatch> {
        let mut inbox = shared.lock();
        let node = inbox.node.as_ref()?.id?;
        let batch = inbox.take(TOGETHER);
        if batch.is_empty() {
            return None;
        }
        inbox.sent = batch.waiting.changes.len() + batch.latest.len();
        drop(inbox);
        let saved = batch.latest.iter();
        let saved = saved.map(|(name, (at, target))| (name.clone(), (*at, compress(target))));
        let saved = saved.collect();
        self.batch += 1;
        Some(SentBatch { node, number: self.batch, batch, saved })
    }

    /// Writes some of the blocks that wait. Blocks whose answer is missing are kept, and sent again with their number.
    pub(in crate::history) fn write_values(
        &mut self,
        node: i64,
        collector: &mut Collector,
    ) -> Result<(), ServerHistoryError> {
        let mut sent = match self.values.take() {
            Some(sent) if sent.node == node => sent,
            // The earlier node is gone, and with it the number that shows whether they are written.
            Some(SentBlocks { blocks, may_be_written: true, .. }) => {
                collector.drop_sent(blocks.len());
                return Ok(());
            }
            Some(SentBlocks { blocks, .. }) => self.send(node, blocks),
            None => {
                let blocks = collector.take(BYTES);
                self.send(node, blocks)
            }
        };
        let number = (node, sent.number);
        match write_values(&mut self.connection, number, &sent.blocks) {
            Ok(()) => Ok(()),
            Err(error) => {
                sent.may_be_written |= error.may_be_carried_out();
                self.values = Some(sent);
                Err(error)
            }
        }
    }

    fn send(&mut self, node: i64, blocks: Vec<PackedBlock>) -> SentBlocks {
        self.batch += 1;
        SentBlocks { node, number: self.batch, blocks, may_be_written: false }
    }

    /// Whether values wait for their answer.
    pub(in crate::history) fn waits(&self) -> bool {
        self.values.is_some()
    }

    /// Confirms the changes with an act. Returns the newest act and its hash; absent before the node has joined.
    pub(in crate::history) fn seal(
        &mut self,
        shared: &Shared,
    ) -> Result<Option<(i64, ChainHash)>, ServerHistoryError> {
        let Some(node) = shared.lock().node.as_ref().and_then(|node| node.id) else {
            return Ok(None);
        };
        self.batch += 1;
        match seal(&mut self.connection, (node, self.batch), Timestamp::now()) {
            Err(ServerHistoryError::LeaseEnded | ServerHistoryError::LeaseExpired) => Ok(None),
            other => other,
        }
    }

    /// Joins blocks, and removes what is old. Returns whether more remains to be done.
    pub(in crate::history) fn keep_up(
        &mut self,
        node: i64,
        kept: &Kept,
    ) -> Result<bool, ServerHistoryError> {
        let now = kept.now.as_millisecond();
        // First what is old goes: blocks that cannot be joined do not keep it.
        let more = upkeep::remove_old(&mut self.connection, kept)?;
        Ok(upkeep::join(&mut self.connection, node, &mut self.batch, now)? || more)
    }

    /// Ends the connection.
    pub(in crate::history) fn close(&mut self) {
        self.connection.close();
    }
}
