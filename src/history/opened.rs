//! The history, open for writing: a file, or a server.

use std::collections::BTreeMap;
use std::path::Path;

use super::chain::ChainHash;
use super::collector::Collector;
use super::inbox::{Batch, Shared};
use super::limit::Kept;
use super::place::{HistoryPlace, of_server};
use super::server::ServerHistoryError;
use super::server::writer::ServerWriter;
use super::silence::OwnSilence;
use super::store::{HistoryError, Store, compress};

/// The history, open for writing.
#[derive(Debug)]
pub(super) enum OpenHistory {
    File(Store),
    Server(Box<ServerWriter>),
}

impl OpenHistory {
    /// Opens it.
    pub(super) fn open(place: &HistoryPlace) -> Result<OpenHistory, HistoryError> {
        match place {
            HistoryPlace::File(path) => open(path).map(OpenHistory::File),
            HistoryPlace::Server(server) => ServerWriter::open(server)
                .map(|writer| OpenHistory::Server(Box::new(writer)))
                .map_err(|error| of_server(server, error)),
        }
    }

    /// The silences of a file. Those on a server are read by the thread of the node.
    pub(super) fn silences(&self) -> Result<Vec<OwnSilence>, HistoryError> {
        match self {
            OpenHistory::File(store) => store.silences(),
            OpenHistory::Server(_) => Ok(Vec::new()),
        }
    }

    /// Writes what waits. After an error it waits again, together with what came meanwhile.
    pub(super) fn write(&mut self, shared: &Shared) -> Result<(), HistoryError> {
        match self {
            OpenHistory::File(store) => {
                let batch = shared.lock().take(usize::MAX);
                if batch.is_empty() {
                    return Ok(());
                }
                let Batch { waiting, latest, .. } = &batch;
                let saved = latest.iter();
                let saved =
                    saved.map(|(name, (at, target))| (name.clone(), (*at, compress(target))));
                let saved: BTreeMap<_, _> = saved.collect();
                let written = store.write(waiting, &saved);
                if written.is_err() {
                    shared.lock().put_back(batch);
                }
                written
            }
            OpenHistory::Server(writer) => loop {
                let written = writer.write(shared);
                if !written.map_err(|error| of_server(writer.history(), error))? {
                    return Ok(());
                }
            },
        }
    }

    /// Confirms the changes with an act. Returns the number of the act and the head of the chain; absent if it has to be tried again.
    pub(super) fn seal(
        &mut self,
        shared: &Shared,
    ) -> Result<Option<(i64, ChainHash)>, HistoryError> {
        match self {
            OpenHistory::File(store) => store.seal(),
            OpenHistory::Server(writer) => {
                writer.seal(shared).map_err(|error| of_server(writer.history(), error))
            }
        }
    }

    /// Writes the values that were collected.
    pub(super) fn write_values(
        &mut self,
        shared: &Shared,
        collector: &mut Collector,
    ) -> Result<(), HistoryError> {
        match self {
            OpenHistory::File(store) => {
                let blocks = collector.waiting();
                if blocks.is_empty() {
                    return Ok(());
                }
                let count = blocks.len();
                store.write_values(blocks)?;
                collector.written(count);
            }
            OpenHistory::Server(writer) => {
                while writer.waits() || !collector.waiting().is_empty() {
                    let Some(node) = node(shared) else { return Ok(()) };
                    match writer.write_values(node, collector) {
                        // After it has joined again.
                        Err(ServerHistoryError::LeaseEnded) => return Ok(()),
                        other => other.map_err(|error| of_server(writer.history(), error))?,
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether values wait for the answer of a server.
    pub(super) fn waits(&self) -> bool {
        matches!(self, OpenHistory::Server(writer) if writer.waits())
    }

    /// Does a part of the work that keeps the history small. Returns whether more remains.
    pub(super) fn keep_up(
        &mut self,
        shared: &Shared,
        kept: &Kept,
        targets: &[String],
    ) -> Result<bool, HistoryError> {
        match self {
            OpenHistory::File(store) => store.keep_up(kept, targets),
            OpenHistory::Server(writer) => {
                let Some(node) = node(shared) else { return Ok(false) };
                match writer.keep_up(node, kept) {
                    Err(ServerHistoryError::LeaseEnded) => Ok(false),
                    other => other.map_err(|error| of_server(writer.history(), error)),
                }
            }
        }
    }

    /// Ends a connection.
    pub(super) fn close(&mut self) {
        if let OpenHistory::Server(writer) = self {
            writer.close();
        }
    }
}

fn node(shared: &Shared) -> Option<i64> {
    shared.lock().node.as_ref().and_then(|node| node.id)
}

/// Opens a file, and logs if a broken one was replaced.
pub fn open(path: &Path) -> Result<Store, HistoryError> {
    let (store, replaced) = Store::open_or_replace(path)?;
    if let Some(aside) = replaced {
        tracing::error!(
            "the history {} cannot be read: it was moved to {}, and a new one begins",
            path.display(),
            aside.display()
        );
    }
    Ok(store)
}
