//! The work of `posemo migrate`: migrates, and writes the settings or compares the answers.

use std::io::Write;
use std::path::PathBuf;

use super::compare::{Comparer, ComparisonOptions};
use super::error::MigrateError;
use super::format::MigrateFormat;
use super::report::{json_compared, write_compared};
use super::{Migration, migrate};
use crate::catalog::Catalog;
use crate::files;
use crate::text::number::counted;

/// What to migrate, and where to.
#[derive(Debug)]
pub struct MigrateRequest {
    /// Files and folders.
    pub files: Vec<PathBuf>,
    /// Their format; determined by the content if absent.
    pub format: Option<MigrateFormat>,
    /// The file for the settings; `-` is standard output.
    pub into: PathBuf,
    /// Whether an existing file is replaced.
    pub force: bool,
    /// Whether the report is JSON.
    pub json: bool,
    /// Whether and how the answers are compared; then nothing is written.
    pub compare: Option<ComparisonOptions>,
}

/// Migrates, and returns the exit code: 1 if a call is not in the settings, or answers differ without a reason.
pub fn run(
    request: &MigrateRequest,
    catalog: &Catalog,
    out: &mut dyn Write,
    errors: &mut dyn Write,
) -> Result<u8, MigrateError> {
    let to_output = request.into.as_os_str() == "-";
    let writes = request.compare.is_none() && !to_output;
    if writes && !request.force && files::exists(&request.into) {
        return Err(MigrateError::Exists(request.into.clone()));
    }
    let migration = migrate(&request.files, request.format, catalog)?;
    if migration.calls.is_empty() && migration.unclear.is_empty() {
        return Err(MigrateError::Nothing(migration.files));
    }
    if let Some(options) = &request.compare {
        return compare(&migration, options, request.json, out);
    }
    let file = request.into.display().to_string();
    if migration.targets.is_empty() {
        migration.write(&file, errors)?;
        return Err(MigrateError::NoTarget);
    }
    if to_output {
        out.write_all(migration.settings.as_bytes())?;
    } else {
        files::write(&request.into, |file| file.write_all(migration.settings.as_bytes()))
            .map_err(|error| MigrateError::Unwritable(request.into.clone(), error))?;
    }
    let report: &mut dyn Write = if to_output { errors } else { out };
    if request.json {
        writeln!(report, "{:#}", migration.json(&file))?;
    } else {
        migration.write(&file, report)?;
    }
    Ok(u8::from(migration.is_incomplete()))
}

fn compare(
    migration: &Migration,
    options: &ComparisonOptions,
    json: bool,
    out: &mut dyn Write,
) -> Result<u8, MigrateError> {
    let mut comparer = Comparer::new(options.clone());
    let (mut same, mut differ, mut unexplained, mut others) = (0, 0, 0, 0);
    let mut values = Vec::new();
    for call in &migration.calls {
        let Some(compared) = comparer.compare(call) else {
            others += 1;
            continue;
        };
        match (compared.is_complete(), compared.differs()) {
            (false, _) => others += 1,
            (true, false) => same += 1,
            (true, true) => {
                differ += 1;
                unexplained += usize::from(compared.reason.is_empty());
            }
        }
        if json {
            values.push(json_compared(call, &compared));
        } else {
            write_compared(call, &compared, out)?;
            out.flush()?;
        }
    }
    if json {
        writeln!(out, "{:#}", serde_json::Value::from(values))?;
    } else {
        let calls = counted(migration.calls.len(), "call");
        writeln!(
            out,
            "{calls}: {same} with the same state, {differ} with another ({unexplained} without a documented reason), {others} not compared"
        )?;
    }
    Ok(u8::from(unexplained > 0))
}
