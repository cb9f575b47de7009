//! Suggests a correct name for a wrong one.

/// What to write instead of a wrong name, as the end of a message: the nearest valid name, or all valid names.
pub fn suggestion<'n>(wrong: &str, right: impl IntoIterator<Item = &'n str>) -> String {
    let right: Vec<&str> = right.into_iter().collect();
    match nearest(wrong, right.iter().copied()) {
        Some(name) => format!("; did you mean \"{name}\"?"),
        None if right.is_empty() => "; no name is allowed here".to_owned(),
        None if right.len() > 40 => String::new(),
        None => format!("; one of {}", right.join(", ")),
    }
}

/// The valid name that a wrong one is like.
pub fn nearest<'n>(wrong: &str, right: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // The distance takes memory for each letter of both names; a name that is much longer cannot be near.
    let may_be_near = |name: &&str| wrong.len() <= 4 * (2 * name.len() + 1);
    let near = right.into_iter().filter(may_be_near);
    let (distance, name) =
        near.map(|name| (strsim::damerau_levenshtein(wrong, name), name)).min()?;
    (distance <= 1 + name.len() / 3).then_some(name)
}

/// What to write instead of a pattern that matches no name: the name that begins or ends most like the pattern, or all
/// valid names.
pub fn suggestion_for_pattern<'n>(
    pattern: &str,
    right: impl IntoIterator<Item = &'n str>,
) -> String {
    /// A longer pattern cannot be near to a name, and the distance takes memory for each letter.
    const LONGEST: usize = 200;
    let right: Vec<&str> = right.into_iter().collect();
    let letters: String = pattern.chars().filter(|letter| !"*?".contains(*letter)).collect();
    let length = letters.chars().count();
    let distance = |name: &str| {
        let start: String = name.chars().take(length).collect();
        let end: String = name.chars().skip(name.chars().count().saturating_sub(length)).collect();
        let distances = [start, end].map(|part| strsim::damerau_levenshtein(&letters, &part));
        distances.into_iter().min().unwrap_or(usize::MAX)
    };
    let nearest =
        right.iter().filter(|_| length <= LONGEST).map(|name| (distance(name), *name)).min();
    match nearest.filter(|(distance, _)| *distance <= 1 + length / 3) {
        Some((_, name)) => format!("; did you mean \"{name}\"?"),
        None => suggestion(pattern, right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_near_to_the_start_or_the_end_of_a_name() {
        let names = ["replication_lag", "sequence_usage", "alive"];
        for (pattern, expected) in [
            ("repliction_*", "; did you mean \"replication_lag\"?"),
            ("*_usge", "; did you mean \"sequence_usage\"?"),
            ("wal_*", "; one of replication_lag, sequence_usage, alive"),
            ("*", "; did you mean \"alive\"?"),
        ] {
            assert_eq!(suggestion_for_pattern(pattern, names), expected, "{pattern}");
        }
    }

    #[test]
    fn a_name_of_megabytes_gets_no_suggestion() {
        let begun = std::time::Instant::now();
        let message = suggestion(&"x".repeat(16 << 20), ["summary", "columns"]);
        assert_eq!(message, "; one of summary, columns");
        assert!(begun.elapsed() < std::time::Duration::from_secs(1), "{:?}", begun.elapsed());
        assert_eq!(suggestion("sumary", ["summary", "columns"]), "; did you mean \"summary\"?");
    }
}
