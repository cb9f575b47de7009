//! Turns the filters and the databases of a call into posemo's patterns.

use super::call::TranslatedCall;
use super::error::CompatError;
use super::filter::{exact, of_regex};
use super::table::ForeignObjects;
use super::words::{GivenOptions, list};
use crate::text::visible::visible;

/// The service whose --exclude has names of applications, and the check and the argument for them.
const APPLICATIONS: (&str, &str, &str) =
    ("oldest_idlexact", "idle_in_transaction", "except_applications");

/// The filters of one call.
#[derive(Debug, Clone, Copy)]
pub(super) struct FilterReader<'a> {
    /// The action or service.
    pub(super) name: &'static str,
    /// What its filters name.
    pub(super) objects: ForeignObjects,
    /// The options of the call.
    pub(super) given: &'a GivenOptions,
}

impl FilterReader<'_> {
    /// Adds the filters of `check_postgres`.
    pub(super) fn of_check_postgres(self, call: &mut TranslatedCall) -> Result<(), CompatError> {
        let (include, exclude) = (list(self.given, &["include"]), list(self.given, &["exclude"]));
        if !include.is_empty() && !exclude.is_empty() {
            let reason = "with --exclude it only brings objects back; leave one of them out";
            return Err(self.refused("include", reason));
        }
        for (option, items) in [("include", include), ("exclude", exclude)] {
            for item in &items {
                let patterns = self.item(option, item)?;
                let list = if option == "include" { &mut call.objects } else { &mut call.except };
                list.extend(patterns);
            }
        }
        for option in ["includeuser", "excludeuser"] {
            for user in list(self.given, &[option]) {
                if self.objects != ForeignObjects::Sessions {
                    let reason =
                        "posemo does not filter by the owner; name the objects with --exclude";
                    return Err(self.refused(option, reason));
                }
                let pattern = format!("*.{}", exact(&user));
                let list =
                    if option == "includeuser" { &mut call.objects } else { &mut call.except };
                list.push(pattern);
            }
        }
        if self.is_in_databases() {
            let names = list(self.given, &["dbname"]);
            call.databases.extend(names.iter().map(|name| exact(name)));
        }
        for (option, is_included) in [("includedb", true), ("excludedb", false)] {
            for item in list(self.given, &[option]) {
                if !self.is_in_databases() {
                    let reason = "the check runs once for the server, not in each database";
                    return Err(self.refused(option, reason));
                }
                let patterns = self.name_or_regex(option, &item)?;
                let databases =
                    if is_included { &mut call.databases } else { &mut call.except_databases };
                databases.extend(patterns);
            }
        }
        Ok(())
    }

    /// Adds the filters of `check_pgactivity`.
    pub(super) fn of_check_pgactivity(self, call: &mut TranslatedCall) -> Result<(), CompatError> {
        let values = |option: &str| self.given.get(option).cloned().unwrap_or_default();
        for (option, is_included) in [("dbinclude", true), ("dbexclude", false)] {
            for regex in values(option) {
                let patterns = self.regex(option, &regex)?;
                let (list, end) = match (self.objects, is_included) {
                    (ForeignObjects::Refused(reason), _) => {
                        return Err(self.refused(option, reason));
                    }
                    (ForeignObjects::Names, _) => {
                        let reason = "the objects of posemo's check are not databases";
                        return Err(self.refused(option, reason));
                    }
                    (ForeignObjects::Databases, true) => (&mut call.objects, ""),
                    (ForeignObjects::Databases, false) => (&mut call.except, ""),
                    (ForeignObjects::Sessions, true) => (&mut call.objects, ".*"),
                    (ForeignObjects::Sessions, false) => (&mut call.except, ".*"),
                    (_, true) => (&mut call.databases, ""),
                    (_, false) => (&mut call.except_databases, ""),
                };
                list.extend(patterns.into_iter().map(|pattern| pattern + end));
            }
        }
        let (service, check, argument) = APPLICATIONS;
        if self.name == service {
            let names = list(self.given, &["exclude"]);
            if !names.is_empty() {
                call.arguments.push((check, argument, names.join(",")));
            }
            return Ok(());
        }
        for regex in values("exclude") {
            let reason = match self.objects {
                ForeignObjects::Refused(reason) | ForeignObjects::Schemas(reason) => Some(reason),
                ForeignObjects::Relations if regex.contains('^') => Some(
                    "the expression begins at the name of a database; use --dbexclude, or leave out ^",
                ),
                ForeignObjects::Extensions if regex.contains('/') => Some(
                    "the expression names a database; use --dbexclude, or write only the extension",
                ),
                ForeignObjects::Relations | ForeignObjects::Extensions | ForeignObjects::Names => {
                    None
                }
                ForeignObjects::Databases | ForeignObjects::Sessions => {
                    Some("posemo does not read texts of queries or names of applications")
                }
            };
            if let Some(reason) = reason {
                return Err(self.refused("exclude", reason));
            }
            call.except.extend(self.regex("exclude", &regex)?);
        }
        Ok(())
    }

    /// Whether the check runs in each database.
    fn is_in_databases(self) -> bool {
        use ForeignObjects::{Extensions, Relations, Schemas};
        matches!(self.objects, Relations | Schemas(_) | Extensions)
    }

    /// The patterns of one item of --include or --exclude.
    fn item(self, option: &'static str, item: &str) -> Result<Vec<String>, CompatError> {
        if let ForeignObjects::Refused(reason) = self.objects {
            return Err(self.refused(option, reason));
        }
        let has_schemas =
            matches!(self.objects, ForeignObjects::Relations | ForeignObjects::Schemas(_));
        if let Some(schema) = item.strip_suffix('.').filter(|_| has_schemas) {
            let patterns = self.name_or_regex(option, schema)?;
            return Ok(patterns.into_iter().map(|pattern| pattern + ".*").collect());
        }
        if let ForeignObjects::Schemas(reason) = self.objects {
            return Err(self.refused(option, reason));
        }
        let before = if has_schemas { "*." } else { "" };
        let after = if self.objects == ForeignObjects::Sessions { ".*" } else { "" };
        let patterns = self.name_or_regex(option, item)?;
        Ok(patterns.into_iter().map(|pattern| format!("{before}{pattern}{after}")).collect())
    }

    fn name_or_regex(self, option: &'static str, item: &str) -> Result<Vec<String>, CompatError> {
        match item.strip_prefix('~') {
            Some(regex) => self.regex(option, regex),
            None => Ok(vec![exact(item)]),
        }
    }

    fn regex(self, option: &'static str, regex: &str) -> Result<Vec<String>, CompatError> {
        of_regex(regex).ok_or_else(|| {
            let reason = format!(
                "the regular expression {} is more than * and ?; write names, one option for each",
                visible(regex)
            );
            self.refused(option, &reason)
        })
    }

    fn refused(self, option: &str, reason: &str) -> CompatError {
        CompatError::no_option(format!("--{option}"), self.name, reason)
    }
}
