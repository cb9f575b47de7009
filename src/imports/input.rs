//! Reads the files and folders of an import, and separates Percona's advisor checks from queries of other programs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::entries::YamlEntries;
use super::foreign_query::ForeignFile;
use super::format::ForeignFormat;
use super::{
    custom_query, datadog, pg_exporter, pgwatch, postgres_exporter, sql_exporter, telegraf,
};
use crate::percona::LONGEST_FILE;
use crate::percona::files::{self, ImportFile, ImportFileError};
use crate::percona::yaml;
use crate::signature::key::TrustedKey;
use crate::text::mistake::Mistake;

/// The most files of an import.
const MOST_FILES: usize = 2_000;

/// The most queries of an import.
const MOST_QUERIES: usize = 2_000;

/// The deepest folder below one that the user names.
const DEEPEST: usize = 4;

/// Why nothing is imported.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A file cannot be read or has no valid signature.
    #[error(transparent)]
    File(#[from] ImportFileError),
    /// A folder contains no file that could be imported.
    #[error("{folder} is a folder; name the files in it, as in {files}", folder = .0.display(), files = .0.join("*.yml").display())]
    Folder(PathBuf),
    /// A folder cannot be read.
    #[error("cannot read {}", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// Too many files.
    #[error("more than {MOST_FILES} files; name fewer files or a smaller folder")]
    TooManyFiles,
    /// Too many queries.
    #[error("more than {MOST_QUERIES} queries; import the files one by one")]
    TooManyQueries,
}

/// What the files contain.
#[derive(Debug, Default)]
pub struct ImportInput {
    /// Files of Percona's advisor checks.
    pub advisors: Vec<ImportFile>,
    /// Queries of other programs.
    pub foreign: ForeignFile,
}

/// Reads files, and the files of folders. The content determines the format, unless one is given.
pub fn read(
    paths: &[PathBuf],
    format: Option<ForeignFormat>,
    signatures: &[PathBuf],
    keys: &[TrustedKey],
) -> Result<ImportInput, InputError> {
    let mut input = ImportInput::default();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = found.len();
            walk(path, 0, &mut found)?;
            if found.len() == before {
                return Err(InputError::Folder(path.clone()));
            }
        } else {
            found.push(path.clone());
        }
    }
    if found.len() > MOST_FILES {
        return Err(InputError::TooManyFiles);
    }
    let mut parts = Vec::new();
    let mut attributes = Vec::new();
    for path in &found {
        let file = files::load(path, signatures, keys)?;
        // Files of metrics of pgwatch 2 belong together.
        if pgwatch::part_of_folder(&file).is_some() {
            parts.push(file);
        } else if is_attributes(path) {
            attributes.push(file);
        } else {
            add(file, format, &mut input);
        }
        if input.foreign.queries.len() + parts.len() > MOST_QUERIES {
            return Err(InputError::TooManyQueries);
        }
    }
    let mut metrics = ForeignFile::default();
    for file in parts.extract_if(.., |file| file.text.is_none() || too_long(file)) {
        metrics.refused.push(if file.text.is_none() {
            files::not_text(&file)
        } else {
            long(&file)
        });
    }
    pgwatch::read_folders(&parts, &attributes, &mut metrics);
    input.foreign.queries.append(&mut metrics.queries);
    input.foreign.refused.append(&mut metrics.refused);
    Ok(input)
}

/// The files of a folder that could be imported, sorted. A link to a folder is not followed.
fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), InputError> {
    let error = |source| InputError::Unreadable(folder.to_owned(), source);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(error)? {
        entries.push(entry.map_err(error)?);
        if entries.len() > MOST_FILES {
            return Err(InputError::TooManyFiles);
        }
    }
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().map_err(error)?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() && depth < DEEPEST {
            walk(&path, depth + 1, found)?;
        } else if path.is_file() && is_readable(&path) {
            found.push(path);
        }
        if found.len() > MOST_FILES {
            return Err(InputError::TooManyFiles);
        }
    }
    Ok(())
}

/// Whether a file in a folder could contain queries, by its name.
fn is_readable(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    matches!(extension.as_deref(), Some("yml" | "yaml" | "toml" | "conf" | "cfg"))
        || path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("metric"))
            && extension.as_deref() == Some("sql")
}

/// Whether a file describes columns of a metric of pgwatch 2.
fn is_attributes(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    matches!(name.as_deref(), Some("column_attrs.yaml" | "metric_attrs.yaml"))
}

fn too_long(file: &ImportFile) -> bool {
    file.text.as_ref().is_some_and(|text| text.len() > LONGEST_FILE)
}

fn long(file: &ImportFile) -> Mistake {
    let message = format!("is too long: a file has at most {LONGEST_FILE} bytes");
    Mistake { file: file.name.clone(), line: 0, key: String::new(), message }
}

/// Adds the content of a file.
fn add(file: ImportFile, format: Option<ForeignFormat>, input: &mut ImportInput) {
    let Some(text) = file.text.as_deref() else {
        input.foreign.refused.push(files::not_text(&file));
        return;
    };
    // Its reader reports a file that is too long or is not YAML.
    if format == Some(ForeignFormat::Percona) || too_long(&file) {
        input.advisors.push(file);
        return;
    }
    let mut content = ForeignFile::default();
    match format.or_else(|| ForeignFormat::of_text(text)) {
        Some(ForeignFormat::Telegraf) => telegraf::read(&file.name, text, &mut content),
        Some(ForeignFormat::CustomQuery) => custom_query::read(&file.name, text, &mut content),
        _ => return add_yaml(file, format, input),
    }
    keep(content, &file, &mut input.foreign);
}

/// Adds the content of a file in YAML.
fn add_yaml(file: ImportFile, format: Option<ForeignFormat>, input: &mut ImportInput) {
    let text = file.text.as_deref().unwrap_or_default();
    let Ok(documents) = yaml::documents(&file.name, text) else {
        input.advisors.push(file);
        return;
    };
    let known = documents.iter().find_map(ForeignFormat::of_document);
    let mut content = ForeignFile::default();
    match format.or(known) {
        // Percona's reader reports what is wrong with a file of no known format, too.
        None | Some(ForeignFormat::Percona) => {
            input.advisors.push(file);
            return;
        }
        Some(format) => {
            for document in &documents {
                let Some(root) = YamlEntries::of(document) else {
                    content.refused.push(not_a_mapping(&file.name, document.line));
                    continue;
                };
                document_of(format, &file.name, root, &mut content);
            }
        }
    }
    keep(content, &file, &mut input.foreign);
}

/// Adds the content of a file to that of all.
fn keep(mut content: ForeignFile, file: &ImportFile, all: &mut ForeignFile) {
    for query in &mut content.queries {
        query.sha256.clone_from(&file.sha256);
    }
    all.queries.append(&mut content.queries);
    all.ignored.append(&mut content.ignored);
    all.refused.append(&mut content.refused);
}

fn document_of(
    format: ForeignFormat,
    file: &str,
    root: YamlEntries<'_>,
    content: &mut ForeignFile,
) {
    match format {
        ForeignFormat::PostgresExporter => postgres_exporter::read(file, root, content),
        ForeignFormat::PgExporter => pg_exporter::read(file, root, content),
        ForeignFormat::SqlExporter => sql_exporter::read(file, root, content),
        ForeignFormat::Pgwatch => pgwatch::read(file, root, content),
        ForeignFormat::Datadog => datadog::read(file, root, content),
        _ => content.refused.push(not_a_mapping(file, root.line())),
    }
}

fn not_a_mapping(file: &str, line: usize) -> Mistake {
    let message = "is not a mapping, as a file of this format is".to_owned();
    Mistake { file: file.to_owned(), line, key: String::new(), message }
}
