//! Faults of an advisor check that show only when it has something to report.

use super::advisor_check::AdvisorCheck;
use super::script_text::ScriptText;
use crate::text::suggestion::suggestion;

/// Columns of roles whose value can be `infinity`, as after `VALID UNTIL 'infinity'`.
const INFINITE: [&str; 2] = ["rolvaliduntil", "valuntil"];

/// What fails for an infinite date: a difference of times before PostgreSQL 17, and the conversion to a number.
const CONVERSIONS: [&str; 4] = ["extract", "date_part", "age(", " - "];

/// The faults of a check, each in one sentence. `severities` are the valid ones.
pub(super) fn faults(check: &AdvisorCheck, severities: &[&str]) -> Vec<String> {
    let script = ScriptText::new(&check.script);
    let valid = |word: &str| severities.contains(&word.trim().to_ascii_lowercase().as_str());
    let words = script.severities().into_iter().filter(|(_, word)| !valid(word));
    let mut faults: Vec<String> = words
        .map(|(line, word)| {
            let near = suggestion(word, severities.iter().copied());
            format!(
                "evaluate.star:{line}: \"{word}\" is not a severity, so the finding fails{near}"
            )
        })
        .collect();
    for query in check.queries.iter().filter_map(|query| query.select.as_deref()) {
        faults.extend(infinite_date(query));
    }
    faults
}

fn infinite_date(query: &str) -> Option<String> {
    let query = query.to_ascii_lowercase();
    let column = INFINITE.into_iter().find(|column| query.contains(column))?;
    let handles = query.contains("isfinite") || query.contains("infinity");
    let converts = CONVERSIONS.iter().any(|conversion| query.contains(conversion));
    (converts && !handles).then(|| {
        format!(
            "the query fails if a role has VALID UNTIL 'infinity', and then reports no role: add AND isfinite({column}) to its WHERE"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::infinite_date;

    #[test]
    fn an_infinite_date_is_found_where_it_is_converted() {
        for (query, fails) in [
            ("rolname, extract(day FROM rolvaliduntil - now())::int AS d FROM pg_roles", true),
            ("usename, DATE_PART('day', valuntil) FROM pg_user", true),
            ("rolname FROM pg_roles WHERE age(rolvaliduntil) > interval '1 day'", true),
            ("rolname, rolvaliduntil FROM pg_roles", false),
            (
                "extract(epoch FROM rolvaliduntil) FROM pg_roles WHERE isfinite(rolvaliduntil)",
                false,
            ),
            ("rolvaliduntil - now() FROM pg_roles WHERE rolvaliduntil <> 'infinity'", false),
            ("1 - 1", false),
        ] {
            assert_eq!(infinite_date(query).is_some(), fails, "{query}");
        }
    }
}
