//! Checks on tables of users: the grants of their owner sets, tables that are missing or lost, databases without them.

use std::path::Path;

use super::{server, text};
use crate::catalog::Folder;
use crate::server::Server;

const TABLES: &str = "CREATE SCHEMA ops; CREATE TYPE ops.state AS ENUM ('new', 'stuck');
    CREATE TABLE ops.heartbeat (source text PRIMARY KEY, at timestamptz NOT NULL, secret text);
    CREATE TABLE ops.queue (id bigint, dropped int, tenant text, payload text, state ops.state, created timestamptz);
    ALTER TABLE ops.queue DROP COLUMN dropped;
    INSERT INTO ops.heartbeat VALUES ('importer', now() - interval '10 min');
    INSERT INTO ops.queue SELECT n, 't1', '', 'stuck', now() - interval '2 h' FROM generate_series(1, 150) AS n";

/// What the owner role of the queue may do in a database, beside its functions.
const PRIVILEGES: &str = "SELECT string_agg(x, ' ' ORDER BY x) FROM (
    SELECT n.nspname || '=' || a.privilege_type FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
      WHERE a.grantee = to_regrole('posemo_own_queue')
    UNION ALL SELECT c.relname || '=' || a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
      WHERE a.grantee = to_regrole('posemo_own_queue')
    UNION ALL SELECT t.attname || '=' || a.privilege_type FROM pg_attribute AS t, aclexplode(t.attacl) AS a
      WHERE a.grantee = to_regrole('posemo_own_queue')) AS p(x)";

const GRANTED: &str = "created=SELECT ops=USAGE state=SELECT tenant=SELECT";

/// A folder with two checks on tables of users.
fn checks() -> Folder {
    let folder = Folder::new("tables");
    for (name, databases, columns, query) in [
        (
            "heartbeat_age",
            "owner = \"ops\"\ndatabases = [\"app\"]",
            "[columns.source]\ntype = \"text\"\nrole = \"object\"\n[columns.age]\ntype = \"double precision\"\nunit = \"seconds\"\n[thresholds.age]\nwarning = \"300\"\n",
            "SELECT h.source AS source, CAST(extract(epoch FROM now() - h.at) AS double precision) AS age FROM ops.heartbeat AS h",
        ),
        (
            "queue_stuck",
            "owner = \"queue\"\ndatabases = [\"app\", \"tenant_*\"]",
            "[columns.tenant]\ntype = \"text\"\nrole = \"object\"\n[columns.stuck]\ntype = \"bigint\"\n[thresholds.stuck]\nwarning = \"100\"\n",
            "SELECT q.tenant AS tenant, count(*) AS stuck FROM ops.queue AS q WHERE q.state = 'stuck' AND q.created < now() GROUP BY q.tenant",
        ),
    ] {
        let manifest = format!(
            "summary = \"A table of the application\"\nscope = \"database\"\n{databases}\n{columns}"
        );
        folder.write(&format!("{name}/check.toml"), &manifest);
        folder.write(&format!("{name}/query.sql"), query);
        folder.write(
            &format!("{name}/README.md"),
            "# x\n## What it watches\nx\n## Why it matters\nx\n## What to do\nx\n",
        );
    }
    folder.write("owners/ops.toml", "[schemas.ops]\nheartbeat = [\"source\", \"at\"]\n");
    folder.write(
        "owners/queue.toml",
        "[schemas.ops]\nqueue = [\"tenant\", \"state\", \"created\"]\n",
    );
    folder
}

/// The checks of the folder, and one for each database. The whole catalog would take most of the time.
const SELECTION: [&str; 2] = ["--check", "alive,database_size,heartbeat_age,queue_stuck"];

/// The exit code and the output of a command with the checks of the folder.
fn posemo(server: &Server, folder: &Folder, arguments: &[&str]) -> (Option<i32>, String) {
    let checks = folder.path().display().to_string();
    // Only a whole installation drops the function of a check in a database in which it no longer runs.
    let is_whole = arguments[0] == "check" || arguments.contains(&"--config");
    let selection = if is_whole { &[][..] } else { &SELECTION };
    let output = server.posemo(&[arguments, &["--checks", &checks], selection].concat());
    (output.status.code(), text(&output).split_whitespace().collect::<Vec<_>>().join(" "))
}

fn install(server: &Server, folder: &Folder, more: &[&str]) -> String {
    let (code, output) = posemo(server, folder, &[&["install", "-U", "postgres"], more].concat());
    assert_eq!(code, Some(0), "{output}");
    output
}

fn verify(server: &Server, folder: &Folder, user: &str) -> (Option<i32>, String) {
    posemo(server, folder, &["verify", "--quiet", "-U", user])
}

fn verified(server: &Server, folder: &Folder) {
    let (code, output) = verify(server, folder, "postgres");
    assert_eq!(code, Some(0), "{output}");
}

/// The installation grants what the file lists, in the databases of the check; `verify` accepts this and nothing else; a
/// query that reads more is refused; an upgrade changes the grants, and an uninstall removes them.
pub(super) fn only_the_grants_of_the_owner_set(bindir: &Path) {
    let server = server(bindir, &[]);
    for name in ["app", "tenant_1", "other"] {
        server.superuser("postgres", &format!("CREATE DATABASE {name}"));
    }
    let before = server.superuser("postgres", "SELECT rolname FROM pg_roles ORDER BY 1");
    let folder = checks();
    let all = ["--all-databases"];
    // Without the tables nothing is changed.
    let (code, output) =
        posemo(&server, &folder, &["install", "-U", "postgres", "--all-databases"]);
    assert_eq!(code, Some(1), "{output}");
    for words in [
        "owners/queue.toml: table ops.queue: does not exist in database tenant_1; create the table",
        "owners/ops.toml: table ops.heartbeat: does not exist in database app",
        "leave tenant_1 out of databases in the check.toml or the settings of queue_stuck",
    ] {
        assert!(output.contains(words), "{words}: {output}");
    }
    assert!(
        !output.contains("database other")
            && !output.contains("ops.heartbeat: does not exist in database tenant")
    );
    assert_eq!(server.superuser("postgres", "SELECT rolname FROM pg_roles ORDER BY 1"), before);

    for name in ["app", "tenant_1"] {
        server.superuser(name, TABLES);
    }
    let output = install(&server, &folder, &all);
    let grant = "grant SELECT (tenant, state, created) on ops.queue to role posemo_own_queue in database tenant_1";
    assert!(output.contains(grant), "{output}");
    assert!(install(&server, &folder, &all).contains("nothing to change"));
    for user in ["posemo", "postgres"] {
        let (code, output) = posemo(&server, &folder, &["verify", "--quiet", "-U", user]);
        assert_eq!(code, Some(0), "{output}");
    }
    for (database, expected) in [("app", GRANTED), ("tenant_1", GRANTED), ("other", "")] {
        assert_eq!(server.superuser(database, PRIVILEGES), [expected], "{database}");
    }
    let (code, output) = posemo(&server, &folder, &["run", "--output", "nagios"]);
    assert!(code == Some(1) && output.contains("importer age 10 min"), "{output}");
    for database in ["app", "tenant_1"] {
        assert!(output.contains(&format!("queue_stuck ({database}) t1 stuck 150")), "{output}");
    }

    // Each deviation is found as both roles, and the reported statement repairs it.
    for (change, words, fix) in [
        (
            "GRANT SELECT ON ops.queue TO posemo_own_queue",
            "it has SELECT on TABLE ops.queue",
            "REVOKE SELECT ON TABLE ops.queue FROM posemo_own_queue; GRANT SELECT (tenant, state, created) ON ops.queue TO posemo_own_queue",
        ),
        (
            "GRANT INSERT ON ops.queue TO posemo_own_queue",
            "it has INSERT on TABLE ops.queue",
            "REVOKE INSERT ON TABLE ops.queue FROM posemo_own_queue",
        ),
        (
            "GRANT SELECT (payload) ON ops.queue TO posemo_own_queue",
            "it has SELECT (payload) on TABLE ops.queue",
            "REVOKE SELECT (payload) ON TABLE ops.queue FROM posemo_own_queue",
        ),
        (
            "GRANT SELECT (secret) ON ops.heartbeat TO posemo_own_queue",
            "it has SELECT (secret) on TABLE ops.heartbeat",
            "REVOKE SELECT (secret) ON TABLE ops.heartbeat FROM posemo_own_queue",
        ),
        (
            "GRANT SELECT (state) ON ops.queue TO posemo_own_queue WITH GRANT OPTION",
            "it has SELECT (state) WITH GRANT OPTION on TABLE ops.queue",
            "REVOKE GRANT OPTION FOR SELECT (state) ON TABLE ops.queue FROM posemo_own_queue",
        ),
        (
            "GRANT CREATE ON SCHEMA ops TO posemo_own_queue",
            "it has CREATE on SCHEMA ops",
            "REVOKE CREATE ON SCHEMA ops FROM posemo_own_queue",
        ),
        (
            "GRANT pg_monitor TO posemo_own_queue",
            "it is a member of pg_monitor",
            "REVOKE pg_monitor FROM posemo_own_queue",
        ),
        (
            "ALTER ROLE posemo_own_queue LOGIN",
            "it can log in",
            "ALTER ROLE posemo_own_queue NOLOGIN",
        ),
        (
            "REVOKE SELECT (tenant) ON ops.queue FROM posemo_own_queue",
            "it has no SELECT (tenant, state, created) on ops.queue",
            "GRANT SELECT (\"tenant\", \"state\", \"created\") ON \"ops\".\"queue\" TO \"posemo_own_queue\"",
        ),
        (
            "REVOKE USAGE ON SCHEMA ops FROM posemo_own_queue",
            "it has no USAGE on schema ops",
            "GRANT USAGE ON SCHEMA \"ops\" TO \"posemo_own_queue\"",
        ),
    ] {
        server.superuser("app", change);
        for user in ["posemo", "postgres"] {
            let (code, output) = verify(&server, &folder, user);
            assert!(matches!(code, Some(1 | 2)), "{change}: {output}");
            assert!(output.contains(words), "{change}: {output}");
            let first = fix.split("; ").next().unwrap();
            assert!(output.contains(first), "{change}: {output}");
        }
        server.superuser("app", fix);
        verified(&server, &folder);
        assert_eq!(server.superuser("app", PRIVILEGES), [GRANTED], "{change}");
    }
    // An installation revokes what the file does not list.
    server.superuser("other", "CREATE TABLE x (a int); GRANT SELECT ON x TO posemo_own_queue");
    server.superuser("app", "GRANT UPDATE (payload) ON ops.queue TO posemo_own_queue");
    install(&server, &folder, &all);
    verified(&server, &folder);

    // A query that reads more than the file lists is refused, on each version.
    let query = folder.path().join("queue_stuck/query.sql");
    let good = std::fs::read_to_string(&query).unwrap();
    for (sql, words) in [
        (
            "SELECT q.tenant AS tenant, count(q.payload) AS stuck FROM ops.queue AS q GROUP BY q.tenant",
            "the query reads payload, which the owner set queue does not grant",
        ),
        (
            "SELECT 'x' AS tenant, count(*) AS stuck FROM ops.queue AS q(a, b, c, d, e) WHERE q.c = ''",
            "the query reads payload",
        ),
        (
            "SELECT 'x' AS tenant, count(q) AS stuck FROM ops.queue AS q",
            "the query reads the whole row",
        ),
        (
            "SELECT 'x' AS tenant, (SELECT count(*) FROM ops.heartbeat AS h) AS stuck",
            "is not among the tables of the owner set queue",
        ),
        ("SELECT 'x' AS tenant, count(*) AS stuck FROM ops.absent", "in database app"),
    ] {
        std::fs::write(&query, sql).unwrap();
        let (code, output) =
            posemo(&server, &folder, &["install", "-U", "postgres", "--all-databases"]);
        assert!(code == Some(1) && output.contains(words), "{sql}: {output}");
    }
    std::fs::write(&query, good).unwrap();

    // An upgrade with another file.
    folder.write("owners/queue.toml", "[schemas.ops]\nqueue = \"*\"\n");
    install(&server, &folder, &all);
    verified(&server, &folder);
    assert_eq!(server.superuser("app", PRIVILEGES), ["ops=USAGE queue=SELECT"]);
    folder.write(
        "owners/queue.toml",
        "[schemas.ops]\nqueue = [\"tenant\", \"state\", \"created\"]\n",
    );
    // psql makes the same changes.
    let output = install(&server, &folder, &all);
    assert!(output.contains("REVOKE SELECT ON TABLE ops.queue FROM posemo_own_queue"), "{output}");
    assert_eq!(server.superuser("app", PRIVILEGES), [GRANTED]);

    let output = server.posemo(&["uninstall", "-U", "postgres"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(server.superuser("postgres", "SELECT rolname FROM pg_roles ORDER BY 1"), before);
}

/// A table is dropped, and created again without the grant: the check is UNKNOWN and names database, table and statement.
pub(super) fn tables_that_are_lost(bindir: &Path) {
    let server = server(bindir, &[]);
    server.superuser("postgres", "CREATE DATABASE app");
    server.superuser("app", TABLES);
    let folder = checks();
    install(&server, &folder, &["--database", "app"]);
    let grant = "GRANT SELECT (\"source\", \"at\") ON \"ops\".\"heartbeat\" TO \"posemo_own_ops\"";
    let create = "CREATE TABLE ops.heartbeat (source text PRIMARY KEY, at timestamptz NOT NULL)";
    for (change, problem, deviation) in [
        (
            "DROP TABLE ops.heartbeat",
            "relation \"ops.heartbeat\" does not exist",
            "table ops.heartbeat, which it reads, does not exist",
        ),
        (
            create,
            "permission denied for table heartbeat",
            "it has no SELECT (source, at) on ops.heartbeat",
        ),
    ] {
        server.superuser("app", change);
        let (code, output) = posemo(&server, &folder, &["check", "heartbeat_age"]);
        assert_eq!(code, Some(3), "{output}");
        for words in [problem, "in database app", grant] {
            assert!(output.contains(words), "{words}: {output}");
        }
        let (code, output) = posemo(&server, &folder, &["verify", "--quiet"]);
        assert_eq!(code, Some(1), "{output}");
        for words in ["rights (app)", deviation, grant] {
            assert!(output.contains(words), "{words}: {output}");
        }
    }
    server.superuser("app", grant);
    assert_eq!(posemo(&server, &folder, &["check", "heartbeat_age"]).0, Some(0));
    verified(&server, &folder);

    // A schema that was created again, and a table with policies.
    server.superuser("app", "DROP SCHEMA ops CASCADE");
    server.superuser("app", TABLES);
    let (code, output) = posemo(&server, &folder, &["check", "heartbeat_age"]);
    let usage = "permission denied for schema ops (SQLSTATE 42501) in database app: run posemo install, or GRANT USAGE ON SCHEMA \"ops\" TO \"posemo_own_ops\"";
    assert!(code == Some(3) && output.contains(usage), "{output}");
    install(&server, &folder, &["--database", "app"]);
    verified(&server, &folder);
    server.superuser("app", "ALTER TABLE ops.heartbeat ENABLE ROW LEVEL SECURITY");
    assert_eq!(posemo(&server, &folder, &["check", "heartbeat_age"]).0, Some(3));
    let (code, output) = posemo(&server, &folder, &["install", "-U", "postgres"]);
    let words = "table ops.heartbeat: has row-level security in database app";
    assert!(code == Some(1) && output.contains(words), "{output}");
    server.superuser("app", "ALTER TABLE ops.heartbeat DISABLE ROW LEVEL SECURITY; ALTER TABLE ops.heartbeat DROP COLUMN at");
    let (code, output) = posemo(&server, &folder, &["check", "heartbeat_age"]);
    assert!(code == Some(3) && output.contains("column h.at does not exist"), "{output}");
    let (_, output) = posemo(&server, &folder, &["install", "-U", "postgres"]);
    assert!(output.contains("table ops.heartbeat: has no column at in database app"), "{output}");
}

/// A check runs in the databases that it or the settings name, and reports those in which it is not installed.
pub(super) fn databases_of_a_check(bindir: &Path) {
    let server = server(bindir, &[]);
    for name in ["app", "tenant_1", "other"] {
        server.superuser("postgres", &format!("CREATE DATABASE {name}"));
        server.superuser(name, TABLES);
    }
    let folder = checks();
    // Neither the database of the check nor its pattern is covered.
    let output = install(&server, &folder, &["--database", "other"]);
    assert!(
        output.contains("heartbeat_age")
            && output.contains("runs in database app, which this installation does not cover"),
        "{output}"
    );
    let (code, output) = posemo(&server, &folder, &["check", "heartbeat_age"]);
    assert!(code == Some(3) && output.contains("not installed in database app, in which the check should run: run posemo install with --database app"), "{output}");
    install(&server, &folder, &["--all-databases"]);
    let functions = "SELECT string_agg(proname, ' ' ORDER BY proname) FROM pg_proc
        WHERE pronamespace = 'posemo'::regnamespace AND proowner::regrole::text LIKE 'posemo_own%'";
    for (database, expected) in
        [("app", "heartbeat_age queue_stuck"), ("tenant_1", "queue_stuck"), ("other", "")]
    {
        assert_eq!(server.superuser(database, functions), [expected], "{database}");
    }
    assert_eq!(posemo(&server, &folder, &["run", "--output", "nagios"]).0, Some(1));
    // A new database that matches a pattern.
    server.superuser("postgres", "CREATE DATABASE tenant_2");
    let (code, output) = posemo(&server, &folder, &["run"]);
    assert!(
        output.contains("queue_stuck (tenant_2) not installed in database tenant_2"),
        "{output}"
    );
    assert_ne!(code, Some(0), "{output}");
    let (code, output) = posemo(&server, &folder, &["check", "queue_stuck"]);
    assert!(output.contains("not installed in database tenant_2"), "{output}");
    assert_ne!(code, Some(0), "{output}");
    server.superuser("tenant_2", TABLES);
    install(&server, &folder, &["--all-databases"]);
    assert_eq!(posemo(&server, &folder, &["run", "--output", "nagios"]).0, Some(1));
    // A database that allows no connections.
    server.superuser("postgres", "ALTER DATABASE app ALLOW_CONNECTIONS false");
    let (code, output) = posemo(&server, &folder, &["check", "heartbeat_age"]);
    assert!(
        code == Some(3)
            && output
                .contains("database app, in which the check should run, allows no connections"),
        "{output}"
    );
    server.superuser("postgres", "ALTER DATABASE app ALLOW_CONNECTIONS true");
    // The settings replace the databases of the check.
    folder.write("posemo.toml", "[checks.heartbeat_age]\ndatabases = [\"other\", \"absent\"]\n");
    let settings = folder.path().join("posemo.toml").display().to_string();
    let with = ["--config", settings.as_str()];
    let output = install(&server, &folder, &[&["--all-databases"], &with[..]].concat());
    assert!(
        output.contains("check heartbeat_age is not installed in absent, which it names"),
        "{output}"
    );
    for (database, expected) in [("app", "queue_stuck"), ("other", "heartbeat_age")] {
        assert_eq!(server.superuser(database, functions), [expected], "{database}");
    }
    let (code, output) =
        posemo(&server, &folder, &[&["check", "heartbeat_age"], &with[..]].concat());
    assert!(
        code != Some(0) && output.contains("absent: not installed in database absent"),
        "{output}"
    );
    let (code, output) = posemo(&server, &folder, &[&["verify", "--quiet"], &with[..]].concat());
    assert_eq!(code, Some(0), "{output}");
    folder.write("posemo.toml", "[checks.alive]\ndatabases = [\"app\"]\n");
    let (code, output) = posemo(&server, &folder, &[&["run"], &with[..]].concat());
    assert!(
        code != Some(0)
            && output.contains("checks.alive.databases: alive runs once for the server"),
        "{output}"
    );
}
