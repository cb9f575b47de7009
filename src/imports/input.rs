//! Reads the files and folders of an import, and separates Percona's advisor checks from queries of other programs.

use std::path::{Path, PathBuf};

use super::entries::{self, YamlEntries};
use super::foreign_query::{ForeignFile, MOST_COLUMNS, MOST_QUERIES};
use super::format::{ForeignFormat, Recognized};
use super::input_error::{InputError, MOST_BYTES};
use super::walk::{self, FoundFile, FoundFiles};
use super::{
    custom_query, datadog, pg_exporter, pgwatch, postgres_exporter, sql_exporter, telegraf,
};
use crate::percona::files::{self, ImportFile};
use crate::percona::yaml::{self, YamlNode};
use crate::signature::key::TrustedKey;
use crate::text::mistake::Mistake;

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
    let found = FoundFiles::of(paths)?;
    let mut input = ImportInput::default();
    input.foreign.ignored = found.ignored;
    let mut parts = Vec::new();
    let mut attributes = Vec::new();
    let mut bytes = 0;
    for found in &found.files {
        let file = files::load(&found.path, signatures, keys)?;
        bytes += file.size;
        if bytes > MOST_BYTES {
            return Err(InputError::TooManyBytes);
        }
        // Files of metrics of pgwatch 2 belong together.
        if pgwatch::part_of_folder(&file).is_some() {
            parts.push(file);
        } else if is_attributes(&found.path) {
            attributes.push(file);
        } else {
            add(file, found, format, &mut input);
        }
        if input.foreign.entries + parts.len() > MOST_QUERIES {
            return Err(InputError::TooManyQueries);
        }
    }
    let mut metrics = ForeignFile::default();
    for file in parts.extract_if(.., |file| files::unreadable(file).is_some()) {
        metrics.refused.extend(files::unreadable(&file));
    }
    pgwatch::read_folders(&parts, &attributes, &mut metrics);
    input.foreign.append(&mut metrics);
    Ok(input)
}

/// Whether a file describes columns of a metric of pgwatch 2.
fn is_attributes(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    matches!(name.as_deref(), Some("column_attrs.yaml" | "metric_attrs.yaml"))
}

/// Adds the content of a file.
fn add(
    file: ImportFile,
    found: &FoundFile,
    format: Option<ForeignFormat>,
    input: &mut ImportInput,
) {
    let mut content = ForeignFile::default();
    if let Some(mistake) = files::unreadable(&file) {
        input.foreign.refused.push(mistake);
        return;
    }
    let text = file.text.as_deref().unwrap_or_default();
    let known = match format {
        Some(format) => Recognized::given(format, &file.name, text),
        None => match Recognized::of(&file.name, text) {
            // The text is in another format, so an error of YAML does not help.
            Recognized::Invalid(_) if walk::is_not_yaml(&found.path) => Recognized::Unknown,
            known => known,
        },
    };
    match known {
        Recognized::Percona => {
            input.advisors.push(file);
            return;
        }
        Recognized::Telegraf => telegraf::read(&file.name, text, &mut content),
        Recognized::CustomQuery => custom_query::read(&file.name, text, &mut content),
        Recognized::Yaml(format, documents) => {
            for document in &documents {
                document_of(format, &file.name, document, &mut content);
            }
        }
        Recognized::Embedded(files) => {
            for (format, documents) in &files {
                for document in documents {
                    document_of(*format, &file.name, document, &mut content);
                }
            }
        }
        Recognized::Invalid(mistake) if found.is_named || format.is_some() => {
            content.refused.push(mistake);
        }
        Recognized::Invalid(mistake) => {
            let mut part = walk::ignored(&found.path, "");
            part.line = mistake.line;
            part.reason = format!("contains no queries in a known format: {}", mistake.message);
            content.ignored.push(part);
        }
        Recognized::Unknown if found.is_named => {
            let names = ForeignFormat::names();
            content.refused.push(whole(
                &file,
                format!("is in no known format; --format sets it: {}", names.join(", ")),
            ));
        }
        Recognized::Unknown => {
            let reason = "contains no queries in a known format";
            content.ignored.push(walk::ignored(&found.path, reason));
        }
    }
    if content.is_empty() {
        let reason = "contains no query that can be imported";
        // A folder may contain settings of the program without a query.
        if found.is_named || format.is_some() {
            content.refused.push(whole(&file, reason.to_owned()));
        } else {
            content.ignored.push(walk::ignored(&found.path, reason));
        }
    }
    keep(content, &file, &mut input.foreign);
}

/// A mistake of a whole file.
fn whole(file: &ImportFile, message: String) -> Mistake {
    Mistake { file: file.name.clone(), line: 0, key: String::new(), message }
}

/// Adds the content of a file to that of all.
fn keep(mut content: ForeignFile, file: &ImportFile, all: &mut ForeignFile) {
    for query in content.queries.extract_if(.., |query| query.columns.len() > MOST_COLUMNS) {
        let message = format!("describes more than {MOST_COLUMNS} columns");
        content.refused.push(query.mistake(query.line, message));
    }
    for query in &mut content.queries {
        query.sha256.clone_from(&file.sha256);
    }
    all.append(&mut content);
}

fn document_of(format: ForeignFormat, file: &str, document: &YamlNode, content: &mut ForeignFile) {
    let Some(root) = YamlEntries::of(document) else {
        let message = "is not a mapping, as a file of this format is";
        content.refused.push(yaml::mistake(file, document.line, "", message));
        return;
    };
    // Of two queries with one name in a file of queries, the programs run the last.
    let by_name = matches!(format, ForeignFormat::PostgresExporter | ForeignFormat::PgExporter);
    let repeated = if by_name {
        root.0.iter().find_map(|(_, node)| entries::repeated(node))
    } else {
        root.repeated()
    };
    if let Some(key) = repeated {
        let message = "is in its mapping twice; remove one";
        content.refused.push(yaml::mistake(file, key.line, &key.text, message));
        return;
    }
    match format {
        ForeignFormat::PostgresExporter => postgres_exporter::read(file, root, content),
        ForeignFormat::PgExporter => pg_exporter::read(file, root, content),
        ForeignFormat::SqlExporter => sql_exporter::read(file, root, content),
        ForeignFormat::Pgwatch => pgwatch::read(file, root, content),
        ForeignFormat::Datadog => datadog::read(file, root, content),
        // These are not YAML.
        ForeignFormat::Percona | ForeignFormat::Telegraf | ForeignFormat::CustomQuery => {}
    }
}
