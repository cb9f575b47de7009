//! The tables of a history on a server, and the script that installs them.
//!
//! Times are milliseconds since 1970, as in the file of `SQLite`.

/// The schema.
pub const SCHEMA: &str = "posemo_history";

/// The role that `posemo serve` connects as.
pub const ROLE: &str = "posemo_history";

/// The database that is used unless another is named.
pub const DATABASE: &str = "posemo_history";

/// The version of the tables that this posemo needs: the number of steps.
pub const VERSION: i64 = 2;

/// What each version adds to the one before. A step that was released is never changed.
const STEPS: [&str; 2] = [
    "
CREATE TABLE posemo_history.node (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    until timestamptz NOT NULL,
    version text NOT NULL,
    settings_hash text NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE posemo_history.written (
    node bigint PRIMARY KEY REFERENCES posemo_history.node ON DELETE CASCADE,
    batch bigint NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE posemo_history.target (
    name text PRIMARY KEY,
    node bigint REFERENCES posemo_history.node ON DELETE SET NULL,
    seen timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX target_node ON posemo_history.target (node);
CREATE TABLE posemo_history.latest (
    target text PRIMARY KEY,
    at bigint NOT NULL,
    state bytea NOT NULL
) WITH (fillfactor = 70);
ALTER TABLE posemo_history.latest ALTER state SET STORAGE EXTERNAL;
CREATE TABLE posemo_history.change (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at bigint NOT NULL,
    target text NOT NULL,
    \"check\" text NOT NULL,
    database text,
    finding text NOT NULL,
    object text,
    was text NOT NULL,
    became text NOT NULL,
    summary text NOT NULL
);
CREATE INDEX change_target ON posemo_history.change (target, seq);
CREATE INDEX change_at ON posemo_history.change (at);
CREATE INDEX change_finding ON posemo_history.change (finding, target, seq);
CREATE TABLE posemo_history.act (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at bigint NOT NULL,
    who text NOT NULL,
    what text NOT NULL,
    detail text NOT NULL
);
CREATE INDEX act_at ON posemo_history.act (at);
CREATE TABLE posemo_history.silence (
    id text PRIMARY KEY,
    target text,
    \"group\" text,
    \"check\" text,
    database text,
    object text,
    finding text,
    at bigint NOT NULL,
    until bigint NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    ended bigint,
    ended_by text
);
CREATE TABLE posemo_history.sample (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind bigint NOT NULL,
    target text NOT NULL,
    start bigint NOT NULL,
    until bigint NOT NULL,
    data bytea NOT NULL
);
ALTER TABLE posemo_history.sample ALTER data SET STORAGE EXTERNAL;
CREATE INDEX sample_target ON posemo_history.sample (kind, target, start);
CREATE INDEX sample_start ON posemo_history.sample (kind, start);
",
    "
ALTER TABLE posemo_history.written ALTER batch SET DEFAULT 0,
    ADD COLUMN values_batch bigint NOT NULL DEFAULT 0;
-- A node of version 1 that still runs cannot take a number of the chains.
ALTER TABLE posemo_history.change ALTER seq DROP IDENTITY, ADD COLUMN hash bytea;
ALTER TABLE posemo_history.act ALTER seq DROP IDENTITY, ADD COLUMN hash bytea;
CREATE TABLE posemo_history.chain (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    act_seq bigint NOT NULL,
    act_hash bytea NOT NULL,
    change_seq bigint NOT NULL,
    change_hash bytea NOT NULL,
    sealed bigint NOT NULL DEFAULT 0,
    act_removed bigint NOT NULL DEFAULT 0,
    act_removed_hash bytea,
    change_removed bigint NOT NULL DEFAULT 0,
    change_removed_hash bytea
) WITH (fillfactor = 50);
CREATE TABLE posemo_history.watched (
    target text NOT NULL,
    day bigint NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (target, day)
);
CREATE INDEX watched_day ON posemo_history.watched (day);
",
];

/// The role: it exists once for all databases of the server.
pub(super) const CREATE_ROLE: &str = "
DO $do$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'posemo_history') THEN
        CREATE ROLE posemo_history LOGIN NOINHERIT CONNECTION LIMIT 100;
    END IF;
END
$do$;
";

/// The schema and the number of its version.
const CREATE_SCHEMA: &str = "
CREATE SCHEMA posemo_history;
CREATE TABLE posemo_history.version (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    number bigint NOT NULL
);
INSERT INTO posemo_history.version (number) VALUES (0);
";

/// The heads of the chains: those of the newest rows, if the row with the heads is missing.
const HEADS: &str = "
INSERT INTO posemo_history.chain (act_seq, act_hash, change_seq, change_hash)
SELECT COALESCE(a.seq, 0), COALESCE(a.hash, start), COALESCE(c.seq, 0), COALESCE(c.hash, start)
FROM pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex') AS start
LEFT JOIN (SELECT seq, hash FROM posemo_history.act ORDER BY seq DESC LIMIT 1) AS a ON true
LEFT JOIN (SELECT seq, hash FROM posemo_history.change ORDER BY seq DESC LIMIT 1) AS c ON true
WHERE NOT EXISTS (SELECT FROM posemo_history.chain);
";

/// The privileges of the role, and of no other. It cannot alter rows of changes and acts. It removes old ones, and so could remove
/// others; the chains show it only to someone who noted a head.
const GRANTS: &str = "
REVOKE ALL ON SCHEMA posemo_history FROM PUBLIC, posemo_history;
REVOKE ALL ON ALL TABLES IN SCHEMA posemo_history FROM PUBLIC, posemo_history;
GRANT USAGE ON SCHEMA posemo_history TO posemo_history;
GRANT SELECT ON posemo_history.version TO posemo_history;
GRANT SELECT, INSERT, UPDATE, DELETE ON posemo_history.node, posemo_history.written,
    posemo_history.target, posemo_history.latest, posemo_history.silence, posemo_history.watched TO posemo_history;
GRANT SELECT, UPDATE ON posemo_history.chain TO posemo_history;
GRANT SELECT, INSERT, DELETE ON posemo_history.change, posemo_history.act,
    posemo_history.sample TO posemo_history;
";

/// The statements that bring a history of a version to that of this posemo, without a transaction.
pub fn script(from: i64) -> String {
    let done = usize::try_from(from).unwrap_or(0);
    let steps: String = STEPS.iter().skip(done).copied().collect();
    let schema = if from == 0 { CREATE_SCHEMA } else { "" };
    format!(
        "{CREATE_ROLE}{schema}{steps}{HEADS}UPDATE posemo_history.version SET number = {VERSION};\n{GRANTS}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_of_the_latest_version_creates_no_table() {
        assert!(script(0).contains("CREATE TABLE posemo_history.node"));
        assert_eq!(i64::try_from(STEPS.len()), Ok(VERSION));
        let last = script(VERSION);
        assert!(!last.contains("CREATE TABLE") && last.contains("GRANT SELECT"), "{last}");
    }
}
