//! Writes a report in one of several formats.
//!
//! A format is a function of a report and a writer; states and exit codes are decided elsewhere.

use std::io::{self, Write};

use thiserror::Error;

use self::nagios::PluginSubject;
use self::prometheus::exposition::Dialect;
use crate::finding::report::Report;

pub mod alertmanager;
pub mod checkmk;
pub mod csv;
pub mod host_name;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod nagios;
pub mod ndjson;
pub mod prometheus;
mod remark;
pub mod sarif;
pub mod services;
pub mod table;
pub mod zabbix;

/// The formats that a report can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Table,
    /// For programs, with a schema.
    Json,
    /// For Nagios, Icinga and other systems that run their plugins.
    Nagios,
    /// For Alertmanager: the alerts that posemo would send.
    Alertmanager,
    /// For Prometheus, in its text format.
    Prometheus,
    /// For Prometheus and others, in the standard made from its text format.
    OpenMetrics,
    /// For `zabbix_sender`.
    Zabbix,
    /// For programs that read line by line, with a schema.
    Ndjson,
    /// For pipelines that show test results.
    Junit,
    /// For programs that collect results of analyses.
    Sarif,
    /// For spreadsheets.
    Csv,
    /// For the summary page of a pipeline.
    Markdown,
    /// For Checkmk's agent: local checks.
    Checkmk,
    /// For people, as a page to read, to print and to file.
    Html,
}

impl Format {
    /// All formats, in the order of the help text.
    pub const ALL: [Format; 14] = [
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
        Self::Html,
    ];

    /// The format with this name.
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
            Self::Html => "html",
        }
    }

    /// Writes the report in this format. Each format reads only its own options.
    pub fn write(
        self,
        report: &Report,
        options: &OutputOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self {
            Self::Table => table::write(report, &options.style, out),
            Self::Json => json::write(report, out),
            Self::Nagios => {
                let check = options.check.as_deref();
                let subject = check.map_or(PluginSubject::Run, PluginSubject::Check);
                nagios::write(report, subject, out)
            }
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
            Self::Html => html::write(report, out),
        }
    }
}

/// What a format needs beside the report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputOptions {
    /// For `nagios`: the name of the check if the report is about a single check. The first line begins with it.
    pub check: Option<String>,
    /// For `checkmk`: whether each target is a separate host, instead of the host that posemo runs on.
    pub piggyback: bool,
    /// For `table`: colors, width and verbosity.
    pub style: table::Style,
}

/// Why a report cannot be written.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OutputError {
    /// No format has this name.
    #[error("unknown output format {name:?}: choose one of {}", Format::ALL.map(Format::name).join(", "))]
    Format {
        /// The name.
        name: String,
    },
}
