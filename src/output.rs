//! Says a report, in one of several formats.
//!
//! Knows reports and nothing of where they come from; decides neither states nor exit codes.

use std::io::{self, Write};

use thiserror::Error;

use self::prometheus::Dialect;
use crate::finding::report::Report;

pub mod alertmanager;
pub mod checkmk;
pub mod csv;
pub mod file;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod nagios;
pub mod ndjson;
mod prometheus;
mod remark;
pub mod sarif;
pub mod services;
pub mod table;
pub mod zabbix;

/// The formats that a report can be said in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Table,
    /// For programs, with a schema.
    Json,
    /// For Nagios, Icinga and whatever runs their plugins.
    Nagios,
    /// For Alertmanager: the alerts that would be posted.
    Alertmanager,
    /// For Prometheus, in its text format.
    Prometheus,
    /// For Prometheus and others, in the standard that grew from it.
    OpenMetrics,
    /// For `zabbix_sender`.
    Zabbix,
    /// For programs that read lines, with a schema.
    Ndjson,
    /// For pipelines that show tests.
    Junit,
    /// For programs that collect what analyses found.
    Sarif,
    /// For spreadsheets.
    Csv,
    /// For the summary page of a pipeline.
    Markdown,
    /// For the agent of Checkmk: local checks.
    Checkmk,
}

impl Format {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Format; 13] = [
        Self::Table,
        Self::Json,
        Self::Nagios,
        Self::Alertmanager,
        Self::Prometheus,
        Self::OpenMetrics,
        Self::Zabbix,
        Self::Ndjson,
        Self::Junit,
        Self::Sarif,
        Self::Csv,
        Self::Markdown,
        Self::Checkmk,
    ];

    /// The format of that name.
    pub fn parse(name: &str) -> Result<Format, OutputError> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| OutputError::Format { name: name.to_owned() })
    }

    /// The name, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Nagios => "nagios",
            Self::Alertmanager => "alertmanager",
            Self::Prometheus => "prometheus",
            Self::OpenMetrics => "openmetrics",
            Self::Zabbix => "zabbix",
            Self::Ndjson => "ndjson",
            Self::Junit => "junit",
            Self::Sarif => "sarif",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Checkmk => "checkmk",
        }
    }

    /// Says the report in this format; every format takes of the options what concerns it.
    pub fn write(self, report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Table => table::write(report, &options.style, out),
            Self::Json => json::write(report, out),
            Self::Nagios => nagios::write(report, options.check.as_deref(), out),
            Self::Alertmanager => alertmanager::write(report, out),
            Self::Prometheus => prometheus::write(report, Dialect::Text, out),
            Self::OpenMetrics => prometheus::write(report, Dialect::OpenMetrics, out),
            Self::Zabbix => zabbix::write(report, out),
            Self::Ndjson => ndjson::write(report, out),
            Self::Junit => junit::write(report, out),
            Self::Sarif => sarif::write(report, out),
            Self::Csv => csv::write(report, out),
            Self::Markdown => markdown::write(report, out),
            Self::Checkmk => checkmk::write(report, options.piggyback, out),
        }
    }
}

/// What a report does not say, but a format may need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The check, where the report is about this one alone; it names the plugin line.
    pub check: Option<String>,
    /// Whether the targets are hosts of their own, and not the machine that posemo runs on.
    pub piggyback: bool,
    /// How the table looks.
    pub style: table::Style,
}

/// Why a report cannot be said.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OutputError {
    /// No format has that name.
    #[error("there is no output format {name:?}: choose one of {}", Format::ALL.map(Format::name).join(", "))]
    Format {
        /// The name as given.
        name: String,
    },
}
