//! Suggests a correct name for a wrong one.

/// What to write instead of a wrong name, as the end of a message: the nearest valid name, or all valid names.
pub fn suggestion<'n>(wrong: &str, right: impl IntoIterator<Item = &'n str>) -> String {
    let right: Vec<&str> = right.into_iter().collect();
    // The distance takes memory for each letter of both names; a name that is much longer cannot be near.
    let may_be_near = |name: &&&str| wrong.len() <= 4 * (2 * name.len() + 1);
    let nearest = right
        .iter()
        .filter(may_be_near)
        .map(|name| (strsim::damerau_levenshtein(wrong, name), *name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len() / 3);
    match nearest {
        Some((_, name)) => format!("; did you mean \"{name}\"?"),
        None if right.is_empty() => "; no name is allowed here".to_owned(),
        None if right.len() > 24 => String::new(),
        None => format!("; one of {}", right.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_megabytes_gets_no_suggestion() {
        let begun = std::time::Instant::now();
        let message = suggestion(&"x".repeat(16 << 20), ["summary", "columns"]);
        assert_eq!(message, "; one of summary, columns");
        assert!(begun.elapsed() < std::time::Duration::from_secs(1), "{:?}", begun.elapsed());
        assert_eq!(suggestion("sumary", ["summary", "columns"]), "; did you mean \"summary\"?");
    }
}
