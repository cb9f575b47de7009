//! The extensions that a check can require, and the calls of their functions that a query can contain.
//!
//! The schema of an extension differs from database to database, so a query has a placeholder for it.

use super::sql_text;
use crate::text::suggestion::suggestion;

/// What a query writes for the schema of its extension, as the scripts of extensions do.
pub const PLACEHOLDER: &str = "@extschema@";

/// An extension that a check can require.
#[derive(Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its name in `pg_extension`.
    pub name: &'static str,
    /// The calls of its functions that a query can contain: those that only read, and return no text of a query and no data
    /// of a table. The types of the arguments are exactly those of the function, so that no other function fits better.
    pub calls: &'static [&'static str],
}

/// The extensions whose functions were reviewed. Functions of others may change something, or execute SQL from a text.
pub const EXTENSIONS: [Extension; 2] = [
    Extension {
        name: "pg_stat_statements",
        calls: &["pg_stat_statements(false)", "pg_stat_statements_info()"],
    },
    // The positions of rows on pages. The members of pg_stat_scan_tables may execute them.
    Extension {
        name: "pg_visibility",
        calls: &[
            "pg_check_visible(CAST(t.oid AS regclass))",
            "pg_check_frozen(CAST(t.oid AS regclass))",
        ],
    },
];

impl Extension {
    /// The extension with this name; an error is the message for the user.
    pub(super) fn named(name: &str) -> Result<&'static Extension, String> {
        let found = EXTENSIONS.iter().find(|extension| extension.name == name);
        found.ok_or_else(|| {
            let near = suggestion(name, EXTENSIONS.iter().map(|extension| extension.name));
            let names: Vec<&str> = EXTENSIONS.iter().map(|extension| extension.name).collect();
            format!(
                "unknown extension \"{name}\"{near}; a check can require {}, as the functions of other extensions are not reviewed",
                names.join(", ")
            )
        })
    }

    /// The names of the functions that a query can call.
    pub fn functions(&self) -> impl Iterator<Item = &'static str> {
        self.calls.iter().map(|call| call.split_once('(').map_or(*call, |(name, _)| name))
    }

    /// The names of the functions that a query calls.
    pub fn called_in(&self, sql: &str) -> Vec<&'static str> {
        let is_called = |call: &&&str| sql.contains(&[PLACEHOLDER, ".", call].concat());
        let calls = self.calls.iter().filter(is_called);
        calls.map(|call| call.split_once('(').map_or(*call, |(name, _)| name)).collect()
    }
}

/// Why a query must not use an extension as it does. `required` is the extension that the check requires.
pub(super) fn problem_of(sql: &str, required: Option<&Extension>) -> Option<String> {
    let Some(extension) = required else {
        return sql.contains(PLACEHOLDER).then(|| {
            format!("{PLACEHOLDER} requires the name of an extension: requires in check.toml")
        });
    };
    // The installation replaces the placeholder in the whole text, so it must be code.
    let (code, named) = (sql_text::code_of(sql)?, sql_text::code_with_names_of(sql)?);
    if code.matches(PLACEHOLDER).count() != sql.matches(PLACEHOLDER).count() {
        return Some(format!("{PLACEHOLDER} in a quoted text, a quoted name or a comment"));
    }
    let calls = extension.calls.join(", ");
    let wrong = code.match_indices(PLACEHOLDER).find(|(offset, _)| {
        let after = code[offset + PLACEHOLDER.len()..].strip_prefix('.').unwrap_or_default();
        !extension.calls.iter().any(|call| after.starts_with(call))
    });
    if let Some((offset, _)) = wrong {
        let line = code[..offset].matches('\n').count() + 1;
        return Some(format!("line {line}: write {PLACEHOLDER}. and one of these calls: {calls}"));
    }
    let mut rest = named.to_ascii_lowercase();
    for call in extension.calls {
        rest = rest.replace(&[PLACEHOLDER, ".", &call.to_ascii_lowercase()].concat(), "");
    }
    if rest.contains("u&\"") {
        return Some("a name with Unicode escapes, which can be that of a function".to_owned());
    }
    let other = extension.functions().find(|name| rest.contains(name));
    other.map(|name| {
        format!("{name} without the schema of the extension: write {PLACEHOLDER}. and one of these calls: {calls}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_calls_reviewed_functions_with_the_placeholder_only() {
        let required = Extension::named("pg_stat_statements").ok();
        let visibility = Extension::named("pg_visibility").ok();
        for (sql, required, wrong) in [
            ("select 1", None, None),
            ("select @extschema@.f()", None, Some("requires in check.toml")),
            ("select 1 -- @extschema@", None, Some("requires in check.toml")),
            ("select calls from @extschema@.pg_stat_statements(false) as s", required, None),
            (
                "select dealloc from @extschema@.pg_stat_statements_info(), x where 'pg_stat_statements.max' <> ''",
                required,
                None,
            ),
            (
                "select 1 from\n @extschema@.pg_stat_statements(true)",
                required,
                Some("line 2: write"),
            ),
            (
                "SELECT count(*) FROM @extschema@.pg_check_visible(CAST(t.oid AS regclass))",
                visibility,
                None,
            ),
            (
                "SELECT count(*) FROM @extschema@.pg_check_visible(CAST(t.name AS regclass))",
                visibility,
                Some("line 1: write"),
            ),
            ("SELECT public.pg_check_visible(t.oid)", visibility, Some("without the schema")),
            ("select @extschema@.pg_stat_statements_reset()", required, Some("line 1: write")),
            ("select '@extschema@'", required, Some("in a quoted text")),
            ("select 1 as \"@extschema@\"", required, Some("in a quoted text")),
            ("select 1 /* @extschema@ */", required, Some("in a quoted text")),
            (
                "select 1 from public.pg_stat_statements(false)",
                required,
                Some("without the schema"),
            ),
            (
                "select 1 from PUBLIC.PG_Stat_Statements(false)",
                required,
                Some("without the schema"),
            ),
            ("select 1 from x.\"pg_stat_statements\"(false)", required, Some("without the schema")),
            ("select 1 from x.U&\"p\\0067_stat_statements\"(false)", required, Some("Unicode")),
        ] {
            let problem = problem_of(sql, required);
            match wrong {
                None => assert_eq!(problem, None, "{sql}"),
                Some(expected) => assert!(
                    problem.as_deref().is_some_and(|problem| problem.contains(expected)),
                    "{sql}: {problem:?}"
                ),
            }
        }
    }

    #[test]
    fn only_reviewed_extensions_can_be_required() {
        let problem = Extension::named("pg_stat_statement").err().unwrap_or_default();
        assert!(problem.contains("pg_stat_statements"), "{problem}");
        assert!(Extension::named("dblink").is_err());
    }
}
