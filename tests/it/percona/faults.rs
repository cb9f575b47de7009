//! Faults of an advisor check that show only when it has something to report.

use std::fs;

use super::printed;
use crate::catalog::Folder;
use crate::server::posemo;

/// A check with these faults fails exactly when it has something to report.
#[test]
fn faults_that_need_a_finding_are_reported_on_a_server() {
    let folder = Folder::new("import");
    let query = "rolname, extract(day FROM rolvaliduntil - now())::integer AS days FROM pg_roles";
    let script = "def check_context(docs, context):\n          for row in docs[0]:\n              if row[\"days\"] > 3:\n                  \
                  return [{\"summary\": row[\"rolname\"], \"severity\": \"eror\"}]\n          return []";
    let text = format!(
        "checks:\n  - version: 2\n    name: ending\n    summary: x\n    description: x\n    advisor: dev\n    family: POSTGRESQL\n    \
         queries:\n      - type: POSTGRESQL_SELECT\n        query: {query}\n    script: |\n      {script}\n"
    );
    folder.write("f.yml", &text);
    let place = |name: &str| folder.path().join(name).display().to_string();
    let output = posemo(&["import", &place("f.yml"), "--into", &place("checks")]);
    let printed = printed(&output);
    for expected in [
        "  fault: evaluate.star:4: \"eror\" is not a severity, so the finding fails; did you mean \"error\"?\n",
        "  fault: the query fails if a role has VALID UNTIL 'infinity', and then reports no role: add AND isfinite(rolvaliduntil)",
    ] {
        assert!(printed.contains(expected), "{printed}");
    }
    let read =
        |name: &str| fs::read_to_string(folder.path().join("checks/ending").join(name)).unwrap();
    assert!(read("README.md").contains("- A fault of the original: evaluate.star:4: \"eror\""));
    let manifest = read("check.toml");
    for help in [
        "An integer for the script, in line 3: if row[\\\"days\\\"] > 3:",
        "A text for the script, as PostgreSQL prints it, in line 4: return",
    ] {
        let plain = help.replace('\\', "");
        assert!(manifest.contains(help) || manifest.contains(&plain), "{manifest}");
    }
}
