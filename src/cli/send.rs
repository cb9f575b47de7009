//! `--send`: tells receivers of a report side by side, and says what did not arrive.
//!
//! It changes neither the report nor how the run ends.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use super::Screen;
use crate::deliver;
use crate::finding::report::Report;
use crate::settings::receiver::Receiver;

/// Tells all receivers at once, so that a silent one takes no time from the others, and says what became of
/// it in the order in which they are named.
pub(super) fn send(
    receivers: &[&Receiver],
    report: &Report,
    screen: &mut Screen<'_>,
) -> io::Result<()> {
    let told = side_by_side(receivers, |receiver| deliver::deliver(receiver, report));
    for (receiver, told) in receivers.iter().zip(told) {
        match told {
            Ok(said) => tracing::info!(receiver = receiver.name, "{said}"),
            Err(error) => writeln!(screen.err, "posemo: receiver {}: {error}", receiver.name)?,
        }
    }
    Ok(())
}

/// What became of each, in their order. One that panics is lost alone.
fn side_by_side<E: ToString>(
    receivers: &[&Receiver],
    tell: impl Fn(&Receiver) -> Result<String, E> + Sync,
) -> Vec<Result<String, String>> {
    let lost = || Err("an error in posemo itself ended it; please report it".to_owned());
    let one = |receiver: &Receiver| match catch_unwind(AssertUnwindSafe(|| tell(receiver))) {
        Ok(told) => told.map_err(|error| error.to_string()),
        Err(_) => lost(),
    };
    let one = &one;
    thread::scope(|scope| {
        let telling: Vec<_> = receivers
            .iter()
            .copied()
            .map(|receiver| thread::Builder::new().spawn_scoped(scope, move || one(receiver)))
            .collect();
        let done = receivers.iter().zip(telling).map(|(receiver, started)| match started {
            Ok(thread) => thread.join().unwrap_or_else(|_| lost()),
            // No thread is to be had: it has to be this one.
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
    use crate::settings::receiver::Kind;

    #[test]
    fn one_that_panics_or_waits_takes_nothing_from_the_others() {
        let named = |name: &str| Receiver {
            name: name.to_owned(),
            kind: Kind::NagiosSpool(PathBuf::new()),
            interval: Duration::ZERO,
            timeout: Duration::ZERO,
            hosts: indexmap::IndexMap::default(),
        };
        let receivers = ["a", "bad", "b", "away"].map(named);
        // Nobody gets past it alone, as when one were told after the other.
        let together = Barrier::new(receivers.len());
        let told = side_by_side(&receivers.each_ref(), |receiver| {
            together.wait();
            match receiver.name.as_str() {
                "bad" => panic!("on purpose"),
                "away" => Err("nothing listens there"),
                name => Ok(name.to_owned()),
            }
        });
        let [a, bad, b, away] = &told[..] else { panic!("{told:?}") };
        assert_eq!((a, b), (&Ok("a".to_owned()), &Ok("b".to_owned())));
        assert!(bad.as_ref().unwrap_err().contains("posemo itself"), "{bad:?}");
        assert_eq!(away, &Err("nothing listens there".to_owned()));
    }
}
