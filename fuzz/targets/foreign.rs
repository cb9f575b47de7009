//! Fuzzes the readers of what is written for other programs: files of queries, and calls of other plugins.

use std::ffi::OsString;
use std::fs;

use posemo::catalog::Catalog;
use posemo::compat::{self, CompatAnswer, Translated};
use posemo::imports::foreign_draft::{DescribedBy, ForeignDraft, VariantAnswer, statements};
use posemo::imports::foreign_query::ForeignQuery;
use posemo::imports::input;
use posemo::percona::description::QueryDescription;
use posemo::percona::folders::CheckFolder as _;

use super::{one_line, scratch, write_all};

/// A file of queries is read or has mistakes within it, and the manifest of a check that was read is valid.
pub(super) fn imports(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let parent = scratch();
    let file = parent.path().join("fuzzed.yaml");
    fs::write(&file, text).expect("a small file can be written");
    let read = match input::read(&[file], None, &[], &[]) {
        Ok(read) => read.foreign,
        Err(error) => return one_line(&error.to_string()),
    };
    let lines = text.split(['\n', '\r']).count();
    for mistake in &read.refused {
        assert!(mistake.line <= lines, "{mistake} is after the end");
        one_line(&mistake.to_string());
    }
    for (query, number) in read.queries.iter().zip(0..) {
        assert!(query.line <= lines, "{} is after the end", query.line);
        let name = format!("check_{number}");
        let Ok(draft) = draft(query, &name) else { continue };
        let folder = parent.path().join(draft.folder());
        write_all(&folder, draft.files());
        if let Err(error) = Catalog::empty().add(&folder) {
            assert!(!error.to_string().contains("check.toml"), "{error}");
        }
    }
}

/// The draft of a query whose texts a server describes with columns of several types.
fn draft(query: &ForeignQuery, name: &str) -> Result<ForeignDraft, (usize, String)> {
    let names: Vec<String> = query.columns.iter().map(|column| column.name.clone()).collect();
    let types = ["text", "bigint", "double precision", "timestamp with time zone", "boolean"];
    let types = types.iter().cycle().take(names.len());
    let description = QueryDescription {
        types: types.map(|name| vec![Some((*name).to_owned())]).collect(),
        names,
        ..QueryDescription::default()
    };
    let answer =
        |(variant, sql)| VariantAnswer { sql, variant, described: Ok(description.clone()) };
    let answers = statements(query)?.into_iter().map(answer).collect();
    ForeignDraft::new(query, name, answers, DescribedBy { major: 15, database: "app" })
}

/// A call is translated, or the reason is one line without performance data. Each line is a word.
pub(super) fn calls(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let words: Vec<OsString> = text.lines().map(OsString::from).collect();
    match compat::translate(&words) {
        Ok(Translated::Call(call)) => {
            assert!(!call.checks.is_empty() && call.words().len() > 1, "{call:?}");
        }
        Ok(Translated::Text(text)) => assert!(!text.is_empty()),
        Err(error) => {
            one_line(&error.to_string());
            let words = [&words[..], &["--no-check_postgresrc".into()]].concat();
            if let CompatAnswer::Print(text, 3) = compat::answer(&words, true) {
                assert!(!text.contains('|') && text.ends_with('\n'), "{text}");
                one_line(text.trim_end_matches('\n'));
            }
        }
    }
}
