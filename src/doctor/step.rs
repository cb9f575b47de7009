//! The steps of an examination, and how they are printed.

use std::io::{self, Write};

use crate::text::visible::{truncated, visible};
use crate::text::width::wrap;

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepKind {
    /// The connection parameters, and the files that they name.
    Settings,
    /// The look-up of host names.
    Name,
    /// The connection to an address and a port.
    Network,
    /// The encryption, and the certificates.
    Tls,
    /// The login of the role.
    Login,
    /// The server and the rights of the role.
    Server,
    /// The schema and the functions.
    Installation,
    /// A run of all checks.
    Checks,
}

impl StepKind {
    /// All steps, in their order.
    pub const ALL: [StepKind; 8] = [
        Self::Settings,
        Self::Name,
        Self::Network,
        Self::Tls,
        Self::Login,
        Self::Server,
        Self::Installation,
        Self::Checks,
    ];

    /// Its word in the output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Name => "name",
            Self::Network => "network",
            Self::Tls => "TLS",
            Self::Login => "login",
            Self::Server => "server",
            Self::Installation => "installation",
            Self::Checks => "checks",
        }
    }
}

/// Who can solve a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Solver {
    /// The user of this command.
    User,
    /// The administrator of the network.
    Network,
    /// The administrator of the PostgreSQL server.
    Server,
    /// A superuser of the server, who runs the installer.
    Installer,
}

impl Solver {
    fn text(self) -> &'static str {
        match self {
            Self::User => "you: the settings, the options and the files of this user",
            Self::Network => "the administrator of the network or of this machine",
            Self::Server => "the administrator of the PostgreSQL server",
            Self::Installer => {
                "a superuser of the PostgreSQL server (posemo install, posemo verify)"
            }
        }
    }
}

/// The result of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepResult {
    /// It succeeded.
    Passed(String),
    /// It succeeded, and something should be changed.
    Remark(String),
    /// It failed.
    Failed {
        /// What is wrong, and what to do.
        reasons: Vec<String>,
        /// Who can do it.
        solver: Solver,
    },
}

/// The results of the steps of one target. After a failure, no further step has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The name of the target.
    pub target: String,
    /// The results in the order of the steps. A step may have several remarks.
    pub steps: Vec<(StepKind, StepResult)>,
}

/// The columns before the text of a step.
const MARGIN: usize = 24;

/// The characters of a text. A server chooses a part of them.
const LONGEST: usize = 2000;

impl Examined {
    /// Whether no step failed.
    pub fn is_healthy(&self) -> bool {
        !self.steps.iter().any(|(_, result)| matches!(result, StepResult::Failed { .. }))
    }

    /// Prints the steps. Only those with a failure or a remark, if it is quiet.
    pub fn write(&self, quiet: bool, width: usize, out: &mut dyn Write) -> io::Result<()> {
        let is_shown = |result: &StepResult| !quiet || !matches!(result, StepResult::Passed(_));
        if !self.steps.iter().any(|(_, result)| is_shown(result)) {
            return Ok(());
        }
        writeln!(out, "{}", visible(&self.target))?;
        for (kind, result) in self.steps.iter().filter(|(_, result)| is_shown(result)) {
            let (word, texts) = match result {
                StepResult::Passed(text) => ("ok", std::slice::from_ref(text)),
                StepResult::Remark(text) => ("note", std::slice::from_ref(text)),
                StepResult::Failed { reasons, .. } => ("FAILED", reasons.as_slice()),
            };
            let heads = std::iter::once((word, kind.name())).chain(std::iter::repeat(("", "")));
            for ((word, step), text) in heads.zip(texts) {
                write_line(word, step, text, width, out)?;
            }
            if let StepResult::Failed { solver, .. } = result {
                write_line("", "", &format!("Who can solve it: {}.", solver.text()), width, out)?;
            }
        }
        let last = self.steps.last().map(|(kind, _)| *kind);
        let left = StepKind::ALL.into_iter().filter(|kind| Some(*kind) > last);
        let left: Vec<&str> = left.map(StepKind::name).collect();
        if !left.is_empty() {
            write_line("-", "", &format!("Not examined: {}.", left.join(", ")), width, out)?;
        }
        Ok(())
    }
}

fn write_line(
    word: &str,
    step: &str,
    text: &str,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let text = truncated(&visible(text), LONGEST);
    let mut head = format!("  {word:<7} {step:<13} ");
    for line in wrap(&text, width.max(60) - MARGIN) {
        writeln!(out, "{head}{line}")?;
        head = " ".repeat(MARGIN);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(steps: Vec<(StepKind, StepResult)>, quiet: bool) -> String {
        let mut out = Vec::new();
        let examined = Examined { target: "db\u{202e}1".to_owned(), steps };
        examined.write(quiet, 80, &mut out).expect("a vector takes all");
        String::from_utf8(out).expect("it is text")
    }

    #[test]
    fn the_first_failure_is_the_last_step() {
        let steps = vec![
            (StepKind::Settings, StepResult::Passed("role posemo".to_owned())),
            (
                StepKind::Name,
                StepResult::Failed {
                    reasons: vec!["no\naddress".to_owned()],
                    solver: Solver::Network,
                },
            ),
        ];
        let expected = "db\\u{202e}1
  ok      settings      role posemo
  FAILED  name          no\\naddress
                        Who can solve it: the administrator of the network or of
                        this machine.
  -                     Not examined: network, TLS, login, server, installation,
                        checks.
";
        assert_eq!(printed(steps, false), expected);
    }

    #[test]
    fn a_healthy_server_is_quiet() {
        let healthy = vec![(StepKind::Checks, StepResult::Passed("all".to_owned()))];
        assert_eq!(printed(healthy.clone(), true), "");
        assert!(printed(healthy, false).ends_with("all\n"));
    }
}
