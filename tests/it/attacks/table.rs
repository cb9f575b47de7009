//! The description of an attack: role, database, statements, and expected result.
//!
//! Other files contain the attacks, one file for each kind.

/// The monitor role.
pub(super) const MONITOR: &str = "posemo";
/// An ordinary login role.
pub(super) const OTHER: &str = "po_other";
/// A login role with CREATEROLE.
pub(super) const MAKER: &str = "po_crole";
/// The owner of the monitored database.
pub(super) const OWNER: &str = "po_dbo";

/// The home database.
pub(super) const HOME: &str = "posemo";
/// The monitored database.
pub(super) const APP: &str = "app";

/// One attack.
#[derive(Debug)]
pub(super) struct Attack {
    pub(super) id: &'static str,
    pub(super) who: &'static str,
    pub(super) database: &'static str,
    /// Each is one message, and can have several statements in one transaction.
    pub(super) steps: &'static [&'static str],
    pub(super) expected: Expected,
    /// Options in the attacker's startup packet.
    pub(super) options: &'static str,
    /// Statements of a superuser before the attack, in the same database.
    pub(super) prepare: &'static str,
    /// Statements of a superuser after the attack, in the same database.
    pub(super) repair: &'static str,
}

/// The expected result of an attack.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected {
    /// The server refuses it with this SQLSTATE.
    Refused(&'static str),
    /// The server runs it without an effect.
    NoEffect(Proof),
    /// The server runs it, and every function still returns the same: in a new session, and in the attacker's session if
    /// this is one of the monitor role. No code of the attacker runs.
    SameResults,
    /// The server runs it, and posemo reports the same as before.
    SameReport,
    /// PostgreSQL permits it to every such role; posemo cannot prevent it.
    Allowed(Proof),
    /// The first on servers before this major version, the second from this version on.
    Since(u32, &'static Expected, &'static Expected),
}

/// How a test proves that something was done or not done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Proof {
    /// A superuser runs this query in the same database, while the attacker's session is open.
    Superuser(&'static str, &'static str),
    /// The attacker's last step has this result: columns joined by `|`, rows by a line break.
    Own(&'static str),
    /// The server sends a notice with this text.
    Notice(&'static str),
}

impl Expected {
    /// The expected result on servers of a major version.
    pub(super) fn on(self, major: u32) -> Expected {
        match self {
            Expected::Since(since, before, from) => {
                if major < since {
                    before.on(major)
                } else {
                    from.on(major)
                }
            }
            other => other,
        }
    }
}

/// An attack by the monitor role.
pub(super) const fn monitor(
    id: &'static str,
    database: &'static str,
    steps: &'static [&'static str],
    expected: Expected,
) -> Attack {
    Attack { id, who: MONITOR, database, steps, expected, options: "", prepare: "", repair: "" }
}

impl Attack {
    /// The same, by another role.
    pub(super) const fn by(self, who: &'static str) -> Attack {
        Attack { who, ..self }
    }

    /// The same, with statements before it.
    pub(super) const fn prepared(self, prepare: &'static str) -> Attack {
        Attack { prepare, ..self }
    }

    /// The same, with statements after it.
    pub(super) const fn repaired(self, repair: &'static str) -> Attack {
        Attack { repair, ..self }
    }

    /// The same, by a client with options in its startup packet.
    pub(super) const fn with_options(self, options: &'static str) -> Attack {
        Attack { options, ..self }
    }
}
