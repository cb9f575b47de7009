//! What a page shows of a check beside its results.

use std::time::Duration;

use jiff::Timestamp;

/// What is known about a check, and the values in force for one target.
#[derive(Debug, Clone, Default)]
pub struct CheckNotes {
    /// One line: what it watches.
    pub summary: String,
    /// The topic.
    pub topic: String,
    /// Where it comes from: `posemo`, or the folder of a check of the user.
    pub place: String,
    /// The text of `README.md`.
    pub readme: String,
    /// How often it runs without settings.
    pub interval: Duration,
    /// Rules of assessments.
    pub references: Vec<String>,
    /// The values in force: the setting, its value, the place where it is set.
    pub in_force: Vec<[String; 3]>,
    /// The owner and its privileges, as text; empty for a check of a document.
    pub owner: String,
    /// The function as it is installed, as text; empty for a check of a document.
    pub sql: String,
}

/// A maintenance window and its targets.
#[derive(Debug, Clone)]
pub struct PlannedWindow {
    /// The name of its section.
    pub name: String,
    /// The reason.
    pub reason: String,
    /// The targets that it is for.
    pub targets: Vec<String>,
    /// When the window that is open ends.
    pub open_until: Option<Timestamp>,
    /// When the next one begins.
    pub next: Option<Timestamp>,
}
