//! The formats that `posemo migrate` reads, and how it recognizes them.

use std::fmt;
use std::str::FromStr;

use super::found::names_any_plugin;
use super::lines::named_command;
use super::{nagios, zabbix_items};
use crate::text::suggestion::suggestion;

/// Programs that call a plugin in a line of `mrpe.cfg`.
const CALLERS: [&str; 6] = ["sudo", "env", "perl", "sh", "bash", "timeout"];

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrateFormat {
    /// Object definitions of Nagios, `nagios.cfg` and `resource.cfg`.
    Nagios,
    /// `nrpe.cfg`.
    Nrpe,
    /// Configuration of Icinga 2.
    Icinga2,
    /// `mrpe.cfg` of Checkmk's agent.
    Mrpe,
    /// `zabbix_agentd.conf`.
    Zabbix,
    /// The configuration of the Perl program Posemo.
    Posemo,
}

impl MigrateFormat {
    /// All formats, with the words of `--format` and what is in the files.
    pub const ALL: [(MigrateFormat, &'static str, &'static str); 6] = [
        (MigrateFormat::Nagios, "nagios", "define service {"),
        (MigrateFormat::Nrpe, "nrpe", "command[NAME]=…"),
        (MigrateFormat::Icinga2, "icinga2", "object Service \"NAME\" {"),
        (MigrateFormat::Mrpe, "mrpe", "NAME COMMAND"),
        (MigrateFormat::Zabbix, "zabbix", "UserParameter=KEY,COMMAND"),
        (MigrateFormat::Posemo, "posemo", "<HostGroup NAME>, or YAML with hostgroup"),
    ];

    /// The format of a text; absent if it is in none.
    pub(super) fn of(text: &str) -> Option<MigrateFormat> {
        if zabbix_items::is_export(text) {
            return Some(MigrateFormat::Zabbix);
        }
        if nagios::has_definitions(text) {
            return Some(MigrateFormat::Nagios);
        }
        let lines =
            || text.lines().map(str::trim_start).filter(|line| !line.starts_with(['#', ';']));
        let begins =
            |words: &[&str]| lines().any(|line| words.iter().any(|word| line.starts_with(word)));
        if lines().any(|line| named_command(line).is_some()) {
            return Some(MigrateFormat::Nrpe);
        }
        if begins(&["cfg_file", "cfg_dir", "resource_file", "$USER"]) {
            return Some(MigrateFormat::Nagios);
        }
        if begins(&[
            "object ",
            "template ",
            "apply ",
            "const ",
            "include \"",
            "include <",
            "library \"",
        ]) {
            return Some(MigrateFormat::Icinga2);
        }
        if begins(&["UserParameter"]) {
            return Some(MigrateFormat::Zabbix);
        }
        let lower = |word: &str| lines().any(|line| line.to_ascii_lowercase().starts_with(word));
        if ["<hostgroup", "<hosts", "<check ", "hostgroup:", "hosts:", "check:"]
            .into_iter()
            .any(lower)
            || text.trim_start().starts_with('{')
        {
            return Some(MigrateFormat::Posemo);
        }
        let is_mrpe = |line: &str| {
            let is_program = |word: &str| {
                word.starts_with(['/', '(']) || names_any_plugin(word) || CALLERS.contains(&word)
            };
            names_any_plugin(line) && line.split_whitespace().nth(1).is_some_and(is_program)
        };
        if lines().any(is_mrpe) {
            return Some(MigrateFormat::Mrpe);
        }
        // They only name other files.
        if begins(&["include=", "include_dir=", "include_file="]) {
            return Some(MigrateFormat::Nrpe);
        }
        begins(&["Include="]).then_some(MigrateFormat::Zabbix)
    }

    /// What files can be, for a message.
    pub(super) fn known() -> String {
        let known = MigrateFormat::ALL.iter().map(|(_, word, form)| format!("{word} ({form})"));
        known.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for MigrateFormat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = MigrateFormat::ALL.iter().find(|(format, ..)| format == self);
        out.write_str(found.map_or("", |(_, word, _)| word))
    }
}

impl FromStr for MigrateFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<MigrateFormat, String> {
        let found = MigrateFormat::ALL.iter().find(|(_, word, _)| *word == text);
        found.map(|(format, ..)| *format).ok_or_else(|| {
            let words = MigrateFormat::ALL.iter().map(|(_, word, _)| *word);
            format!("unknown format{}", suggestion(text, words))
        })
    }
}
