//! The home database of an installation: what PUBLIC and backups may do there, and the record of the user's decisions.

use serde_json::{Value, json};

use super::error::InstallError;
use super::grants::NOISY;
use super::options::{InstallOptions, IntendedDatabases};
use super::plan::Planner;
use super::script::Piece;

/// Functions whose privileges of PUBLIC earlier versions of posemo revoked: a regular expression. 17 changed the
/// signature of this one.
const GIVEN_BACK: &str = "^pg_logical_emit_message$";

impl Planner<'_> {
    /// Revokes the privileges of PUBLIC in the home database, if posemo created it.
    pub(super) fn hardening(&self) -> Result<Vec<Piece>, InstallError> {
        let home = &self.options.home;
        let context = self.context(&json!({ "functions": NOISY, "given_back": GIVEN_BACK }));
        let all = [
            ("database/comment", format!("restore the comment on database {home}")),
            ("database/closed", format!("revoke privileges of PUBLIC on database {home}")),
            (
                "database/empty",
                format!("revoke privileges of PUBLIC on schema public in database {home}"),
            ),
            (
                "database/quiet",
                format!(
                    "revoke EXECUTE of PUBLIC on functions with side effects in database {home}"
                ),
            ),
        ];
        let possible = all.into_iter().filter(|(section, _)| self.can_revoke(section));
        let mut pieces = possible
            .map(|(section, what)| self.templates.piece(section, what, &context))
            .collect::<Result<Vec<_>, _>>()?;
        for role in self.backup_roles() {
            let context = self.context(&json!({ "role": role }));
            let what = format!("grant CONNECT on database {home} to role {role}, for backups");
            pieces.push(self.templates.piece("database/backup", what, &context)?);
        }
        Ok(pieces)
    }

    /// The roles that may connect to the home database to make a backup of it. Members of `pg_read_all_data` can dump
    /// all databases, so a home database that is closed to them would break their dump of the server.
    fn backup_roles(&self) -> Vec<&str> {
        let predefined = (self.version.major() >= 14).then_some("pg_read_all_data");
        predefined.into_iter().chain(self.options.backup_roles.iter().map(String::as_str)).collect()
    }

    /// Records which databases should have an installation, and who makes backups, if the user decided it now.
    pub(super) fn record(&self) -> Result<Vec<Piece>, InstallError> {
        let InstallOptions { home, databases, backup_roles, .. } = self.options;
        let mut values = Vec::new();
        match self.options.intended {
            None => {}
            Some(IntendedDatabases::All) => {
                values.push(("databases", json!(true), "the databases to monitor: all".to_owned()));
            }
            Some(IntendedDatabases::Named) => {
                let names: Vec<&str> =
                    databases.iter().filter(|name| *name != home).map(String::as_str).collect();
                let text = format!("the databases to monitor: {}", names.join(", "));
                values.push(("databases", json!(names), text));
            }
        }
        if !backup_roles.is_empty() {
            let text = format!("the backup roles: {}", backup_roles.join(", "));
            values.push(("backup_roles", json!(backup_roles), text));
        }
        let piece = |(key, value, text): (&str, Value, String)| {
            let context = self.context(&json!({ "key": key, "wanted": value.to_string() }));
            self.templates.piece("schema/record", format!("record {text}"), &context)
        };
        values.into_iter().map(piece).collect()
    }

    /// A superuser owns the system's functions, and before 15 the schema `public`.
    fn can_revoke(&self, section: &str) -> bool {
        match section {
            "database/quiet" | "database/comment" => self.options.superuser,
            "database/empty" => self.options.superuser || self.version.major() >= 15,
            _ => true,
        }
    }

    /// Privileges of PUBLIC that the installing role cannot revoke, and databases of checks that are not covered.
    pub(super) fn notes(&self) -> Vec<String> {
        let home = &self.options.home;
        let open = [
            ("database/empty", format!("schema public of database {home}")),
            ("database/quiet", format!("functions with side effects in database {home}")),
        ];
        let kept = open.into_iter().filter(|(section, _)| !self.can_revoke(section));
        let kept = kept.map(|(_, what)| {
            format!("{what}: PUBLIC keeps its privileges; only a superuser can revoke them")
        });
        kept.chain(self.uncovered()).collect()
    }
}
