//! A call of another plugin in posemo's words, before it becomes a command line or a section of settings.

use crate::text::shell::quoted;

/// A range for a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranslatedRange {
    /// posemo's check.
    pub check: &'static str,
    /// The metric.
    pub metric: &'static str,
    /// The only object that the range is for; absent for all.
    pub object: Option<&'static str>,
    /// Whether the range is for CRITICAL.
    pub critical: bool,
    /// The range, in the base unit.
    pub range: String,
}

/// A call of another plugin in posemo's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TranslatedCall {
    /// posemo's checks.
    pub checks: Vec<&'static str>,
    /// The ranges that the levels of the call mean.
    pub ranges: Vec<TranslatedRange>,
    /// Arguments: the check, the name, and the value.
    pub arguments: Vec<(&'static str, &'static str, String)>,
    /// The databases in which the checks run; empty for all.
    pub databases: Vec<String>,
    /// Databases whose objects are left out.
    pub except_databases: Vec<String>,
    /// The only objects; empty for all.
    pub objects: Vec<String>,
    /// Objects that are left out.
    pub except: Vec<String>,
    /// Words of `posemo check` for the connection: the option and its value.
    pub connection: Vec<(&'static str, String)>,
    /// The role of the call.
    pub user: Option<String>,
    /// A file with a document.
    pub document: Option<String>,
    /// The time limit in seconds.
    pub timeout: u64,
    /// What posemo does differently; empty if nothing is known.
    pub differs: &'static str,
}

impl TranslatedCall {
    /// The words of the call after `posemo`.
    pub fn words(&self) -> Vec<String> {
        let mut words = vec!["check".to_owned(), self.checks.join(",")];
        let several = self.checks.len() > 1;
        let of = |check: &str| if several { format!("{check}.") } else { String::new() };
        let mut add = |option: &str, value: String| words.extend([option.to_owned(), value]);
        for one in &self.ranges {
            let option = if one.critical { "-c" } else { "-w" };
            let object = one.object.map_or(String::new(), |name| format!("[{name}]"));
            add(option, format!("{}{}{object}={}", of(one.check), one.metric, one.range));
        }
        for (check, name, value) in &self.arguments {
            add("-a", format!("{}{name}={value}", of(check)));
        }
        let lists = [
            ("--database", &self.databases),
            ("--except-database", &self.except_databases),
            ("--object", &self.objects),
            ("--except", &self.except),
        ];
        for (option, values) in lists {
            for value in values {
                add(option, value.clone());
            }
        }
        self.connection.iter().for_each(|(option, value)| add(option, value.clone()));
        if let Some(user) = &self.user {
            add("-U", user.clone());
        }
        if let Some(document) = &self.document {
            add("--docs", document.clone());
        }
        add("--timeout", self.timeout.to_string());
        // A value that begins with a dash is attached, so that it is not an option.
        let joined = |pair: &[String]| match pair {
            [option, value] if !value.starts_with('-') => vec![option.clone(), value.clone()],
            [option, value] if option.starts_with("--") => vec![format!("{option}={value}")],
            other => vec![other.concat()],
        };
        let (start, rest) = words.split_at(2);
        start.iter().cloned().chain(rest.chunks(2).flat_map(joined)).collect()
    }

    /// The command, as a shell reads it.
    pub fn command(&self) -> String {
        let words = self.words().into_iter().map(|word| quoted(&word));
        let words: Vec<String> = ["posemo".to_owned()].into_iter().chain(words).collect();
        words.join(" ")
    }
}
