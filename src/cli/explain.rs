//! `posemo explain`: prints everything about a check.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::completion;
use super::options::GlobalOptions;
use super::reporting::{PageFormat, write_json};
use super::screen::Screen;
use crate::catalog::server_version::{NEWEST, ServerVersion};
use crate::explain::{Explanation, Part};
use crate::settings::Settings;

// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct ExplainCommand {
    /// Explain this check; `posemo list` prints the names
    #[arg(add = completion::checks())]
    name: String,
    /// Print the effective thresholds and arguments for this target of the settings; repeatable
    #[arg(long = "target", value_name = "NAME", add = completion::targets())]
    targets: Vec<String>,
    /// Print only this part; repeatable
    #[arg(long = "section", value_name = "PART", value_parser = parts())]
    sections: Vec<Part>,
    /// Print the page in this format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = PageFormat::Text)]
    output: PageFormat,
    /// Print the SQL for servers of this version
    #[arg(long, value_name = "X.Y")]
    server_version: Option<ServerVersion>,
}

fn parts() -> impl TypedValueParser<Value = Part> {
    let named = |name: String| Part::ALL.into_iter().find(|part| part.name() == name);
    PossibleValuesParser::new(Part::ALL.map(Part::name))
        .map(move |name| named(name).expect("it is one of the possible values"))
}

pub(super) fn explain(
    command: &ExplainCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let parts = command.sections.as_slice();
    // The other parts do not depend on the settings, which the user may not be allowed to read.
    let needed =
        parts.is_empty() || parts.contains(&Part::Thresholds) || !command.targets.is_empty();
    let (catalog, settings) = if needed {
        global.sources().for_check(&command.name)?
    } else {
        (global.sources().catalog_for_check(&command.name)?, Settings::default())
    };
    let check = catalog.get(&command.name)?;
    let targets = command.targets.iter().map(|name| settings.target(name));
    let targets = targets.collect::<Result<Vec<_>, _>>()?;
    let explanation = Explanation {
        check: &check,
        catalog: &catalog,
        settings: &settings,
        targets: &targets,
        version: command.server_version.unwrap_or_else(|| ServerVersion::newest_of(NEWEST)),
        parts,
    };
    if command.output == PageFormat::Json {
        write_json(&explanation.for_programs()?, screen.out)?;
        return Ok(0);
    }
    explanation.write(screen.out, screen.width.min(100))?;
    Ok(0)
}
