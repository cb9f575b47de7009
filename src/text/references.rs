//! Writes references to rules of security assessments for people.

/// References as one text, in which those of one authority share its name: `CIS 4.3, 4.8; BSI BER.3.6`.
pub fn grouped<'r>(references: impl IntoIterator<Item = &'r str>) -> String {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for reference in references {
        let (name, number) = reference.split_once(' ').unwrap_or((reference, ""));
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, numbers)) => numbers.push(number),
            None => groups.push((name, vec![number])),
        }
    }
    let groups = groups.into_iter().map(|(name, numbers)| format!("{name} {}", numbers.join(", ")));
    groups.map(|group| group.trim_end().to_owned()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_of_an_authority_share_its_name() {
        let all = ["CIS 4.3", "BSI BER.3.6", "CIS 4.8", "pgwatch"];
        assert_eq!(grouped(all), "CIS 4.3, 4.8; BSI BER.3.6; pgwatch");
        assert_eq!(grouped([]), "");
    }
}
