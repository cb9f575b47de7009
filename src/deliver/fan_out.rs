//! Sends a report to several receivers in parallel, so that one without an answer does not delay the others.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use super::deliver;
use super::error::INTERNAL_ERROR;
use crate::finding::report::Report;
use crate::settings::receiver::Receiver;

/// Sends a report to all receivers. Returns for each, in their order, what was sent or why it was not.
pub fn deliver_all(receivers: &[&Receiver], report: &Report) -> Vec<Result<String, String>> {
    in_parallel(receivers, |receiver| deliver(receiver, report))
}

/// Calls a function for each receiver. A panic is the error of its receiver.
fn in_parallel<E: ToString>(
    receivers: &[&Receiver],
    send: impl Fn(&Receiver) -> Result<String, E> + Sync,
) -> Vec<Result<String, String>> {
    let lost = || Err(INTERNAL_ERROR.to_owned());
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
            // The system refuses another thread, so this thread sends.
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
    fn a_panic_or_a_wait_does_not_affect_other_receivers() {
        let named = |name: &str| Receiver {
            name: name.to_owned(),
            kind: ReceiverKind::NagiosSpool(PathBuf::new()),
            interval: Duration::ZERO,
            timeout: Duration::ZERO,
            hosts: indexmap::IndexMap::default(),
        };
        let receivers = ["a", "bad", "b", "down"].map(named);
        // No call continues before all have begun, so the calls must overlap.
        let together = Barrier::new(receivers.len());
        let sent = in_parallel(&receivers.each_ref(), |receiver| {
            together.wait();
            match receiver.name.as_str() {
                "bad" => panic!("on purpose"),
                "down" => Err("nothing listens there"),
                name => Ok(name.to_owned()),
            }
        });
        let [a, bad, b, down] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!((a, b), (&Ok("a".to_owned()), &Ok("b".to_owned())));
        assert!(bad.as_ref().unwrap_err().contains("internal error"), "{bad:?}");
        assert_eq!(down, &Err("nothing listens there".to_owned()));
    }
}
