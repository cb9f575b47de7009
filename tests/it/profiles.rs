//! Profiles: a layer of settings below those of the site, and a selection of checks.

use posemo::catalog::Catalog;
use posemo::settings::Settings;
use posemo::settings::profile::Profile;
use posemo::tempserver::ServerOptions;
use serde_json::Value;

use crate::catalog::Folder;
use crate::server::{Server, posemo};

#[test]
fn the_profiles_of_posemo_are_valid() {
    let catalog = Catalog::embedded();
    for name in Profile::names() {
        let profile = Profile::find(name, "".as_ref(), &catalog).unwrap();
        assert_eq!(profile.is_some(), name != "default", "{name}");
    }
}

#[test]
fn a_mistake_has_its_place() {
    let catalog = Catalog::embedded();
    let folder = Folder::new("profile-mistakes");
    for (text, expected) in [
        ("topics = ['security']", "the key \"summary\" is missing"),
        (
            "summary = 'x'\ntopics = ['securty']",
            "2: topics: topic \"securty\" does not exist; did you mean \"security\"?",
        ),
        (
            "summary = 'x'\ninclude = ['aliv']",
            "2: include: no check matches \"aliv\"; did you mean \"alive\"?",
        ),
        (
            "summary = 'x'\nextends = 'CIS'",
            "2: extends: \"CIS\" is not a profile of posemo; one of cis, stig, bsi",
        ),
        (
            "summary = 'x'\n[checks.aliv]\nenabled = false",
            "2: checks.aliv: check \"aliv\" does not exist",
        ),
        (
            "summary = 'x'\n[checks.audit_logging]\narguments.require = true",
            "3: checks.audit_logging.arguments.require",
        ),
        (
            "summary = 'x'\n[checks.audit_logging]\narguments.required = 5",
            "3: checks.audit_logging.arguments.required",
        ),
        (
            "summary = 'x'\n[checks.wraparound_age]\nwarnin = '5'",
            "unknown key \"warnin\"; did you mean \"warning\"?",
        ),
        ("summary = ", "p.toml:1"),
    ] {
        folder.write("p.toml", text);
        let error = Profile::find("p.toml", folder.path(), &catalog).expect_err(text).to_string();
        assert!(error.contains(expected) && error.contains("p.toml:"), "{text}\n{error}");
        // The settings name the key, and the place in the file.
        let settings =
            format!("[targets.a]\nhost = 'x'\nprofile = '{}/p.toml'\n", folder.path().display());
        let error = Settings::parse("s", settings, &catalog).expect_err(text).to_string();
        assert!(
            error.starts_with("s:3: targets.a.profile: ") && error.contains(expected),
            "{error}"
        );
    }
    for (name, expected) in [
        ("bis", "profile \"bis\" does not exist; did you mean \"bsi\"?"),
        ("none.toml", "cannot read the settings"),
    ] {
        let error = Profile::find(name, folder.path(), &catalog).expect_err(name).to_string();
        assert!(error.contains(expected), "{error}");
        let output = posemo(&["run", "--profile", name, "-H", "/none"]);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(expected), "{output:?}");
    }
}

/// The profile of a target is below all settings of checks; a profile of a file extends one of posemo.
#[test]
fn settings_have_priority() {
    let catalog = Catalog::embedded();
    let folder = Folder::new("profile-layers");
    folder.write(
        "own.toml",
        "summary = 'own'\nextends = 'cis'\ninclude = ['alive']\n[checks.password_expiry]\narguments.require_end = false\n",
    );
    let text = format!(
        "[defaults]\nprofile = 'cis'\n[checks.audit_logging]\narguments.required = false\n[checks.uptime]\nenabled = true\n\
         [targets.a]\nhost = 'x'\n[targets.b]\nhost = 'y'\nprofile = '{0}/own.toml'\n[targets.c]\nhost = 'z'\nprofile = 'default'\n",
        folder.path().display()
    );
    let settings = Settings::parse("s", text, &catalog).unwrap();
    for (target, check, argument, enabled) in [
        ("a", "password_expiry", "true", true),
        ("a", "audit_logging", "false", true),
        ("a", "login_protection", "true", true),
        ("a", "uptime", "", true),
        ("a", "alive", "", false),
        ("a", "checksum_failures", "", true),
        ("b", "password_expiry", "false", true),
        ("b", "login_protection", "true", true),
        ("b", "alive", "", true),
        ("b", "deadlocks", "", false),
        ("c", "login_protection", "false", true),
        ("c", "alive", "", true),
    ] {
        let check = catalog.get(check).unwrap();
        let target = settings.target(target).unwrap();
        let effective = settings.effective(&check, target).unwrap();
        assert_eq!(effective.enabled, enabled, "{} {}", target.name, check.name);
        let name = ["required", "require_end"];
        let value = check.arguments.iter().position(|one| name.contains(&one.name.as_str()));
        let value =
            value.map(|at| posemo::settings::source::argument_text(&effective.arguments[at]));
        assert_eq!(value.unwrap_or_default(), argument, "{} {}", target.name, check.name);
    }
}

#[test]
fn an_assessment_selects_and_demands_on_a_server() {
    let server = Server::start(&ServerOptions::default());
    server.install(&["--check", "login_protection,alive,checksum_failures,log_coverage"]);
    let run = |profile: &str| {
        let output = server.posemo(&["run", "--profile", profile, "--output", "json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let target = report["targets"][0].clone();
        let checks = target["checks"].as_array().unwrap().clone();
        let installed = checks.iter().filter(|check| check["skipped"].is_null());
        let states = installed.map(|check| {
            (
                check["check"].as_str().unwrap().to_owned(),
                check["state"].as_str().unwrap().to_owned(),
            )
        });
        (target["profile"].clone(), states.collect::<Vec<_>>())
    };
    let state = |states: &[(String, String)], name: &str| {
        states.iter().find(|(check, _)| check == name).map(|(_, state)| state.clone())
    };
    let (profile, states) = run("default");
    assert!(profile.is_null());
    assert_eq!(state(&states, "login_protection").as_deref(), Some("ok"), "{states:?}");
    assert!(state(&states, "alive").is_some(), "{states:?}");
    let (profile, states) = run("bsi");
    assert_eq!(profile, "bsi");
    assert_eq!(state(&states, "login_protection").as_deref(), Some("warning"), "{states:?}");
    assert_eq!(state(&states, "log_coverage").as_deref(), Some("warning"), "{states:?}");
    assert!(state(&states, "checksum_failures").is_some(), "{states:?}");
    assert!(state(&states, "alive").is_none(), "{states:?}");
    let page = server.posemo(&["run", "--profile", "cis", "--output", "html"]);
    assert!(String::from_utf8_lossy(&page.stdout).contains("1 server, profile cis"));
    let table = server.posemo(&["run", "--profile", "stig", "--check", "log_coverage"]);
    assert!(String::from_utf8_lossy(&table.stdout).contains("profile stig"));
}
