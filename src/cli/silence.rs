//! `posemo silence`: lists, adds and ends silences of an Alertmanager.
//!
//! It does not acknowledge problems in other receivers; they have commands for this.

use std::time::Duration;

use anyhow::Context;

use super::completion;
use super::options::GlobalOptions;
use super::screen::Screen;
use super::sources;
use crate::catalog::Catalog;
use crate::deliver::alertmanager::silence::{Matcher, NewSilence, Silences};
use crate::deliver::alertmanager::silence_text;
use crate::settings::Settings;
use crate::settings::receiver::{Receiver, ReceiverKind};
use crate::text::interval;

/// Arguments of `silence`.
#[derive(Debug, clap::Args)]
pub(super) struct SilenceCommand {
    #[command(subcommand)]
    action: SilenceAction,
    /// Use this receiver of the settings; required if several receivers are Alertmanagers
    #[arg(long, value_name = "NAME", global = true, add = completion::receivers())]
    receiver: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum SilenceAction {
    /// Print the active silences, sorted by their end
    List,
    /// Add a silence for alerts that match all given options
    Add(AddSilence),
    /// End a silence
    End {
        /// End the silence with this id; `list` prints the ids
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, clap::Args)]
struct AddSilence {
    /// Match alerts of this check
    #[arg(long, value_name = "NAME", add = completion::checks())]
    check: Option<String>,
    /// Match alerts about this target
    #[arg(long, value_name = "NAME", add = completion::targets())]
    target: Option<String>,
    /// Match alerts about this database
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Match alerts about this object, named as in the alerts
    #[arg(long, value_name = "NAME")]
    object: Option<String>,
    /// End the silence after this time, such as 30m, 2h or 7d
    #[arg(long = "for", value_name = "TIME", value_parser = interval::parse)]
    span: Duration,
    /// Set the comment
    #[arg(long, value_name = "TEXT", default_value = "added by posemo silence")]
    comment: String,
    /// Set the author [default: the current user]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

pub(super) fn silence(
    command: &SilenceCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let (catalog, settings) = sources::all(global)?;
    let receiver = receiver(command.receiver.as_deref(), &settings)?;
    let ReceiverKind::Alertmanager(to) = &receiver.kind else {
        anyhow::bail!(
            "receiver {} is not an Alertmanager; only an Alertmanager has silences",
            receiver.name
        );
    };
    let context = || format!("receiver {}", receiver.name);
    let silences = Silences::new(receiver, to).with_context(context)?;
    match &command.action {
        SilenceAction::List => {
            silence_text::write(&silences.list().with_context(context)?, screen.out)?;
        }
        SilenceAction::Add(add) => {
            let silence = new_silence(add, receiver, &catalog, &settings)?;
            let (id, until) = silences.add(&silence).with_context(context)?;
            silence_text::write_added(&id, until, &silence, screen.out)?;
        }
        SilenceAction::End { id } => {
            silences.end(id).with_context(context)?;
            writeln!(screen.out, "{id}  ended")?;
        }
    }
    Ok(0)
}

/// The receiver with a name, or the only Alertmanager.
fn receiver<'a>(name: Option<&str>, settings: &'a Settings) -> anyhow::Result<&'a Receiver> {
    if let Some(name) = name {
        return Ok(settings.receiver(name)?);
    }
    let is_one = |receiver: &&Receiver| matches!(receiver.kind, ReceiverKind::Alertmanager(_));
    let all: Vec<&Receiver> = settings.receivers().iter().filter(is_one).collect();
    match all.as_slice() {
        [only] => Ok(only),
        [] => anyhow::bail!("the settings contain no receiver of kind alertmanager"),
        several => {
            let names = several.iter().map(|receiver| receiver.name.as_str());
            let names = names.collect::<Vec<_>>().join(", ");
            anyhow::bail!(
                "several receivers are Alertmanagers; choose one with --receiver: {names}"
            )
        }
    }
}

/// The silence for the options. A name that does not exist is an error, as such a silence would match no alert.
fn new_silence(
    add: &AddSilence,
    receiver: &Receiver,
    catalog: &Catalog,
    settings: &Settings,
) -> anyhow::Result<NewSilence> {
    // Alerts of other programs can have labels with the same names.
    let mut matchers = vec![Matcher::exact("job", "posemo")];
    if let Some(name) = &add.check {
        matchers.push(Matcher::exact("check", &catalog.get(name)?.name));
    }
    if let Some(name) = &add.target {
        // Without targets in the settings, targets are given on the command line.
        if !settings.targets().is_empty() {
            settings.target(name)?;
        }
        matchers.push(Matcher::exact("instance", receiver.host(name)));
    }
    for (label, name) in [("database", &add.database), ("object", &add.object)] {
        matchers.extend(name.as_deref().map(|name| Matcher::exact(label, name)));
    }
    if matchers.len() == 1 {
        anyhow::bail!("a silence needs at least one of --check, --target, --database and --object");
    }
    if let Some(empty) = matchers.iter().find(|matcher| matcher.value.is_empty()) {
        anyhow::bail!("the name of the {} is empty; omit the option", empty.name);
    }
    let user = || ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let created_by = add.by.clone().or_else(user).unwrap_or_else(|| "posemo".to_owned());
    Ok(NewSilence { matchers, duration: add.span, created_by, comment: add.comment.clone() })
}
