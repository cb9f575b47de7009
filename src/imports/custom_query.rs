//! Reads calls of `custom_query` of `check_postgres` and `check_pgactivity`: command lines in a file, such as those of NRPE,
//! definitions of commands for Nagios, and scripts.

use super::call_options::OptionsOfCall;
use super::call_thresholds;
use super::foreign_query::{
    ColumnUsage, ForeignColumn, ForeignFile, ForeignQuery, ForeignVariant, JudgedColumn,
    RestOfColumns,
};
use crate::finding::metric::{MetricKind, Unit};
use crate::percona::yaml::mistake;
use crate::text::shell_words::words;

/// The most options in remarks.
const MOST_REMARKS: usize = 20;

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
        if content.is_full() {
            return;
        }
        let (name, text) = match name_of(&text) {
            Some((name, rest)) => (Some(name.to_owned()), rest),
            None => (name_before.take(), text.as_str()),
        };
        let name = name.unwrap_or_else(|| format!("custom_query_{}", content.entries));
        match call(text, &name) {
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

/// The name of a command of NRPE, `command[NAME]=`, and the rest of the line.
fn name_of(line: &str) -> Option<(&str, &str)> {
    line.trim_start().strip_prefix("command[")?.split_once(']')
}

/// Whether a text contains a call, and not only a comment with one.
pub(super) fn has_call(text: &str) -> bool {
    let is_call = |(_, line): &(usize, String)| {
        !line.trim_start().starts_with('#')
            && line.contains("custom_query")
            && tool_in(line).is_some()
    };
    text.contains("custom_query") && logical_lines(text).iter().any(is_call)
}

/// Where a line names one of the programs.
fn tool_in(line: &str) -> Option<usize> {
    ["check_postgres", "check_pgactivity"].into_iter().filter_map(|tool| line.find(tool)).min()
}

/// The words of a call, the first of which ends with the name of the program. A shell can get the call as one word: `sh -c
/// "…"`.
fn words_of_call(line: &str) -> Result<Vec<String>, String> {
    /// The most shells within each other.
    const MOST: usize = 4;
    let start = tool_in(line).ok_or("does not call check_postgres or check_pgactivity")?;
    let open = "a quote does not end";
    // A quote before the call may end in another line.
    let mut found = words(line).or_else(|| words(&line[start..])).ok_or(open)?;
    for _ in 0..MOST {
        let Some(first) = found.iter().position(|word| tool_in(word).is_some()) else { break };
        found.drain(..first);
        let start = tool_in(&found[0]).unwrap_or_default();
        if !found[0][start..].contains(char::is_whitespace) {
            return Ok(found);
        }
        found = words(&found[0]).ok_or(open)?;
    }
    Err("does not call check_postgres or check_pgactivity".to_owned())
}

fn call(line: &str, name: &str) -> Result<ForeignQuery, String> {
    let words = words_of_call(line)?;
    let tool = &words[0][tool_in(&words[0]).unwrap_or_default()..];
    let is_activity = tool.starts_with("check_pgactivity");
    let options = OptionsOfCall::read(&words[1..]);
    let is_call = tool.contains("custom_query") || options.get("action") == Some("custom_query");
    if !is_call {
        return Err("is not a call of custom_query".to_owned());
    }
    let sql = options.get("query").ok_or("has no --query")?;
    if let Some(macros) = macro_in(sql) {
        return Err(format!(
            "the query contains {macros}, which another program replaces; write the value"
        ));
    }
    let mut found = ForeignQuery {
        program: if is_activity { "check_pgactivity" } else { "check_postgres" },
        name: name.to_owned(),
        rest: RestOfColumns::Labels,
        variants: vec![ForeignVariant { sql: sql.to_owned(), ..ForeignVariant::default() }],
        ..ForeignQuery::default()
    };
    for names in options.all("dbname") {
        // A connection string can contain a password.
        if !names.contains(['=', '/']) {
            found.databases.extend(names.split(',').map(str::to_owned));
        } else if let Some(name) = database_in(names) {
            found.databases.push(name);
        } else {
            found.remarks.push("The database of the call is a connection string without a name that was read: set `databases`.".to_owned());
        }
    }
    for name in options.unknown.iter().take(MOST_REMARKS) {
        found.remarks.push(format!("The option `{name}` of the call was not read."));
    }
    if options.has_other_words {
        found.remarks.push(
            "The call contains a word that does not belong to an option: it was not read."
                .to_owned(),
        );
    }
    found.remarks.push(format!(
        "{} reports UNKNOWN if the query returns no row, and this check is OK then. If a row must exist, count them in the query.",
        found.program
    ));
    let unit = match options.get("valtype") {
        Some("size") => Some(Unit::Bytes),
        Some("time") => Some(Unit::Seconds),
        Some("string") => {
            found.remarks.push("`--valtype=string`: posemo compares numbers only. Return a boolean: false is a problem.".to_owned());
            return Ok(found);
        }
        Some("integer") | None => None,
        Some(other) => {
            found.remarks.push(format!("The type `{other}` of the call was not read."));
            None
        }
    };
    found.judged = Some(JudgedColumn {
        // check_pgactivity reads the first column.
        name: (!is_activity).then_some("result"),
        column: ForeignColumn {
            usage: ColumnUsage::Metric(MetricKind::Gauge),
            help: "The value that the plugin compares with its thresholds".to_owned(),
            unit,
            ..ForeignColumn::default()
        },
    });
    call_thresholds::set(&mut found, &options, unit, is_activity);
    Ok(found)
}

/// The name of the database in a connection string: `dbname=app host=db`, or a URL.
fn database_in(text: &str) -> Option<String> {
    let name = match text.split_once("://") {
        Some((_, rest)) => {
            let path = rest.split(['?', '#']).next()?;
            path.rsplit_once('@').map_or(path, |(_, host)| host).split_once('/')?.1
        }
        None => text.split_whitespace().find_map(|word| word.strip_prefix("dbname="))?,
    };
    let name = name.trim_matches('\'');
    let is_plain = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    (!name.is_empty() && name.chars().all(is_plain)).then(|| name.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_of_a_call_is_repeated() {
        let text = "check_postgres --action=custom_query --query 'SELECT 1' --dbpassword=geheim -d 'host=x password=geheim dbname=app'\n\
            check_postgres --action=custom_query --query 'SELECT 2' --dbpassword geheim --db=postgres://u:geheim@h/app?x -Xgeheim\n\
            check_postgres --action=custom_query --query 'SELECT 3' --db 'service=x password=geheim' geheim\n";
        let mut content = ForeignFile::default();
        read("f", text, &mut content);
        let databases: Vec<String> =
            content.queries.iter().map(|query| query.databases.join(",")).collect();
        assert_eq!(databases, ["app", "app", ""]);
        let remarks: String =
            content.queries.iter().flat_map(|query| query.remarks.clone()).collect();
        assert!(!remarks.contains("geheim") && content.refused.is_empty(), "{content:#?}");
        for part in
            ["`--dbpassword`", "`-X`", "a word that does not belong", "is a connection string"]
        {
            assert!(remarks.contains(part), "{part}: {remarks}");
        }
    }

    #[test]
    fn calls_of_both_plugins_are_read() {
        let text = "# check_postgres --action=custom_query --query='SELECT 0'\n\
            command[orders]=/usr/lib/nagios/plugins/check_postgres.pl --action=custom_query --db app --warning=10 --critical=20 \\\n  --query=\"SELECT count(*) AS result FROM public.orders\"\n\
            define command {\n  command_name free_space\n  command_line $USER1$/check_pgactivity -s custom_query --query 'SELECT 5' -w 10MB -c 5MB --reverse --type size\n}\n\
            check_postgres_custom_query --query 'SELECT $ARG1$' -w 1\n\
            check_postgres --action=custom_query -w 1\n\
            check_postgres --action=backends --comment=custom_query\n\
            check_postgres --action=custom_query --query='SELECT\n\
            command[in_shell]=/bin/sh -c \"check_postgres --action=custom_query --query='SELECT 7 AS result' -w5 -c10 db=app --frob=1 | cat\"\n\
            check_pgactivity -s custom_query --query 'SELECT 8' --type time -w 1h30m -c '1 day'\n\
            check_postgres --action=custom_query --query 'SELECT 9 AS result' --warn=soon --crit 3 --db1 x,y\n";
        let mut content = ForeignFile::default();
        read("f", text, &mut content);
        let found: Vec<_> = content
            .queries
            .iter()
            .map(|query| {
                let [warning, critical] = &query.thresholds;
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
                (12, "in_shell", "app".to_owned(), Some("@5:"), Some("@10:")),
                (13, "custom_query_8", String::new(), Some("~:90m"), Some("~:1d")),
                (14, "custom_query_9", "x,y".to_owned(), None, Some("@3:")),
            ]
        );
        let remarks: Vec<&str> =
            content.queries.iter().flat_map(|query| &query.remarks).map(String::as_str).collect();
        let remarks: Vec<&str> =
            remarks.into_iter().filter(|remark| !remark.contains("returns no row")).collect();
        let parts = ["option `--frob`", "threshold `soon`"];
        assert!(
            remarks.len() == 2 && remarks.iter().zip(parts).all(|(one, part)| one.contains(part)),
            "{remarks:#?}"
        );
        let judged = |index: usize| content.queries[index].judged.as_ref().unwrap().name;
        assert_eq!((judged(0), judged(1)), (Some("result"), None));
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
