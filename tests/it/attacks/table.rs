//! What an attack is: who tries what, where, and what must become of it.
//!
//! The attacks themselves stand beside this, one file a kind.

/// The login of the monitor.
pub(super) const MONITOR: &str = "posemo";
/// A login like any other.
pub(super) const OTHER: &str = "po_other";
/// A login that may make roles.
pub(super) const MAKER: &str = "po_crole";
/// The owner of the database that posemo watches.
pub(super) const OWNER: &str = "po_dbo";

/// posemo's own database.
pub(super) const HOME: &str = "posemo";
/// The database that posemo watches.
pub(super) const APP: &str = "app";

/// One try.
#[derive(Debug)]
pub(super) struct Attack {
    pub(super) id: &'static str,
    pub(super) who: &'static str,
    pub(super) database: &'static str,
    /// Each is sent by itself, and may be several statements in one transaction.
    pub(super) steps: &'static [&'static str],
    pub(super) expected: Expected,
    /// Options of the attacker's first packet.
    pub(super) options: &'static str,
    /// What a superuser does before, in the same database.
    pub(super) prepare: &'static str,
    /// What a superuser undoes afterwards, in the same database.
    pub(super) repair: &'static str,
}

/// What must become of an attack.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected {
    /// The server refuses, with this SQLSTATE.
    Refused(&'static str),
    /// The server obeys, and nothing comes of it.
    Vain(Proof),
    /// The server obeys, and every function still gives what it gives to an honest monitor: in the
    /// attacker's session, if he is the monitor, and in a new one. None of his code is run on the way.
    Unmoved,
    /// The server obeys, and every function gives to an honest monitor what it gave before, through posemo.
    Unheard,
    /// The server lets any such login do it, whatever posemo does.
    Allowed(Proof),
    /// The first on servers before this major, the second from there on.
    Since(u32, &'static Expected, &'static Expected),
}

/// What shows that something was done, or was not.
#[derive(Debug, Clone, Copy)]
pub(super) enum Proof {
    /// A superuser asks this in the same database, while the attacker's session is open.
    Superuser(&'static str, &'static str),
    /// The attacker's last step has this answer: columns joined by `|`, rows by a line break.
    Own(&'static str),
    /// The server says this in a notice.
    Notice(&'static str),
}

impl Expected {
    /// What is expected on servers of a major.
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

/// An attack by the monitor.
pub(super) const fn monitor(
    id: &'static str,
    database: &'static str,
    steps: &'static [&'static str],
    expected: Expected,
) -> Attack {
    Attack { id, who: MONITOR, database, steps, expected, options: "", prepare: "", repair: "" }
}

impl Attack {
    /// The same, by somebody else.
    pub(super) const fn by(self, who: &'static str) -> Attack {
        Attack { who, ..self }
    }

    /// The same, with something made ready before.
    pub(super) const fn prepared(self, prepare: &'static str) -> Attack {
        Attack { prepare, ..self }
    }

    /// The same, with its traces undone afterwards.
    pub(super) const fn repaired(self, repair: &'static str) -> Attack {
        Attack { repair, ..self }
    }

    /// The same, by a client whose first packet has options.
    pub(super) const fn with_options(self, options: &'static str) -> Attack {
        Attack { options, ..self }
    }
}
