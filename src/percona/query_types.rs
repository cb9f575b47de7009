//! The types of queries in advisor files: the technology, the text and the parameters of each.
//!
//! Those of `MySQL` and `MongoDB` become a part of a document, as posemo connects only to PostgreSQL. Those of a monitoring
//! server are not imported.

/// A product that Percona's advisors watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Technology {
    Mysql,
    Postgresql,
    Mongodb,
}

impl Technology {
    pub(super) const ALL: [Technology; 3] = [Self::Mysql, Self::Postgresql, Self::Mongodb];

    /// The name in advisor files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mysql => "MYSQL",
            Self::Postgresql => "POSTGRESQL",
            Self::Mongodb => "MONGODB",
        }
    }
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ParameterType {
    Bool,
    Duration,
    /// Parameters with any names and values; Percona's engine does not check them.
    Any,
}

/// A parameter: name, type, and whether it is required.
pub(super) type Parameter = (&'static str, ParameterType, bool);

/// A type of query.
#[derive(Debug)]
pub(super) struct QueryType {
    pub(super) name: &'static str,
    /// Absent for types that every technology has.
    pub(super) technology: Option<Technology>,
    pub(super) has_text: bool,
    /// For `MySQL` and `MongoDB`: what to ask, before the text.
    pub(super) document_command: Option<&'static str>,
    pub(super) parameters: &'static [Parameter],
}

/// The type of a query of all settings.
pub(super) const SHOW: &str = "POSTGRESQL_SHOW";

/// All types.
pub(super) const QUERY_TYPES: [QueryType; 12] = [
    of_technology(SHOW, Technology::Postgresql, false, &[]),
    of_technology(
        "POSTGRESQL_SELECT",
        Technology::Postgresql,
        true,
        &[("all_dbs", ParameterType::Bool, false)],
    ),
    foreign("MYSQL_SHOW", Technology::Mysql, "SHOW "),
    foreign("MYSQL_SELECT", Technology::Mysql, "SELECT "),
    foreign("MONGODB_GETPARAMETER", Technology::Mongodb, "{getParameter: '*'}"),
    foreign("MONGODB_BUILDINFO", Technology::Mongodb, "{buildInfo: 1}"),
    foreign("MONGODB_GETCMDLINEOPTS", Technology::Mongodb, "{getCmdLineOpts: 1}"),
    foreign("MONGODB_REPLSETGETSTATUS", Technology::Mongodb, "{replSetGetStatus: 1}"),
    foreign("MONGODB_GETDIAGNOSTICDATA", Technology::Mongodb, "{getDiagnosticData: 1}"),
    of_monitoring("METRICS_INSTANT", &[("lookback", ParameterType::Duration, false)]),
    of_monitoring(
        "METRICS_RANGE",
        &[
            ("range", ParameterType::Duration, true),
            ("step", ParameterType::Duration, true),
            ("lookback", ParameterType::Duration, false),
        ],
    ),
    of_monitoring("CLICKHOUSE_SELECT", &[("", ParameterType::Any, false)]),
];

impl QueryType {
    /// The type with a name.
    pub(super) fn find(name: &str) -> Option<&'static QueryType> {
        QUERY_TYPES.iter().find(|query_type| query_type.name == name)
    }
}

const fn of_technology(
    name: &'static str,
    technology: Technology,
    has_text: bool,
    parameters: &'static [Parameter],
) -> QueryType {
    let technology = Some(technology);
    QueryType { name, technology, has_text, document_command: None, parameters }
}

/// A type whose queries run on PMM's own stores, for every technology.
const fn of_monitoring(name: &'static str, parameters: &'static [Parameter]) -> QueryType {
    QueryType { name, technology: None, has_text: true, document_command: None, parameters }
}

/// A type of `MySQL` or `MongoDB`. Only SQL has a text.
const fn foreign(name: &'static str, technology: Technology, command: &'static str) -> QueryType {
    let has_text = matches!(technology, Technology::Mysql);
    let document_command = Some(command);
    QueryType { name, technology: Some(technology), has_text, document_command, parameters: &[] }
}

/// Parses a boolean as Go's `strconv.ParseBool` does.
pub(super) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Whether Go's `time.ParseDuration` accepts a text, such as `1h30m` or `1.5s`.
pub(super) fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let number = rest.len()
            - rest.trim_start_matches(|digit: char| digit.is_ascii_digit() || digit == '.').len();
        let digits = &rest[..number];
        if !digits.bytes().any(|byte| byte.is_ascii_digit()) || digits.matches('.').count() > 1 {
            return false;
        }
        rest = &rest[number..];
        let unit =
            rest.find(|other: char| other.is_ascii_digit() || other == '.').unwrap_or(rest.len());
        if !["ns", "us", "\u{b5}s", "\u{3bc}s", "ms", "s", "m", "h"].contains(&&rest[..unit]) {
            return false;
        }
        rest = &rest[unit..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_parsed_as_go_parses_them() {
        for right in ["300ms", "1.5h", "2h45m", "0", "-1s", "+5m", ".5s", "1.s", "10us"] {
            assert!(is_duration(right), "{right}");
        }
        for wrong in ["", "5", "1d", "s", "1.2.3s", "1h 5m", "-", ".s", "1hh"] {
            assert!(!is_duration(wrong), "{wrong}");
        }
        assert_eq!(
            [parse_bool("T"), parse_bool("False"), parse_bool("yes"), parse_bool("tRUE")],
            [Some(true), Some(false), None, None]
        );
    }
}
