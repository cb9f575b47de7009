//! The settings of a session, by what it is for.

use std::time::Duration;

use super::connect::IntakeLimits;

/// What a session is for; it determines the settings with which the session starts.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Runs checks: it only reads, and the server stops a statement that takes too long.
    Monitor {
        /// The limit for one statement.
        statement: Duration,
    },
    /// Runs the check that writes: as above, but whether a transaction may write is decided by the settings of the server, the
    /// database and the role, as for an application.
    Write {
        /// The limit for one statement.
        statement: Duration,
    },
    /// Keeps a history: it reads and writes tables, and holds no lock for long.
    Store {
        /// The limit for one statement.
        statement: Duration,
    },
    /// Copies or verifies a history in one transaction, which may take hours.
    Copy {
        /// The limit for one statement.
        statement: Duration,
    },
    /// Installs: no setting of a database or a role may change the meaning of the script.
    Install,
}

/// The time after which a server from 14 on ends a session that is not used.
pub(super) const IDLE_TIMEOUT: &str = "idle_session_timeout";

/// A setting and its value.
pub(super) type SessionSetting = (&'static str, String);

impl Purpose {
    /// The settings that servers from 14 and 17 on know, and older ones refuse. A role or a database may have
    /// limits that would end a session between two queries, or a long installation.
    pub(super) fn settings_since(self, major: u32) -> Vec<SessionSetting> {
        let limit = match self {
            Purpose::Monitor { statement }
            | Purpose::Write { statement }
            | Purpose::Store { statement } => format!("{}ms", (statement * 4).as_millis()),
            Purpose::Copy { .. } | Purpose::Install => "0".to_owned(),
        };
        let all = [(14, IDLE_TIMEOUT, "0".to_owned()), (17, "transaction_timeout", limit)];
        let known = all.into_iter().filter(|(since, ..)| *since <= major);
        known.map(|(_, name, value)| (name, value)).collect()
    }

    /// How much the server may send. The rows of a check are few and short; those of an installation can be the names
    /// of all objects of a database.
    pub(super) fn intake(self) -> IntakeLimits {
        match self {
            Purpose::Monitor { .. } | Purpose::Write { .. } => {
                IntakeLimits { message: 4 << 20, total: 64 << 20 }
            }
            Purpose::Store { .. } | Purpose::Copy { .. } => {
                IntakeLimits { message: 80 << 20, total: 512 << 20 }
            }
            Purpose::Install => IntakeLimits::default(),
        }
    }

    /// The settings and their values.
    pub(super) fn settings(self) -> Vec<SessionSetting> {
        let mut settings = vec![
            ("search_path", "pg_catalog,pg_temp".to_owned()),
            ("standard_conforming_strings", "on".to_owned()),
            ("DateStyle", "ISO".to_owned()),
            ("IntervalStyle", "postgres".to_owned()),
            ("TimeZone", "UTC".to_owned()),
            ("bytea_output", "hex".to_owned()),
            ("extra_float_digits", "1".to_owned()),
            ("quote_all_identifiers", "off".to_owned()),
            ("transform_null_equals", "off".to_owned()),
            ("local_preload_libraries", String::new()),
            ("role", "none".to_owned()),
            // A standby refuses serializable transactions, and elsewhere they may have to wait for others.
            ("default_transaction_isolation", "read committed".to_owned()),
            ("default_transaction_deferrable", "off".to_owned()),
            // An error of one check must not end the session of all.
            ("exit_on_error", "off".to_owned()),
            // The queries are small; compiling one costs more than running it.
            ("jit", "off".to_owned()),
            // Debugging settings of a role would otherwise send each plan, which is more than posemo reads.
            ("client_min_messages", "warning".to_owned()),
            // However much memory a statement of an application may use.
            ("work_mem", "64MB".to_owned()),
        ];
        if matches!(self, Purpose::Monitor { .. }) {
            settings.push(("default_transaction_read_only", "on".to_owned()));
        }
        match self {
            Purpose::Monitor { statement } | Purpose::Write { statement } => settings.extend([
                ("statement_timeout", format!("{}ms", statement.as_millis())),
                ("lock_timeout", "2s".to_owned()),
                ("idle_in_transaction_session_timeout", "60s".to_owned()),
            ]),
            Purpose::Store { statement } | Purpose::Copy { statement } => settings.extend([
                ("default_transaction_read_only", "off".to_owned()),
                ("statement_timeout", format!("{}ms", statement.as_millis())),
                ("lock_timeout", format!("{}ms", (statement / 2).as_millis())),
                // A process that was stopped within a transaction delays the others for this time.
                ("idle_in_transaction_session_timeout", format!("{}ms", statement.as_millis())),
            ]),
            Purpose::Install => settings.extend([
                ("default_transaction_read_only", "off".to_owned()),
                ("statement_timeout", "0".to_owned()),
                ("idle_in_transaction_session_timeout", "0".to_owned()),
                // An installation must not wait for a synchronous standby that is missing.
                ("synchronous_commit", "local".to_owned()),
            ]),
        }
        settings
    }
}

/// The settings as startup options, with blanks escaped. None of the values contains a backslash.
pub(super) fn startup_options(settings: &[SessionSetting]) -> String {
    let option =
        |(name, value): &SessionSetting| format!("-c {name}={}", value.replace(' ', "\\ "));
    settings.iter().map(option).collect::<Vec<_>>().join(" ")
}

/// The settings as statements, for poolers. It leaves out what only the first packet can set.
pub(super) fn statements(settings: &[SessionSetting]) -> String {
    let late = settings.iter().filter(|(name, _)| *name != "local_preload_libraries");
    late.map(|(name, value)| {
        // In quotes the list would be a single name with a comma in it.
        if *name == "search_path" {
            format!("SET {name} = {value};")
        } else {
            format!("SET {name} = '{value}';")
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_copy_or_an_installation_may_take_any_time() {
        let statement = Duration::from_secs(120);
        for (purpose, expected) in [
            (Purpose::Store { statement }, "480000ms"),
            (Purpose::Copy { statement }, "0"),
            (Purpose::Install, "0"),
        ] {
            let limit = |major| {
                let all = purpose.settings_since(major).into_iter();
                all.filter(|(name, _)| *name == "transaction_timeout").collect::<Vec<_>>()
            };
            assert_eq!(limit(17), [("transaction_timeout", expected.to_owned())], "{purpose:?}");
            assert_eq!(limit(16), [], "an older server does not know it");
        }
        let timeout = ("statement_timeout", "120000ms".to_owned());
        assert!(Purpose::Copy { statement }.settings().contains(&timeout));
    }
}
