//! `posemo silence`: keeps an Alertmanager quiet about what is known, for a while.
//!
//! Other receivers have acknowledgements of their own; posemo does not stand in for them.

use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;

use super::{Common, Screen, sources};
use crate::catalog::Catalog;
use crate::deliver::alertmanager::silence::{Matcher, Order, Silence, Silences};
use crate::settings::Settings;
use crate::settings::receiver::{Kind, Receiver};
use crate::text::interval;
use crate::text::visible::visible;

/// Arguments of `silence`.
#[derive(Debug, clap::Args)]
pub(super) struct SilenceCommand {
    #[command(subcommand)]
    what: What,
    /// The receiver of the settings; need not be named where only one is an Alertmanager
    #[arg(long, value_name = "NAME", global = true)]
    receiver: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Shows the silences in force, the first to end first
    List,
    /// Makes one, for alerts that all of the options are true of
    Add(Add),
    /// Ends one
    End {
        /// As `list` shows it
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// Alerts of this check
    #[arg(long, value_name = "NAME")]
    check: Option<String>,
    /// Alerts about this target
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Alerts about this database
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Alerts about this object, as they name it
    #[arg(long, value_name = "NAME")]
    object: Option<String>,
    /// How long, as in 30m, 2h or 7d
    #[arg(long = "for", value_name = "TIME", value_parser = interval::parse)]
    span: Duration,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "made with posemo silence")]
    comment: String,
    /// By whom; else you
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

pub(super) fn silence(
    command: &SilenceCommand,
    common: &Common,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let catalog = sources::catalog(common)?;
    let settings = sources::settings(common, &catalog)?;
    let receiver = receiver(command.receiver.as_deref(), &settings)?;
    let Kind::Alertmanager(to) = &receiver.kind else {
        anyhow::bail!("receiver {} is no Alertmanager: only that has silences", receiver.name);
    };
    let context = || format!("receiver {}", receiver.name);
    let silences = Silences::new(receiver, to).with_context(context)?;
    match &command.what {
        What::List => show(&silences.list().with_context(context)?, screen)?,
        What::Add(add) => {
            let order = order(add, receiver, &catalog, &settings)?;
            let (id, until) = silences.add(&order).with_context(context)?;
            let (id, what) = (visible(&id), matchers(&order.matchers));
            writeln!(screen.out, "{id}  until {}  {what}", time(until))?;
        }
        What::End { id } => {
            silences.end(id).with_context(context)?;
            writeln!(screen.out, "{id}  ended")?;
        }
    }
    Ok(0)
}

/// The receiver that is meant.
fn receiver<'a>(name: Option<&str>, settings: &'a Settings) -> anyhow::Result<&'a Receiver> {
    if let Some(name) = name {
        return Ok(settings.receiver(name)?);
    }
    let is_one = |receiver: &&Receiver| matches!(receiver.kind, Kind::Alertmanager(_));
    let all: Vec<&Receiver> = settings.receivers().iter().filter(is_one).collect();
    match all.as_slice() {
        [only] => Ok(only),
        [] => anyhow::bail!("the settings have no receiver of kind alertmanager"),
        several => {
            let names = several.iter().map(|receiver| receiver.name.as_str());
            let names = names.collect::<Vec<_>>().join(", ");
            anyhow::bail!("there are several Alertmanagers: name one with --receiver: {names}")
        }
    }
}

/// A name that is misspelled would keep nothing quiet, and nobody would notice.
fn order(
    add: &Add,
    receiver: &Receiver,
    catalog: &Catalog,
    settings: &Settings,
) -> anyhow::Result<Order> {
    // Alerts of others may have labels of the same names.
    let mut matchers = vec![Matcher::exact("job", "posemo")];
    if let Some(name) = &add.check {
        matchers.push(Matcher::exact("check", &catalog.get(name)?.name));
    }
    if let Some(name) = &add.target {
        // A target that only a command line names is in no settings.
        if !settings.targets().is_empty() {
            settings.target(name)?;
        }
        matchers.push(Matcher::exact("instance", receiver.host(name)));
    }
    for (label, name) in [("database", &add.database), ("object", &add.object)] {
        matchers.extend(name.as_deref().map(|name| Matcher::exact(label, name)));
    }
    if matchers.len() == 1 {
        anyhow::bail!(
            "say what to be quiet about: --check, --target, --database, --object, or several"
        );
    }
    if let Some(empty) = matchers.iter().find(|matcher| matcher.value.is_empty()) {
        anyhow::bail!("the name of {} is empty; leave the option out", empty.name);
    }
    let user = || ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let by = add.by.clone().or_else(user).unwrap_or_else(|| "posemo".to_owned());
    Ok(Order { matchers, span: add.span, by, comment: add.comment.clone() })
}

fn show(silences: &[Silence], screen: &mut Screen<'_>) -> anyhow::Result<()> {
    if silences.is_empty() {
        writeln!(screen.out, "no silences")?;
    }
    for silence in silences {
        let from = match silence.status.state.as_str() {
            "pending" => format!("from {} ", time(silence.starts_at)),
            _ => String::new(),
        };
        let until = time(silence.ends_at);
        let what = matchers(&silence.matchers);
        // Others write silences, too, and this goes to a terminal.
        let (by, why) = (visible(&silence.created_by), visible(&silence.comment));
        writeln!(screen.out, "{}  {from}until {until}  {what}  {by}: {why}", visible(&silence.id))?;
    }
    Ok(())
}

fn matchers(matchers: &[Matcher]) -> String {
    let said = matchers.iter().map(|matcher| {
        let sign = match (matcher.is_equal, matcher.is_regex) {
            (true, false) => "=",
            (false, false) => "!=",
            (true, true) => "=~",
            (false, true) => "!~",
        };
        format!("{}{sign}\"{}\"", visible(&matcher.name), visible(&matcher.value))
    });
    said.collect::<Vec<_>>().join(" ")
}

/// Whole seconds.
fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
