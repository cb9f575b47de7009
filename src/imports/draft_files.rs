//! The files of a draft.

use super::check_text;
use super::foreign_draft::ForeignDraft;
use crate::percona::folders::{CheckFolder, OwnerSetFile};

impl CheckFolder for ForeignDraft {
    fn folder(&self) -> &str {
        &self.name
    }

    fn owner_set(&self) -> Option<OwnerSetFile> {
        Some(self.own.as_ref()?.file(&self.tables))
    }

    fn files(&self) -> Vec<(String, String)> {
        let mut files = vec![
            ("check.toml".to_owned(), check_text::manifest(self)),
            ("README.md".to_owned(), check_text::readme(self)),
        ];
        files.extend(self.files.iter().map(|(before, text)| {
            let name = match before {
                Some(major) => format!("query.before-{major}.sql"),
                None => "query.sql".to_owned(),
            };
            (name, text.clone())
        }));
        files
    }
}
