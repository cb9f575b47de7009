//! More objects than the limit for rows.

use std::path::Path;

use super::{server, text};
use crate::catalog::Folder;
use crate::server::Server;

/// The exit code and the output of a plugin.
fn check(server: &Server, arguments: &[&str]) -> (Option<i32>, String) {
    let output = server.posemo(&[&["check"], arguments].concat());
    (output.status.code(), text(&output))
}

/// With more sequences and roles than `row_limit`, a check is OK if nothing is wrong, and finds the one that is wrong,
/// whatever its name.
pub(super) fn more_rows_than_the_limit(bindir: &Path) {
    // Enough memory for locks to read all of them.
    let server = server(bindir, &[("max_locks_per_transaction", "256")]);
    server.superuser("postgres", "CREATE DATABASE shop");
    server.install(&["--database", "shop"]);
    let objects = "DO $$ BEGIN FOR i IN 1 .. 1100 LOOP
        EXECUTE format('CREATE SEQUENCE public.s%s MAXVALUE 10000', i);
        EXECUTE format('CREATE ROLE r%s LOGIN CONNECTION LIMIT 10', i);
        END LOOP; END $$";
    server.superuser("shop", objects);
    let (code, printed) = check(&server, &["sequence_usage"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("the highest of more than 1000 rows"), "{printed}");
    let (code, printed) = check(&server, &["connection_usage"]);
    assert_eq!(code, Some(0), "{printed}");

    server.superuser("shop", "SELECT setval('public.s999', 9700)");
    let (code, printed) = check(&server, &["sequence_usage"]);
    assert_eq!(code, Some(2), "{printed}");
    assert!(printed.starts_with("SEQUENCE_USAGE CRITICAL - public.s999 used 97 %"), "{printed}");
    // Another metric of the same rows, with a threshold of the command line.
    let (code, printed) = check(&server, &["sequence_usage", "-c", "remaining=500:"]);
    assert_eq!(code, Some(2), "{printed}");
    assert!(printed.contains("public.s999 remaining 300 (critical below 500)"), "{printed}");
    let _sessions: Vec<_> = (0..9).map(|_| server.session("r999", "shop")).collect();
    let (code, printed) = check(&server, &["connection_usage"]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.starts_with("CONNECTION_USAGE WARNING - role r999 used 90 %"), "{printed}");

    // More wrong objects than rows: the state is that of the worst.
    server.superuser("shop", "DO $$ BEGIN FOR i IN 1 .. 1100 LOOP PERFORM setval(format('public.s%s', i), 9000); END LOOP; END $$");
    let (code, printed) = check(&server, &["sequence_usage"]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("; 1000 more"), "999 rows and the others: {printed}");
    let json = text(&server.posemo(&["run", "--check", "sequence_usage", "--output", "json"]));
    assert!(json.contains("more than 1000 rows; used of the others may violate a threshold, too"));
    let folder = Folder::new("rows");
    folder.write("posemo.toml", "[checks.sequence_usage]\nrow_limit = 2000\n");
    let settings = folder.path().join("posemo.toml").display().to_string();
    let (code, printed) = check(&server, &["sequence_usage", "--config", &settings]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("; 1099 more") && !printed.contains("more than"), "{printed}");
}
