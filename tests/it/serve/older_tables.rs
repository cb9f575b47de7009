//! Tables of an older version, with rows: the installer keeps them, and a node goes on where the older one ended.

use posemo::history::server::tables::VERSION;

use super::shared_history::{install_history, stored_on};
use super::{EVERY_SECOND, Serving, evidence, server, target};

/// Makes tables of version 2 those of version 1.
const VERSION_1: &str = "
    ALTER TABLE posemo_history.written ALTER batch DROP DEFAULT, DROP COLUMN values_batch;
    ALTER TABLE posemo_history.change DROP COLUMN hash, ALTER seq ADD GENERATED ALWAYS AS IDENTITY;
    ALTER TABLE posemo_history.act DROP COLUMN hash, ALTER seq ADD GENERATED ALWAYS AS IDENTITY;
    DROP TABLE posemo_history.chain, posemo_history.watched;
    UPDATE posemo_history.version SET number = 1";

#[test]
fn an_upgrade_of_the_tables_keeps_their_rows_on_a_server() {
    let server = server();
    server.superuser("postgres", "CREATE ROLE intern LOGIN SUPERUSER");
    install_history(&server);
    let settings = format!("{EVERY_SECOND}{}{}", target("db1", &server), stored_on(&server, "2s"));
    let changes = |serving: &Serving| {
        let page = serving.json("/api/1/changes?limit=1000");
        page["changes"].as_array().unwrap().len()
    };
    let mut older = Serving::start(&settings);
    older.until("the problem is known", || older.state("db1", "superusers") == "warning");
    older.until("the change is written", || changes(&older) == 1);
    let silence = "/api/1/silence?target=db1&check=connection_usage&for=2h&by=anna&why=known";
    assert_eq!(older.post(silence).status, 200);
    older.signal("-TERM");
    assert_eq!(older.ended(), Some(0), "{}", older.log());
    let acts = || {
        let sql = "SELECT what || ' ' || at FROM posemo_history.act ORDER BY seq LIMIT 3";
        server.superuser("posemo_history", sql)
    };
    server.superuser("posemo_history", VERSION_1);
    let before = acts();
    assert_eq!(before.len(), 3, "{before:?}");

    // A node with the older tables watches nothing until they are upgraded.
    let waiting = Serving::start(&settings);
    waiting.until("the reason is shown", || {
        waiting.log().contains("have version 1, and this posemo needs")
    });
    let text = install_history(&server);
    let expected = format!("upgraded schema posemo_history from version 1 to {VERSION}");
    assert!(text.contains(&expected), "{text}");
    waiting.ready();
    assert_eq!((changes(&waiting), acts()), (1, before));
    assert_eq!(waiting.state("db1", "superusers"), "warning");
    let silences = waiting.json("/api/1/silences").to_string();
    assert!(silences.contains("anna"), "{silences}");
    server.superuser("postgres", "DROP ROLE intern");
    waiting.until("the end is written", || changes(&waiting) == 2);
    let (code, text) = evidence::verify(&waiting.folder, &[]);
    assert!(code == 0 && text.contains(" and 1 change verified, head "), "{text}");
    assert!(text.contains(" and 1 change from before the chain are not protected"), "{text}");
}
