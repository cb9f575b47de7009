//! Checks of documents in `posemo serve`: they run at their intervals, also while the server is away.

use std::fs;

use super::{CHECKS, EVERY_SECOND, Serving, calls, sample, server, target};
use crate::document_checks::check_of_space;

/// A folder with the check `space`, and its document with this value.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in check_of_space() {
        let file = folder.path().join("checks/space").join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    folder
}

fn write(folder: &tempfile::TempDir, used: u32) {
    let new = folder.path().join("space.new");
    fs::write(&new, format!("[{{\"name\": \"/srv\", \"used\": {used}}}]")).unwrap();
    fs::rename(new, folder.path().join("space.json")).unwrap();
}

#[test]
fn documents_are_judged_while_a_server_is_up_and_away_on_a_server() {
    let server = server();
    let folder = folder();
    write(&folder, 7);
    let file = "documents]\nspace = \"space.json\"\n";
    let few = EVERY_SECOND.replace("[defaults]\nprofile = \"./few.toml\"\n", "");
    let settings = format!(
        "[catalog]\npaths = [\"checks\"]\n[serve]\noutage_confirm = 1\n{few}\
         [checks.space]\ninterval = \"1s\"\n{}profile = \"./some.toml\"\n[targets.db1.{file}\
         [targets.away]\nhost = \"/nowhere\"\nprofile = \"./some.toml\"\n[targets.away.{file}\
         [targets.rare]\nhost = \"/nowhere\"\nprofile = \"./some.toml\"\n[targets.rare.{file}\
         [targets.rare.checks.space]\ninterval = \"1d\"\n",
        target("db1", &server)
    );
    let names = CHECKS.split(',').chain(["space"]).map(|name| format!("\"{name}\""));
    let include = names.collect::<Vec<_>>().join(", ");
    let profile = format!("summary = \"Some checks\"\ninclude = [{include}]\n");
    fs::write(folder.path().join("some.toml"), profile).unwrap();
    let serving = Serving::within(&folder, &settings, &[], &[]);
    let states = |expected: &'static str| {
        move |serving: &Serving| {
            ["db1", "away"].iter().all(|target| serving.state(target, "space") == expected)
        }
    };
    serving.until("each document was judged", || {
        states("ok")(&serving) && serving.state("rare", "space") == "ok"
    });
    serving.until("the outage counts", || serving.listed("away").unwrap()["error"].is_string());
    write(&folder, 91);
    serving.until("the problem is reported", || states("warning")(&serving));
    // The server is still away, and the other one still answers.
    let away = serving.listed("away").unwrap();
    assert!(away["error"].is_string() && away["outage"].is_string(), "{away}");
    let db1 = serving.listed("db1").unwrap();
    assert_eq!((&db1["error"], &db1["role"]), (&serde_json::Value::Null, &"primary".into()));
    let checks = serving.json("/api/1/report?target=db1")["targets"][0]["checks"].clone();
    assert_eq!(checks.as_array().unwrap().len(), 4, "{checks}");
    let before = calls(&server, "superusers");
    serving.until("the server is still queried", || calls(&server, "superusers") > before);
    let metrics = serving.text("/metrics");
    assert_eq!(sample(&metrics, "posemo_up{target=\"away\"}"), Some(0.0), "{metrics}");
    let used = "posemo_space_used_ratio{target=\"away\"";
    assert_eq!(sample(&metrics, used), Some(0.91), "{metrics}");
    serving.until("the change is in the history", || {
        let changes = serving.json("/api/1/changes?target=away")["changes"].clone();
        changes.as_array().unwrap().iter().any(|change| {
            change["check"] == "space"
                && change["became"] == "warning"
                && change["object"] == "/srv"
        })
    });

    // A check that is not due does not read its document, and a run reads it at once.
    assert_eq!(serving.state("rare", "space"), "ok");
    assert_eq!(serving.post("/api/1/run?target=rare&check=space").status, 200);
    serving.until("the run has judged it", || serving.state("rare", "space") == "warning");
    fs::remove_file(folder.path().join("space.json")).unwrap();
    // The problem may continue, as nothing was judged.
    serving.until("a missing document is reported", || {
        serving.check("away", "space").unwrap().to_string().contains("does not exist")
    });
    assert_eq!(serving.state("away", "space"), "warning");
    write(&folder, 7);
    serving.until("the problem is over", || states("ok")(&serving));
}
