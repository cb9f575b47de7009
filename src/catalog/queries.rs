//! Finds the queries of a check folder: one or several, and their variants for older servers.

use super::error::CatalogError;
use super::folder::Folder;
use super::server_version::{NEWEST, OLDEST};
use super::sql_text;

/// The texts of one query.
#[derive(Debug, Default)]
pub(super) struct QueryTexts {
    pub(super) text: String,
    /// For servers older than a major version, the oldest version first.
    pub(super) before: Vec<(u32, String)>,
}

/// The queries of a folder in their order. A file that does not belong to a check is an error.
pub(super) fn find(folder: &Folder) -> Result<Vec<QueryTexts>, CatalogError> {
    let mut found: Vec<(Option<u32>, Option<u32>, &str)> = Vec::new();
    for (file, text) in &folder.files {
        if matches!(file.as_ref(), "check.toml" | "evaluate.star" | "README.md") {
            continue;
        }
        let Some((number, before)) = parse_name(file) else {
            return Err(wrong(
                folder,
                file,
                "is not a file of a check; a check has check.toml, query.sql, query.before-N.sql, query-1.sql, evaluate.star, README.md and the folder cases",
            ));
        };
        if let Some(problem) = sql_text::problem_of(text) {
            return Err(wrong(folder, file, &problem));
        }
        if before.is_some_and(|major| !(OLDEST + 1..=NEWEST + 1).contains(&major)) {
            return Err(wrong(
                folder,
                file,
                &format!("write a major version from {} to {}", OLDEST + 1, NEWEST + 1),
            ));
        }
        found.push((number, before, text));
    }
    let numbered = found.iter().any(|(number, ..)| number.is_some());
    if numbered && found.iter().any(|(number, ..)| number.is_none()) {
        return Err(wrong(
            folder,
            "query.sql",
            "a check has either query.sql or numbered queries such as query-1.sql",
        ));
    }
    let last = found.iter().filter_map(|(number, ..)| *number).max();
    match last {
        None => Ok(vec![assemble(folder, None, &found)?]),
        Some(last) => (1..=last).map(|number| assemble(folder, Some(number), &found)).collect(),
    }
}

/// The queries of a check with a document: none. A file of a query is an error.
pub(super) fn none(folder: &Folder) -> Result<Vec<QueryTexts>, CatalogError> {
    let is_known = |file: &str| matches!(file, "check.toml" | "evaluate.star" | "README.md");
    match folder.files.iter().find(|(file, _)| !is_known(file)) {
        None => Ok(Vec::new()),
        Some((file, _)) => Err(wrong(
            folder,
            file,
            "is not a file of a check with a document, which has check.toml, evaluate.star, README.md and the folder cases",
        )),
    }
}

fn assemble(
    folder: &Folder,
    number: Option<u32>,
    found: &[(Option<u32>, Option<u32>, &str)],
) -> Result<QueryTexts, CatalogError> {
    let mut texts = QueryTexts::default();
    for (_, before, text) in found.iter().filter(|(own, ..)| *own == number) {
        match before {
            None => (*text).clone_into(&mut texts.text),
            Some(major) => texts.before.push((*major, (*text).to_owned())),
        }
    }
    texts.before.sort();
    if texts.text.is_empty() {
        let file =
            number.map_or_else(|| "query.sql".to_owned(), |number| format!("query-{number}.sql"));
        return Err(wrong(folder, &file, "is missing; each check has this file"));
    }
    Ok(texts)
}

/// The number and the major version in a file name: `query-2.before-17.sql` is the second query, for servers older
/// than 17.
fn parse_name(file: &str) -> Option<(Option<u32>, Option<u32>)> {
    let rest = file.strip_prefix("query")?.strip_suffix(".sql")?;
    let (number, before) = match rest.split_once(".before-") {
        Some((number, major)) => (number, Some(major.parse().ok()?)),
        None => (rest, None),
    };
    match number.strip_prefix('-') {
        Some(digits) => {
            Some((Some(digits.parse().ok().filter(|number| (1..=99).contains(number))?), before))
        }
        None => number.is_empty().then_some((None, before)),
    }
}

fn wrong(folder: &Folder, file: &str, problem: &str) -> CatalogError {
    CatalogError::File { file: folder.path_of(file), problem: problem.to_owned() }
}
