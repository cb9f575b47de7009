//! Sends a report to several receivers at once, so that one that does not answer delays no other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use super::deliver;
use crate::finding::report::Report;
use crate::settings::receiver::Receiver;

/// Sends a report to all receivers in parallel. Returns for each, in their order, what was sent or why not.
pub fn deliver_all(receivers: &[&Receiver], report: &Report) -> Vec<Result<String, String>> {
    in_parallel(receivers, |receiver| deliver(receiver, report))
}

/// Calls a function for each receiver. A panic is the error of its receiver.
fn in_parallel<E: ToString>(
    receivers: &[&Receiver],
    send: impl Fn(&Receiver) -> Result<String, E> + Sync,
) -> Vec<Result<String, String>> {
    let lost = || Err("internal error; please report it".to_owned());
    let one = |receiver: &Receiver| match catch_unwind(AssertUnwindSafe(|| send(receiver))) {
        Ok(sent) => sent.map_err(|error| error.to_string()),
        Err(_) => lost(),
    };
    let one = &one;
    thread::scope(|scope| {
        let threads: Vec<_> = receivers
            .iter()
            .copied()
            .map(|receiver| thread::Builder::new().spawn_scoped(scope, move || one(receiver)))
            .collect();
        let done = receivers.iter().zip(threads).map(|(receiver, started)| match started {
            Ok(thread) => thread.join().unwrap_or_else(|_| lost()),
            // The system has no thread to spare, so this one sends.
            Err(_) => one(receiver),
        });
        done.collect()
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Barrier;
    use std::time::Duration;

    use super::*;
    use crate::settings::receiver::ReceiverKind;

    #[test]
    fn one_that_panics_or_waits_takes_nothing_from_the_others() {
        let named = |name: &str| Receiver {
            name: name.to_owned(),
            kind: ReceiverKind::NagiosSpool(PathBuf::new()),
            interval: Duration::ZERO,
            timeout: Duration::ZERO,
            hosts: indexmap::IndexMap::default(),
        };
        let receivers = ["a", "bad", "b", "away"].map(named);
        // No thread passes before all have arrived, so the calls must overlap.
        let together = Barrier::new(receivers.len());
        let sent = in_parallel(&receivers.each_ref(), |receiver| {
            together.wait();
            match receiver.name.as_str() {
                "bad" => panic!("on purpose"),
                "away" => Err("nothing listens there"),
                name => Ok(name.to_owned()),
            }
        });
        let [a, bad, b, away] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!((a, b), (&Ok("a".to_owned()), &Ok("b".to_owned())));
        assert!(bad.as_ref().unwrap_err().contains("internal error"), "{bad:?}");
        assert_eq!(away, &Err("nothing listens there".to_owned()));
    }
}
