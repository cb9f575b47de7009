//! Runs every command of docs/integrations.md on Icinga, Nagios and Checkmk, in its order.
//!
//! Only paths and addresses are replaced.

use std::process::Command;

use super::monitored::MonitoredServer;
use super::work_directory::{WorkDirectory, run};
use super::{checkmk, icinga, nagios};
use crate::ports::DEAD;

/// A section of the page, and the paths and addresses to replace.
struct Page<'a> {
    text: &'a str,
    monitored: &'a MonitoredServer,
    replacements: Vec<(&'a str, String)>,
}

impl Page<'_> {
    /// The lines of all blocks in a language.
    fn blocks(&self, language: &str) -> Vec<String> {
        let mut lines = self.text.lines();
        let mut found = Vec::new();
        while let Some(line) = lines.next() {
            if line == format!("```{language}") {
                let block = lines.by_ref().take_while(|line| *line != "```");
                found.extend(block.map(|line| self.replaced(line)));
            }
        }
        assert!(!found.is_empty(), "the page has no {language}");
        found
    }

    fn replaced(&self, line: &str) -> String {
        let replace = |line: String, (from, to): &(&str, String)| line.replace(from, to);
        self.replacements.iter().fold(line.to_owned(), replace)
    }

    /// Runs a line in a shell, with posemo in its path. Returns its output.
    fn run(&self, line: &str) -> String {
        let mut command = Command::new("/bin/sh");
        let directory = self.monitored.settings.parent().unwrap();
        let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
        command.args(["-c", line]).env("PATH", path).env("HOME", "/nonexistent");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PG")) {
            command.env_remove(name);
        }
        // The exit code is not checked, as that of a run is the worst state.
        let output = command.env_remove("POSEMO_CONFIG").output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.is_empty(), "{line}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn commands_of_the_page_on_icinga_work() {
    let mut icinga = icinga::Icinga::new();
    let monitored = MonitoredServer::new(icinga.directory());
    let directory = icinga.directory().path().display().to_string();
    let definitions = format!("{directory}/posemo.conf");
    let page = Page {
        text: crate::integrations::section("Icinga 2"),
        monitored: &monitored,
        replacements: vec![
            ("/etc/icinga2/conf.d/posemo.conf", definitions.clone()),
            ("/etc/posemo/icinga.secret", format!("{directory}/secret")),
            ("/etc/posemo/icinga-ca.crt", format!("{directory}/lib/certs/ca.crt")),
            ("/etc/posemo/posemo.toml", monitored.settings.display().to_string()),
            ("https://icinga.example:5665", icinga.url()),
            ("ApiUser \"posemo\"", "ApiUser \"sender\"".to_owned()),
            ("user = \"posemo\"", "user = \"sender\"".to_owned()),
            ("SECRET", "lab".to_owned()),
        ],
    };
    monitored.add(&page.blocks("toml").join("\n"));
    let user = page.blocks("icinga2").join("\n");
    for line in page.blocks("sh") {
        if line == "icinga2 daemon -C" {
            icinga.restart(&format!("{user}\n{}", std::fs::read_to_string(&definitions).unwrap()));
        } else {
            page.run(&line);
        }
    }
    // In its first minute Icinga runs the command of every service by itself, and its result may replace a sent one.
    let send = page.blocks("sh").into_iter().find(|line| line.contains("--send")).unwrap();
    for host in ["db 1", "db2"] {
        for (service, expected) in
            [("connection_usage", "CONNECTION_USAGE OK - "), ("posemo", "POSEMO OK - 2 OK")]
        {
            let name = format!("{host}!{service}");
            icinga.directory().wait_for(&name, || {
                let output = icinga.output(&name);
                if output.contains("no result arrived in time") {
                    page.run(&send);
                    return None;
                }
                assert!(output.starts_with(expected), "{output}");
                Some(())
            });
        }
    }
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn commands_of_the_page_on_nagios_work() {
    let mut nagios = nagios::Nagios::new();
    let monitored = MonitoredServer::new(nagios.directory());
    let definitions = nagios.directory().path().join("printed.cfg").display().to_string();
    let page = Page {
        text: crate::integrations::section("Nagios"),
        monitored: &monitored,
        replacements: vec![
            ("/etc/nagios4/conf.d/posemo.cfg", definitions.clone()),
            ("/var/lib/nagios4/rw/nagios.cmd", nagios.pipe().display().to_string()),
            ("/etc/posemo/posemo.toml", monitored.settings.display().to_string()),
        ],
    };
    monitored.add(&page.blocks("toml").join("\n"));
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
fn commands_of_the_page_on_checkmk_work() {
    let directory = WorkDirectory::new();
    let monitored = MonitoredServer::new(&directory);
    run(Command::new("mkdir").args(["-p"]).arg(directory.path().join("agent/spool")));
    let page = Page {
        text: crate::integrations::section("Checkmk"),
        monitored: &monitored,
        replacements: vec![
            ("/var/lib/check_mk_agent/", format!("{}/agent/", directory.path().display())),
            ("/etc/check_mk/", format!("{}/agent/", directory.path().display())),
            ("/etc/posemo/posemo.toml", monitored.settings.display().to_string()),
            ("-H db1.example", format!("-H 127.0.0.1 -p {}", monitored.port())),
        ],
    };
    let outputs = page.blocks("sh").iter().map(|line| page.run(line)).collect::<Vec<_>>();
    assert_eq!(outputs.len(), 3);
    assert_eq!([outputs[0].as_str(), &outputs[2]], [""; 2]);
    let topics = directory.read("agent/mrpe.cfg");
    assert!(topics.contains("\ndb2%20replication (interval="), "{topics}");
    let many = checkmk::names(&directory.read("agent/spool/1200_posemo"));
    assert_eq!(many.keys().collect::<Vec<_>>(), ["db2", "db_1"]);
    let one = checkmk::names(&outputs[1]);
    assert_eq!(one.keys().collect::<Vec<_>>(), [""]);
    for services in many.values().chain(one.values()) {
        assert!(services.contains(&"posemo 0".to_owned()), "{services:?}");
        assert!(services.contains(&"connection_usage 0".to_owned()), "{services:?}");
        assert!(services.contains(&"sequence_usage 3".to_owned()), "not installed: {services:?}");
    }
}

/// Each failed delivery is one line on standard error. Output and exit code are those of a run without --send.
#[test]
fn a_failed_delivery_does_not_change_the_run() {
    let directory = WorkDirectory::new();
    let monitored = MonitoredServer::new(&directory);
    let nowhere = directory.path().join("nowhere");
    monitored.add(&format!(
        "[receivers.spool]\nkind = \"nagios\"\nspool = \"{0}\"\n\
         [receivers.pipe]\nkind = \"nagios\"\ncommand_file = \"{0}\"\n\
         [receivers.down]\nkind = \"icinga2\"\nurl = \"http://127.0.0.1:{DEAD}\"\n",
        nowhere.display()
    ));
    let settings = monitored.settings.display().to_string();
    let arguments = ["run", "--config", &settings, "--check", "alive", "--output", "nagios"];
    let sent = ["--send", "spool", "--send", "pipe", "--send", "down"];
    let output = crate::server::posemo(&[&arguments[..], &sent].concat());
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{printed}");
    let expected = "POSEMO OK - 2 services without a problem on 2 targets";
    assert!(printed.starts_with(expected), "{printed}");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors.lines().count(), 3, "{errors}");
    for name in ["spool", "pipe", "down"] {
        assert!(errors.contains(&format!("posemo: receiver {name}: ")), "{errors}");
    }
}
