//! What returns less, or something else, in a function of posemo: it runs as its owner, with a fixed `search_path`.

use super::reads::ObjectRead;

/// Views of the SQL standard with rows only for objects that a role owns or may change, and what has the same content. To read
/// a table is not enough.
const OF_OWNERS: [(&str, &str); 19] = [
    ("table_constraints", "pg_constraint"),
    ("referential_constraints", "pg_constraint"),
    ("check_constraints", "pg_constraint"),
    ("domain_constraints", "pg_constraint"),
    ("constraint_column_usage", "pg_constraint"),
    ("constraint_table_usage", "pg_constraint"),
    ("triggers", "pg_trigger"),
    ("triggered_update_columns", "pg_trigger"),
    ("view_table_usage", "pg_depend"),
    ("view_column_usage", "pg_depend"),
    ("view_routine_usage", "pg_depend"),
    ("column_domain_usage", "pg_attribute"),
    ("column_udt_usage", "pg_attribute"),
    ("column_privileges", "pg_attribute.attacl"),
    ("role_column_grants", "pg_attribute.attacl"),
    ("table_privileges", "pg_class.relacl"),
    ("role_table_grants", "pg_class.relacl"),
    ("role_routine_grants", "pg_proc.proacl"),
    ("applicable_roles", "pg_auth_members"),
];

/// Why a query would return less than it returns to a superuser, for every owner set.
pub(super) fn reads_less(reads: &[&ObjectRead<'_>]) -> Option<String> {
    let view = reads.iter().find_map(|read| {
        let is_standard = read.is_relation && read.schema == "information_schema";
        OF_OWNERS.iter().find(|(view, _)| is_standard && *view == read.name)
    });
    if let Some((view, instead)) = view {
        return Some(format!(
            "reads information_schema.{view}, which has rows only for objects that the role owns or may change, and no owner set may change any: read {instead}"
        ));
    }
    if let Some(sequence) = reads.iter().find(|read| read.is_sequence_of_users()) {
        return Some(format!(
            "reads the sequence {0}.{1}, which no owner set may read: read last_value of pg_sequences where schemaname = '{0}' and sequencename = '{1}'",
            sequence.schema, sequence.name
        ));
    }
    let function = called(reads).find(|name| name.ends_with("_is_visible"))?;
    Some(format!(
        "calls {function}(), which depends on search_path, and that of a function of posemo contains pg_catalog only: compare the name of the schema"
    ))
}

/// Remarks on what depends on the role or on `search_path`.
pub fn of_session(reads: &[&ObjectRead<'_>], texts: &[&str]) -> Vec<String> {
    of_role(reads, texts).into_iter().chain(of_names(reads, texts)).collect()
}

/// A remark on a column with names that the query converts to relations.
fn of_names(reads: &[&ObjectRead<'_>], texts: &[&str]) -> Option<String> {
    let converts = |text: &&str| {
        let lower = text.to_ascii_lowercase();
        let plain: String = lower.chars().filter(|c| !c.is_whitespace() && *c != '"').collect();
        plain.contains("name::regclass") || plain.contains("name::text::regclass")
    };
    let calls = called(reads).any(|name| name == "to_regclass");
    (calls || texts.iter().any(converts)).then(|| {
        "It converts names to relations. The search_path of a function of posemo contains pg_catalog only: write the schema before the name, as in format('%I.%I', schemaname, relname)::regclass, or use the oid.".to_owned()
    })
}

fn of_role(reads: &[&ObjectRead<'_>], texts: &[&str]) -> Option<String> {
    /// Keywords, which are not functions.
    const WORDS: [&str; 3] = ["current_user", "session_user", "current_role"];
    let asks = |name: &&str| name.starts_with("has_") || *name == "pg_has_role";
    let is_end = |c: char| !(c.is_alphanumeric() || c == '_');
    let has = |word: &&str| {
        texts.iter().any(|text| text.split(is_end).any(|part| part.eq_ignore_ascii_case(word)))
    };
    let function = called(reads).find(asks).map(|name| format!("{name}()"));
    let what = function.or_else(|| WORDS.into_iter().find(has).map(str::to_owned))?;
    Some(format!(
        "It reads {what}: a function of posemo runs as the role of its owner set, so the result is for that role, and session_user is the monitor role."
    ))
}

/// The functions that the query itself calls.
fn called<'r, 'd>(reads: &'r [&ObjectRead<'d>]) -> impl Iterator<Item = &'d str> + 'r {
    let own = reads.iter().filter(|read| !read.is_relation && read.through.is_empty());
    own.map(|read| read.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_depends_on_the_session_is_known() {
        let read = |is_relation: bool, schema, name, through| ObjectRead {
            is_relation,
            schema,
            name,
            shared: false,
            kind: "v",
            through,
            readers: "",
            columns: "",
        };
        let standard = |name| read(true, "information_schema", name, name);
        for (object, reason) in [
            (standard("table_constraints"), Some("read pg_constraint")),
            (standard("tables"), None),
            (read(true, "public", "triggers", "triggers"), None),
            (read(false, "pg_catalog", "pg_table_is_visible", ""), Some("search_path")),
            // A view of the system calls it.
            (read(false, "pg_catalog", "pg_table_is_visible", "some_view"), None),
        ] {
            let found = reads_less(&[&object]);
            assert_eq!(found.is_some(), reason.is_some(), "{object:?}");
            assert!(found.unwrap_or_default().contains(reason.unwrap_or_default()), "{object:?}");
        }
        let asks = read(false, "pg_catalog", "has_table_privilege", "");
        assert!(of_role(&[&asks], &[]).is_some_and(|text| text.contains("has_table_privilege()")));
        assert!(of_role(&[], &["SELECT Current_User"]).is_some());
        assert_eq!(of_role(&[], &["SELECT current_user_id"]), None);
        let names = of_session(&[], &["SELECT pg_relation_size(relname :: regclass)"]);
        assert!(names.len() == 1 && names[0].contains("write the schema"), "{names:?}");
        assert!(of_session(&[], &["SELECT relid::regclass, 'pg_class'::regclass"]).is_empty());
    }
}
