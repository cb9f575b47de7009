//! The pages of `docs/deployment`, and the manifests of Kubernetes beside them.

use std::fs;
use std::path::{Path, PathBuf};

mod backup;
mod kubernetes;
mod pages;

/// The folder of the pages.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/deployment")
}

/// The names of the pages.
pub(crate) const PAGES: [&str; 5] =
    ["kubernetes.md", "one-machine.md", "prometheus.md", "satellites.md", "two-nodes.md"];

/// The blocks of a page in a language.
pub(crate) fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(folder().join(page)).unwrap();
    let opening = format!("```{language}\n");
    let all = text.split("\n```\n").filter_map(|text| text.rsplit_once(&opening));
    all.map(|(_, block)| format!("{block}\n")).collect()
}

/// The settings are valid and without effect nowhere: posemo reports neither an error nor a warning.
fn settings_are_valid(name: &str, settings: &str) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("posemo.toml");
    fs::write(&file, settings).unwrap();
    let output = crate::server::posemo(&["config", "check", "--config", file.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("no errors, 0 warnings") && errors.is_empty(), "{name}\n{text}{errors}");
}

/// posemo has the command and the options of a line, up to a pipe or a redirection.
fn is_a_command_of_posemo(line: &str) {
    let line = line.split(['|', '<', '>']).next().unwrap();
    let mut words: Vec<&str> = line.split_whitespace().collect();
    words.push("--help");
    let output = crate::server::posemo(&words);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.is_empty() && !output.stdout.is_empty(), "posemo {line}\n{errors}");
}
