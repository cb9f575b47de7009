//! A type name has one meaning in the whole program.

use std::collections::BTreeMap;

use super::source::{Source, sources};

/// The types that a file defines outside of functions and tests.
fn types(source: &Source) -> Vec<String> {
    let code = source.code();
    let words = ["struct ", "enum ", "trait ", "type ", "union "];
    code.lines()
        .filter_map(|line| {
            // Indented definitions are local to a function, or belong to an implementation.
            let line = line.strip_prefix("pub").map_or(line, |rest| {
                rest.split_once(") ")
                    .filter(|_| rest.starts_with('('))
                    .map_or(rest, |(_, rest)| rest)
            });
            let line = line.strip_prefix(' ').unwrap_or(line);
            let rest = words.iter().find_map(|word| line.strip_prefix(word))?;
            Some(
                rest.split(|other: char| !(other.is_alphanumeric() || other == '_'))
                    .next()?
                    .to_owned(),
            )
        })
        .collect()
}

#[test]
fn every_type_name_is_defined_once() {
    let sources = sources("src");
    let mut places = BTreeMap::<String, Vec<String>>::new();
    for source in &sources {
        for name in types(source) {
            places.entry(name).or_default().push(source.path.display().to_string());
        }
    }
    assert!(places.len() > 200, "{} types", places.len());
    places.retain(|_, places| places.len() > 1);
    assert!(places.is_empty(), "{} names: {places:#?}", places.len());
}
