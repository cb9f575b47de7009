//! The sections of the page on Icinga, Nagios and Checkmk: every command in them is run, in its order.
//!
//! Only places are changed: files are in a directory of the test, and addresses on loopback.

use std::process::Command;

use super::active::Scene;
use super::place::{Place, run};
use super::{checkmk, icinga, nagios};
use crate::ports::DEAD;

/// A page, and where what it names is in the test.
struct Page<'a> {
    text: &'a str,
    scene: &'a Scene,
    places: Vec<(&'a str, String)>,
}

impl Page<'_> {
    /// The lines of all blocks in that language.
    fn blocks(&self, language: &str) -> Vec<String> {
        let mut lines = self.text.lines();
        let mut found = Vec::new();
        while let Some(line) = lines.next() {
            if line == format!("```{language}") {
                let block = lines.by_ref().take_while(|line| *line != "```");
                found.extend(block.map(|line| self.placed(line)));
            }
        }
        assert!(!found.is_empty(), "the page has no {language}");
        found
    }

    fn placed(&self, line: &str) -> String {
        let replaced = |line: String, (from, to): &(&str, String)| line.replace(from, to);
        self.places.iter().fold(line.to_owned(), replaced)
    }

    /// Runs a line as a shell would, with posemo in its path, and gives what it printed.
    fn run(&self, line: &str) -> String {
        let mut command = Command::new("/bin/sh");
        let directory = self.scene.settings.parent().unwrap();
        let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
        command.args(["-c", line]).env("PATH", path).env("HOME", "/nonexistent");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PG")) {
            command.env_remove(name);
        }
        // The exit code of a run is the state of what it found.
        let output = command.env_remove("POSEMO_CONFIG").output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.is_empty(), "{line}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn the_page_on_icinga() {
    let mut icinga = icinga::Icinga::new();
    let scene = Scene::new(icinga.place());
    let directory = icinga.place().path().display().to_string();
    let definitions = format!("{directory}/posemo.conf");
    let page = Page {
        text: crate::integrations::section("Icinga 2"),
        scene: &scene,
        places: vec![
            ("/etc/icinga2/conf.d/posemo.conf", definitions.clone()),
            ("/etc/posemo/icinga.secret", format!("{directory}/secret")),
            ("/etc/posemo/icinga-ca.crt", format!("{directory}/lib/certs/ca.crt")),
            ("/etc/posemo/posemo.toml", scene.settings.display().to_string()),
            ("https://icinga.example:5665", icinga.url()),
            ("ApiUser \"posemo\"", "ApiUser \"teller\"".to_owned()),
            ("user = \"posemo\"", "user = \"teller\"".to_owned()),
            ("SECRET", "lab".to_owned()),
        ],
    };
    scene.add(&page.blocks("toml").join("\n"));
    let user = page.blocks("icinga2").join("\n");
    for line in page.blocks("sh") {
        if line == "icinga2 daemon -C" {
            icinga.restart(&format!("{user}\n{}", std::fs::read_to_string(&definitions).unwrap()));
        } else {
            page.run(&line);
        }
    }
    for host in ["db 1", "db2"] {
        let output = icinga.output(&format!("{host}!connection_usage"));
        assert!(output.starts_with("CONNECTION_USAGE OK - "), "{output}");
        let output = icinga.output(&format!("{host}!posemo"));
        assert!(output.starts_with("POSEMO OK - 2 OK"), "{output}");
    }
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn the_page_on_nagios() {
    let mut nagios = nagios::Nagios::new();
    let scene = Scene::new(nagios.place());
    let definitions = nagios.place().path().join("printed.cfg").display().to_string();
    let page = Page {
        text: crate::integrations::section("Nagios"),
        scene: &scene,
        places: vec![
            ("/etc/nagios4/conf.d/posemo.cfg", definitions.clone()),
            ("/var/lib/nagios4/rw/nagios.cmd", nagios.pipe().display().to_string()),
            ("/etc/posemo/posemo.toml", scene.settings.display().to_string()),
        ],
    };
    scene.add(&page.blocks("toml").join("\n"));
    for line in page.blocks("sh") {
        if line == "nagios4 -v /etc/nagios4/nagios.cfg" {
            nagios.restart(&std::fs::read_to_string(&definitions).unwrap());
        } else {
            page.run(&line);
        }
    }
    for host in ["db 1", "db2"] {
        nagios.wait(&format!("{host}!connection_usage"), "CONNECTION_USAGE OK - ");
        nagios.wait(&format!("{host}!posemo"), "POSEMO OK - 2 OK");
    }
}

#[test]
fn the_page_on_checkmk() {
    let place = Place::new();
    let scene = Scene::new(&place);
    run(Command::new("mkdir").args(["-p"]).arg(place.path().join("agent/spool")));
    let page = Page {
        text: crate::integrations::section("Checkmk"),
        scene: &scene,
        places: vec![
            ("/var/lib/check_mk_agent/", format!("{}/agent/", place.path().display())),
            ("/etc/posemo/posemo.toml", scene.settings.display().to_string()),
            ("-H db1.example", format!("-H 127.0.0.1 -p {}", scene.port())),
        ],
    };
    let said = page.blocks("sh").iter().map(|line| page.run(line)).collect::<Vec<_>>();
    assert_eq!(said.len(), 2);
    assert_eq!(said[0], "");
    let many = checkmk::names(&place.read("agent/spool/1200_posemo"));
    assert_eq!(many.keys().collect::<Vec<_>>(), ["db2", "db_1"]);
    let one = checkmk::names(&said[1]);
    assert_eq!(one.keys().collect::<Vec<_>>(), [""]);
    for services in many.values().chain(one.values()) {
        assert!(services.contains(&"posemo 0".to_owned()), "{services:?}");
        assert!(services.contains(&"connection_usage 0".to_owned()), "{services:?}");
        assert!(services.contains(&"sequence_usage 3".to_owned()), "not installed: {services:?}");
    }
}

/// What does not arrive is said in a line, and the run is what it would have been.
#[test]
fn a_loss_changes_nothing_of_the_run() {
    let place = Place::new();
    let scene = Scene::new(&place);
    let nowhere = place.path().join("nowhere");
    scene.add(&format!(
        "[receivers.spool]\nkind = \"nagios\"\nspool = \"{0}\"\n\
         [receivers.pipe]\nkind = \"nagios\"\ncommand_file = \"{0}\"\n\
         [receivers.down]\nkind = \"icinga2\"\nurl = \"http://127.0.0.1:{DEAD}\"\n",
        nowhere.display()
    ));
    let settings = scene.settings.display().to_string();
    let words = ["run", "--config", &settings, "--check", "alive", "--output", "nagios"];
    let sent = ["--send", "spool", "--send", "pipe", "--send", "down"];
    let output = crate::server::posemo(&[&words[..], &sent].concat());
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("POSEMO OK - 2 services without a problem on 2 targets"), "{said}");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors.lines().count(), 3, "{errors}");
    for name in ["spool", "pipe", "down"] {
        assert!(errors.contains(&format!("posemo: receiver {name}: ")), "{errors}");
    }
}
