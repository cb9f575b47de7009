//! Fits a script of version 1, which is given rows, to the contract here, which gives a list of such.
//!
//! A script of version 2 never comes here.

/// What every script defines.
const ENTRY: &str = "check_context";

/// The script under another name for its entry, and after it an entry that hands it the rows.
///
/// No line of it moves, so that its errors are found where they are.
pub(super) fn fitted(script: &str) -> String {
    let mut own = "check_rows".to_owned();
    while script.contains(&own) {
        own.push('_');
    }
    let mut fitted = String::with_capacity(script.len() + 200);
    let mut rest = script;
    while let Some(at) = rest.find(ENTRY) {
        let (before, after) = (&rest[..at], &rest[at + ENTRY.len()..]);
        let is_word = |character: char| character.is_alphanumeric() || character == '_';
        let whole = !before.ends_with(is_word)
            && !fitted_ends(&fitted, before, is_word)
            && !after.starts_with(is_word);
        fitted.push_str(before);
        fitted.push_str(if whole { &own } else { ENTRY });
        rest = after;
    }
    fitted.push_str(rest);
    if !fitted.ends_with('\n') {
        fitted.push('\n');
    }
    format!("{fitted}\n\ndef {ENTRY}(docs, context):\n    return {own}(docs[0], context)\n")
}

/// Whether a word goes on from what was written before, where nothing stands in between.
fn fitted_ends(fitted: &str, before: &str, is_word: impl Fn(char) -> bool) -> bool {
    before.is_empty() && fitted.ends_with(is_word)
}

#[cfg(test)]
mod tests {
    use super::fitted;

    #[test]
    fn the_entry_is_given_the_rows() {
        let script = "def check(rows):\n    return check_context(rows, {})\n\ndef check_context(rows, context):\n    my_check_context2 = 1\n    return []";
        assert_eq!(
            fitted(script),
            "def check(rows):\n    return check_rows(rows, {})\n\ndef check_rows(rows, context):\n    my_check_context2 = 1\n    return []\n\n\ndef check_context(docs, context):\n    return check_rows(docs[0], context)\n"
        );
        assert!(
            fitted("check_rows = 1\ndef check_context(a, b):\n    return []\n")
                .contains("def check_rows_(a, b)")
        );
    }
}
