//! Guesses the topic of a check, from its name, its summary, and what it reads.

/// Parts of words, each with its topic. The first that matches is used.
const TOPICS: [(&str, &str); 36] = [
    ("replica", "replication"),
    ("standby", "replication"),
    ("slot", "replication"),
    ("wal_receiver", "replication"),
    ("subscription", "replication"),
    ("recovery", "replication"),
    ("archive", "backup"),
    ("backup", "backup"),
    ("deadlock", "locks"),
    ("lock", "locks"),
    ("vacuum", "vacuum"),
    ("wraparound", "vacuum"),
    ("freeze", "vacuum"),
    ("xmin", "vacuum"),
    ("dead_tup", "vacuum"),
    ("checkpoint", "wal"),
    ("bgwriter", "wal"),
    ("wal", "wal"),
    ("bloat", "storage"),
    ("size", "storage"),
    ("tablespace", "storage"),
    ("activity", "activity"),
    ("progress", "activity"),
    ("running", "activity"),
    ("wait", "activity"),
    ("connection", "connections"),
    ("session", "connections"),
    ("backend", "connections"),
    ("role", "security"),
    ("password", "security"),
    ("ssl", "security"),
    ("setting", "configuration"),
    ("version", "configuration"),
    ("config", "configuration"),
    ("sequence", "schema"),
    ("constraint", "schema"),
];

/// The topic, and the reason.
pub(super) fn guess(name: &str, summary: &str, reads: &[String]) -> (&'static str, String) {
    let texts = [
        ("its name", name.to_owned()),
        ("what it reads", reads.join(" ")),
        ("its summary", summary.to_owned()),
    ];
    for (what, text) in texts {
        let text = text.to_lowercase();
        if let Some((part, topic)) = TOPICS.iter().find(|(part, _)| text.contains(part)) {
            return (topic, format!("{what} contains \"{part}\""));
        }
    }
    ("performance", "no other topic matches".to_owned())
}
