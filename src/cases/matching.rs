//! Gives each expectation a finding of its own, where that is possible.
//!
//! It knows neither: only how many there are and which fit each other.

/// The finding of each expectation: as many pairs as there can be, whatever the order.
///
/// An expectation that fits two findings must not take the only one that fits another; so one that finds
/// its own taken asks the taker to look for another.
pub(super) fn pairs(
    expected: usize,
    found: usize,
    fits: impl Fn(usize, usize) -> bool,
) -> Vec<Option<usize>> {
    let mut takers: Vec<Option<usize>> = vec![None; found];
    for number in 0..expected {
        let mut asked = vec![false; found];
        settle(number, &mut takers, &mut asked, &fits);
    }
    let mut pairs = vec![None; expected];
    for (at, taker) in takers.into_iter().enumerate() {
        if let Some(number) = taker {
            pairs[number] = Some(at);
        }
    }
    pairs
}

/// Finds a place for an expectation without recursion: a chain of displacements may be long.
fn settle(
    number: usize,
    takers: &mut [Option<usize>],
    asked: &mut [bool],
    fits: &impl Fn(usize, usize) -> bool,
) {
    // Each entry: who looks for a finding, and at which it has arrived.
    let mut chain: Vec<(usize, usize)> = vec![(number, 0)];
    while let Some((who, from)) = chain.last().copied() {
        let next = (from..takers.len()).find(|&at| !asked[at] && fits(who, at));
        let Some(at) = next else {
            chain.pop();
            if let Some(last) = chain.last_mut() {
                last.1 += 1;
            }
            continue;
        };
        asked[at] = true;
        if let Some(last) = chain.last_mut() {
            last.1 = at;
        }
        if let Some(taker) = takers[at] {
            chain.push((taker, 0));
            continue;
        }
        for (who, at) in chain {
            takers[at] = Some(who);
        }
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_what_another_needs() {
        for (fit, expected) in [
            (vec![vec![0, 1], vec![0]], vec![Some(1), Some(0)]),
            (vec![vec![0], vec![0]], vec![Some(0), None]),
            (vec![vec![0, 1], vec![0, 2], vec![0]], vec![Some(1), Some(2), Some(0)]),
            (vec![vec![0, 1], vec![1, 2], vec![0], vec![1]], vec![None; 0]),
            (vec![vec![], vec![2]], vec![None, Some(2)]),
        ] {
            let found = pairs(fit.len(), 3, |number, at| fit[number].contains(&at));
            if expected.is_empty() {
                assert_eq!(found.iter().flatten().count(), 3, "{found:?}");
            } else {
                assert_eq!(found, expected);
            }
        }
        assert_eq!(pairs(0, 3, |_, _| true), []);
    }
}
