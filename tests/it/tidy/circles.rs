//! No file uses another that uses it, directly or through others.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Module, sources, uses};

/// The files of each circle.
fn circles(uses: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<BTreeSet<&Module>> {
    let reachable = |from: &Module| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(next) = open.pop() {
            for used in uses.get(next).into_iter().flatten() {
                if seen.insert(used) {
                    open.push(used);
                }
            }
        }
        seen
    };
    let reachable: BTreeMap<&Module, BTreeSet<&Module>> =
        uses.keys().map(|module| (module, reachable(module))).collect();
    let in_circle = |module: &&Module| reachable[module].contains(module);
    uses.keys()
        .filter(in_circle)
        .map(|module| {
            let both = |other: &&Module| {
                reachable.get(*other).is_some_and(|reached| reached.contains(module))
            };
            reachable[module].iter().copied().filter(both).collect()
        })
        .collect()
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let sources = sources("src");
    let uses = uses(&sources);
    let arrows: usize = uses.values().map(BTreeSet::len).sum();
    assert!(arrows > sources.len(), "{arrows} uses in {} files", sources.len());
    let circles = circles(&uses);
    let shown = circles.iter().map(|circle| {
        let inside = circle.iter().map(|module| {
            let used = uses[*module].iter().filter(|used| circle.contains(used));
            let used: Vec<String> = used.map(|used| used.join("::")).collect();
            format!("  {} uses {}", module.join("::"), used.join(", "))
        });
        inside.collect::<Vec<_>>().join("\n")
    });
    let shown: Vec<String> = shown.collect();
    assert!(shown.is_empty(), "{} circles:\n{}", shown.len(), shown.join("\n\n"));
}

/// The test above must be able to fail.
#[test]
fn a_circle_is_found() {
    let module = |name: &str| vec![name.to_owned()];
    let uses = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("e", "e")];
    let uses = uses.map(|(from, to)| (module(from), BTreeSet::from([module(to)]))).into();
    let found = circles(&uses);
    let [a, b, c, e] = ["a", "b", "c", "e"].map(module);
    assert_eq!(found, BTreeSet::from([BTreeSet::from([&a, &b, &c]), BTreeSet::from([&e])]));
}
