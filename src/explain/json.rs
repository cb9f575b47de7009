//! The facts about checks as JSON, for programs: `posemo list` and `posemo explain` with `--output json`.
//!
//! Readers must ignore keys that they do not know; a key is removed or changed only with a new number of the format.

use std::collections::BTreeMap;

use serde::Serialize;

use super::effective::{by_default, changes, item_name};
use super::error::ExplainError;
use super::suggested::SuggestedFacts;
use super::{Explanation, Part};
use crate::catalog::Catalog;
use crate::catalog::check::{Check, Scope};
use crate::catalog::function::{Argument, Column};
use crate::finding::report::ServerRole;
use crate::install::{self, InstallOptions};
use crate::settings::source::{SettingWithSource, argument_text};

/// The number of the format.
const FORMAT: u32 = 1;

/// A list of checks.
#[derive(Debug, Serialize)]
pub struct CheckList<'a> {
    format: u32,
    checks: Vec<CheckFacts<'a>>,
}

/// One check in one line of a list.
#[derive(Debug, Serialize)]
struct CheckFacts<'a> {
    check: &'a str,
    summary: &'a str,
    topic: &'a str,
    scope: Scope,
    role: &'static str,
    servers: String,
    /// The extension that it requires.
    requires: Option<&'static str>,
    owner: &'a str,
    /// The document that it judges instead of the answer of a server.
    document: Option<&'a str>,
    interval_seconds: u64,
    hold_seconds: Option<u64>,
    by_default: bool,
    covers: Vec<String>,
    references: &'a [String],
    row_limit: u32,
    /// Whether it is part of posemo.
    shipped: bool,
    place: &'a str,
    signed_by: Option<&'a str>,
    since: Option<&'a str>,
    deprecated: Option<&'a str>,
    former_names: &'a [String],
}

/// Everything about one check, or the selected parts.
#[derive(Debug, Serialize)]
pub struct CheckPage<'a> {
    format: u32,
    #[serde(flatten)]
    facts: CheckFacts<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    readme: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    functions: Option<Vec<FunctionFacts<'a>>>,
    /// The columns of the rows of its document.
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<Vec<ColumnFacts<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<Vec<ArgumentFacts<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Vec<SettingFacts>>,
    /// Thresholds on rates that settings can take over.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested: Option<Vec<SuggestedFacts>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_role: Option<OwnerFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sql: Option<SqlFacts>,
}

#[derive(Debug, Serialize)]
struct FunctionFacts<'a> {
    function: &'a str,
    scope: Scope,
    columns: Vec<ColumnFacts<'a>>,
}

#[derive(Debug, Serialize)]
struct ColumnFacts<'a> {
    column: &'a str,
    #[serde(rename = "type")]
    sql_type: &'a str,
    role: String,
    unit: &'static str,
    kind: &'static str,
    help: &'a str,
}

#[derive(Debug, Serialize)]
struct ArgumentFacts<'a> {
    argument: &'a str,
    #[serde(rename = "type")]
    sql_type: &'static str,
    /// As settings write it.
    default: String,
    minimum: Option<f64>,
    maximum: Option<f64>,
    list: bool,
    help: &'a str,
}

/// A value in force. Without targets it is the value of the catalog.
#[derive(Debug, Serialize)]
struct SettingFacts {
    targets: Vec<String>,
    setting: String,
    /// As settings write it.
    value: String,
    layer: String,
    place: Option<String>,
}

#[derive(Debug, Serialize)]
struct OwnerFacts {
    role: String,
    grants: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SqlFacts {
    server_version: String,
    /// Empty if the check is not for this version.
    definitions: Vec<String>,
    /// The SHA-256 in the comment of each function.
    hashes: BTreeMap<String, String>,
}

impl<'a> CheckList<'a> {
    /// The facts about these checks.
    pub fn new(checks: &'a [Check], catalog: &'a Catalog) -> CheckList<'a> {
        let checks = checks.iter().map(|check| facts(check, catalog)).collect();
        CheckList { format: FORMAT, checks }
    }
}

impl Explanation<'_> {
    /// The parts for programs.
    pub fn for_programs(&self) -> Result<CheckPage<'_>, ExplainError> {
        let Explanation { check, catalog, version, .. } = self;
        let has = |part: Part| self.parts.is_empty() || self.parts.contains(&part);
        let columns = has(Part::Columns);
        let owner = || -> Result<OwnerFacts, ExplainError> {
            let grants = install::grants_of(check, *version)?;
            let grants = grants.iter().map(|grant| grant.trim().to_owned()).collect();
            Ok(OwnerFacts { role: check.owner_role(), grants })
        };
        Ok(CheckPage {
            format: FORMAT,
            facts: facts(check, catalog),
            readme: has(Part::Readme).then_some(&check.readme),
            functions: columns.then(|| functions(check)),
            columns: check
                .document
                .as_ref()
                .filter(|_| columns)
                .map(|document| document.rows.columns.iter().map(column).collect()),
            arguments: columns.then(|| check.arguments.iter().map(argument).collect()),
            settings: has(Part::Thresholds).then(|| self.settings_in_force()).transpose()?,
            suggested: (has(Part::Thresholds) && !check.suggested.is_empty())
                .then(|| check.suggested.iter().map(SuggestedFacts::from).collect()),
            owner_role: (has(Part::Owner) && check.document.is_none()).then(owner).transpose()?,
            script: check.script.as_deref().filter(|_| has(Part::Script)),
            sql: (has(Part::Sql) && check.document.is_none())
                .then(|| self.statements())
                .transpose()?,
        })
    }

    /// The values for the given targets; without targets those of the catalog, and the changes of the settings.
    fn settings_in_force(&self) -> Result<Vec<SettingFacts>, ExplainError> {
        let Explanation { check, catalog, settings, .. } = self;
        let mut groups: Vec<(Vec<String>, Vec<SettingWithSource>)> = Vec::new();
        for target in self.targets {
            let values = settings.with_sources(catalog, check, target)?;
            groups.push((vec![target.name.clone()], values));
        }
        if self.targets.is_empty() {
            groups.push((Vec::new(), by_default(check, catalog)?));
            let changed = changes(check, catalog, settings)?;
            groups.extend(changed.into_iter().map(|(values, targets)| (targets, values)));
        }
        let values = groups.into_iter().flat_map(|(targets, values)| {
            values.into_iter().map(move |setting| SettingFacts {
                targets: targets.clone(),
                setting: item_name(check, &setting.item),
                value: setting.value,
                layer: setting.layer.to_string(),
                place: setting.place,
            })
        });
        Ok(values.collect())
    }

    fn statements(&self) -> Result<SqlFacts, ExplainError> {
        let Explanation { check, version, .. } = self;
        let server_version = version.to_string();
        if !check.servers.contains(version.major()) {
            let (definitions, hashes) = (Vec::new(), BTreeMap::new());
            return Ok(SqlFacts { server_version, definitions, hashes });
        }
        let options = InstallOptions { superuser_owner: true, ..InstallOptions::default() };
        let definitions = install::definitions(check, &options, *version)?;
        let definitions = definitions.iter().map(|sql| sql.trim().to_owned()).collect();
        let hashes = install::hashes(check, &options, *version)?.into_iter().collect();
        Ok(SqlFacts { server_version, definitions, hashes })
    }
}

fn facts<'a>(check: &'a Check, catalog: &'a Catalog) -> CheckFacts<'a> {
    CheckFacts {
        check: &check.name,
        summary: &check.summary,
        topic: &check.topic,
        scope: check.scope,
        role: check.role.map_or("any", ServerRole::name),
        servers: check.servers.to_string(),
        requires: check.requires.map(|extension| extension.name),
        owner: &check.owner,
        document: check.document.as_ref().map(|document| document.name.as_str()),
        interval_seconds: check.interval.as_secs(),
        hold_seconds: check.hold.map(|hold| hold.as_secs()),
        by_default: check.by_default,
        covers: check.covers.iter().map(ToString::to_string).collect(),
        references: &check.references,
        row_limit: check.row_limit,
        shipped: check.shipped,
        place: &check.place,
        signed_by: catalog.signed_by(&check.name),
        since: check.since.as_deref(),
        deprecated: check.deprecated.as_deref(),
        former_names: &check.was,
    }
}

fn functions(check: &Check) -> Vec<FunctionFacts<'_>> {
    let functions = check.queries.iter().map(|query| FunctionFacts {
        function: &query.signature.function,
        scope: query.scope,
        columns: query.signature.columns.iter().map(column).collect(),
    });
    functions.collect()
}

fn column(column: &Column) -> ColumnFacts<'_> {
    ColumnFacts {
        column: &column.name,
        sql_type: column.sql_type.sql(),
        role: format!("{:?}", column.role).to_lowercase(),
        unit: column.unit.name(),
        kind: column.kind.name(),
        help: &column.help,
    }
}

fn argument(argument: &Argument) -> ArgumentFacts<'_> {
    ArgumentFacts {
        argument: &argument.name,
        sql_type: argument.sql_type.sql(),
        default: argument_text(&argument.default),
        minimum: argument.minimum,
        maximum: argument.maximum,
        list: argument.list,
        help: &argument.help,
    }
}
