//! Reads calls of `custom_query` of `check_postgres` and `check_pgactivity`: command lines in a file, such as those of NRPE,
//! definitions of commands for Nagios, and scripts.

use std::collections::BTreeMap;

use super::foreign_query::{
    ColumnUsage, ForeignColumn, ForeignFile, ForeignQuery, ForeignVariant, RestOfColumns,
};
use super::words::words;
use crate::finding::metric::{MetricKind, Unit};
use crate::percona::yaml::mistake;

/// Reads the calls in a file.
pub(super) fn read(file: &str, text: &str, content: &mut ForeignFile) {
    let mut name_before = None;
    for (line, text) in logical_lines(text) {
        if let Some(name) = text.trim_start().strip_prefix("command_name") {
            name_before = Some(name.trim().to_owned());
        }
        if text.trim_start().starts_with('#') || !text.contains("custom_query") {
            continue;
        }
        let number = content.queries.len() + content.refused.len() + 1;
        let name = name_of(&text).or_else(|| name_before.take());
        let name = name.unwrap_or_else(|| format!("custom_query_{number}"));
        match call(&text, &name) {
            Ok(mut found) => {
                found.variants[0].line = line;
                content.queries.push(ForeignQuery { file: file.to_owned(), line, name, ..found });
            }
            Err(message) => content.refused.push(mistake(file, line, &name, message)),
        }
    }
}

/// Lines with their numbers; one that ends with a backslash continues in the next.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in (1..).zip(text.lines()) {
        let (content, continues) = match line.strip_suffix('\\') {
            Some(content) => (content, true),
            None => (line, false),
        };
        match lines.last_mut().filter(|_| open) {
            Some((_, whole)) => whole.push_str(&[" ", content.trim_start()].concat()),
            None => lines.push((number, content.to_owned())),
        }
        open = continues;
    }
    lines
}

/// The name of a command of NRPE: `command[NAME]=`.
fn name_of(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("command[")?;
    Some(rest.split_once(']')?.0.to_owned())
}

fn call(line: &str, name: &str) -> Result<ForeignQuery, String> {
    let start =
        ["check_postgres", "check_pgactivity"].into_iter().filter_map(|tool| line.find(tool)).min();
    let Some(start) = start else {
        return Err("does not call check_postgres or check_pgactivity".to_owned());
    };
    let activity = line[start..].starts_with("check_pgactivity");
    // The word can be in quotes with the rest of the command.
    let words = words(&line[start..]).ok_or("a quote does not end")?;
    let options = Options::read(&words);
    if !options.is_call {
        return Err("is not a call of custom_query".to_owned());
    }
    let sql = options.get(&["query"]).ok_or("has no --query")?;
    if let Some(macros) = macro_in(sql) {
        return Err(format!(
            "the query contains {macros}, which another program replaces; write the value"
        ));
    }
    let kind = options.get(if activity { &["type"] } else { &["valtype", "checktype"] });
    let reverse = options.has("reverse") || activity && options.has("r");
    let mut found = ForeignQuery {
        program: if activity { "check_pgactivity" } else { "check_postgres" },
        name: name.to_owned(),
        rest: RestOfColumns::Labels,
        variants: vec![ForeignVariant { sql: sql.to_owned(), ..ForeignVariant::default() }],
        ..ForeignQuery::default()
    };
    found.databases = options
        .get(&["dbname", "db", "d"])
        .iter()
        .flat_map(|names| names.split(','))
        .map(str::to_owned)
        .collect();
    let unit = match kind {
        Some("size") => Some(Unit::Bytes),
        Some("time") => Some(Unit::Seconds),
        Some("string") => {
            found.remarks.push("`--valtype=string`: posemo compares numbers only. Return a boolean: false is a problem.".to_owned());
            return Ok(found);
        }
        _ => None,
    };
    found.first = Some(ForeignColumn {
        usage: ColumnUsage::Metric(MetricKind::Gauge),
        help: "The value that the plugin compares with its thresholds".to_owned(),
        unit,
        ..ForeignColumn::default()
    });
    let range = |names: &[&str]| options.get(names).map(|value| range(value, activity, reverse));
    found.first_thresholds = [range(&["warning", "w"]), range(&["critical", "c"])];
    Ok(found)
}

/// A range of posemo for a threshold. `check_postgres` alerts at the value, `check_pgactivity` beyond it.
fn range(value: &str, activity: bool, reverse: bool) -> String {
    let value = value.trim().replace(' ', "");
    match (activity, reverse) {
        (true, false) => format!("~:{value}"),
        (true, true) => format!("{value}:"),
        (false, false) => format!("@{value}:"),
        (false, true) => format!("@~:{value}"),
    }
}

/// A macro of Nagios or a variable of a shell in a query.
fn macro_in(sql: &str) -> Option<String> {
    let (at, _) = sql.match_indices('$').find(|(at, _)| {
        let after = &sql[at + 1..];
        let next = after.chars().next();
        next.is_some_and(|next| next.is_ascii_uppercase() || next == '{' || next == '(')
    })?;
    let end = sql[at + 1..].find(|c: char| !c.is_ascii_alphanumeric() && !"_{".contains(c));
    let end = end.map_or(sql.len(), |end| at + 1 + end);
    // A macro of Nagios ends with the sign, too.
    let length = end - at + usize::from(sql[end..].starts_with('$'));
    Some(sql[at..at + length].to_owned())
}

/// The options of a call.
struct Options<'w> {
    is_call: bool,
    found: BTreeMap<&'w str, &'w str>,
}

impl<'w> Options<'w> {
    fn read(words: &'w [String]) -> Options<'w> {
        let mut options = Options { is_call: false, found: BTreeMap::new() };
        let tool = words.first().map_or("", String::as_str);
        options.is_call = tool.contains("custom_query");
        let mut rest = words.iter().skip(1).map(String::as_str).peekable();
        while let Some(word) = rest.next() {
            let Some(name) = word.strip_prefix('-') else { continue };
            let name = name.strip_prefix('-').unwrap_or(name);
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, value),
                // A negative number is a value.
                None => match rest.peek() {
                    Some(next) if !next.starts_with('-') || next.parse::<f64>().is_ok() => {
                        (name, rest.next().unwrap_or_default())
                    }
                    _ => (name, ""),
                },
            };
            options.found.entry(name).or_insert(value);
            let is_action = matches!(name, "action" | "service" | "s" | "A");
            options.is_call |= is_action && value == "custom_query";
        }
        options
    }

    fn has(&self, name: &str) -> bool {
        self.found.contains_key(name)
    }

    fn get(&self, names: &[&str]) -> Option<&'w str> {
        names
            .iter()
            .find_map(|name| self.found.get(name).copied())
            .filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_both_plugins_are_read() {
        let text = "# check_postgres --action=custom_query --query='SELECT 0'\n\
            command[orders]=/usr/lib/nagios/plugins/check_postgres.pl --action=custom_query --db app --warning=10 --critical=20 \\\n  --query=\"SELECT count(*) AS result FROM public.orders\"\n\
            define command {\n  command_name free_space\n  command_line $USER1$/check_pgactivity -s custom_query --query 'SELECT 5' -w 10MB -c 5MB --reverse --type size\n}\n\
            check_postgres_custom_query --query 'SELECT $ARG1$' -w 1\n\
            check_postgres --action=custom_query -w 1\n\
            check_postgres --action=backends --comment=custom_query\n\
            check_postgres --action=custom_query --query='SELECT\n";
        let mut content = ForeignFile::default();
        read("f", text, &mut content);
        let found: Vec<_> = content
            .queries
            .iter()
            .map(|query| {
                let [warning, critical] = &query.first_thresholds;
                (
                    query.line,
                    query.name.as_str(),
                    query.databases.join(","),
                    warning.as_deref(),
                    critical.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (2, "orders", "app".to_owned(), Some("@10:"), Some("@20:")),
                (6, "free_space", String::new(), Some("10MB:"), Some("5MB:")),
            ]
        );
        let refused: Vec<String> = content.refused.iter().map(ToString::to_string).collect();
        for (line, reason) in [(8, "$ARG1$"), (9, "no --query"), (10, "not a call"), (11, "quote")]
        {
            let start = format!("f:{line}: ");
            assert!(
                refused.iter().any(|one| one.starts_with(&start) && one.contains(reason)),
                "{refused:#?}"
            );
        }
    }
}
