//! Divides a call of `check_postgres` about several servers into one for each, as the plugin itself does.

use super::plugin_call::OldPluginCall;
use crate::compat::ForeignPlugin;

/// The most servers of a call that is divided.
const MOST: usize = 64;

/// The options that have a value for each server: the host, the port and the database.
const OPTIONS: [&[&str]; 3] =
    [&["host", "dbhost", "H"], &["port", "dbport", "p"], &["dbname", "db"]];

impl OldPluginCall {
    /// The call, or one for each of its hosts. A list of databases with several hosts has one for each of these.
    pub(super) fn for_each_server(self) -> Vec<OldPluginCall> {
        let is_divided =
            self.program.plugin == ForeignPlugin::CheckPostgres && !self.compares_servers();
        let (rest, values) = parts(&self.words);
        let servers = values[0].len().max(values[1].len());
        if !is_divided || !(2..=MOST).contains(&servers) {
            return vec![self];
        }
        let of_server = |at: usize| {
            let mut words = rest.clone();
            for (options, values) in OPTIONS.iter().zip(&values) {
                // Several databases on one server are asked one after the other; the last value is that of the rest.
                if let Some(value) = values.get(at).or(values.last()) {
                    words.push(format!("--{}={value}", options[0]));
                }
            }
            OldPluginCall { words, ..self.clone() }
        };
        (0..servers).map(of_server).collect()
    }

    /// Whether the check is about the servers together, as that of a standby and its primary.
    fn compares_servers(&self) -> bool {
        let about = |text: &str| {
            ["hot_standby", "replicate_row", "same_schema"].iter().any(|name| text.contains(name))
        };
        self.program.action.as_deref().is_some_and(about)
            || self.words.iter().any(|word| about(&word.replace('-', "_")))
    }
}

/// The words without the options of servers, and the values of these.
fn parts(words: &[String]) -> (Vec<String>, [Vec<String>; 3]) {
    let (mut rest, mut values) = (Vec::new(), [const { Vec::new() }; 3]);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let name = word.trim_start_matches('-');
        let (name, attached) =
            name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
        let option = OPTIONS.iter().position(|names| names.contains(&name));
        let Some(option) = option.filter(|_| word.starts_with('-')) else {
            rest.push(word.clone());
            continue;
        };
        let Some(value) = attached.or_else(|| words.next().map(String::as_str)) else { continue };
        values[option].extend(value.split(',').map(|one| one.trim().to_owned()));
    }
    (rest, values)
}
