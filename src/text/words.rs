//! Words of a text.

/// Whether a text contains a name as a whole word, and not as a part of a longer name.
pub fn contains_word(text: &str, name: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(name).any(|(start, _)| {
        !text[..start].ends_with(is_part) && !text[start + name.len()..].starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_is_not_a_word() {
        for (text, name, expected) in [
            ("permission denied for table orders", "orders", true),
            ("table \"orders\": denied", "orders", true),
            ("public.orders_id_seq is full", "orders", false),
            ("reorders", "orders", false),
            ("orders_old and orders", "orders", true),
            ("größe", "gr", false),
        ] {
            assert_eq!(contains_word(text, name), expected, "{text}: {name}");
        }
    }
}
