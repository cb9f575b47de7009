//! `posemo test --docs`: runs one script with given rows, and prints what it printed and returned.

use std::path::Path;

use anyhow::Context;

use crate::cases::collection::text_of;
use crate::cases::docs;
use crate::cases::script_run::NamedScript;
use crate::catalog::{Catalog, check};
use crate::cli::{Common, Screen, sources};

pub(super) fn run(
    rows: &Path,
    script: &Path,
    common: &Common,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let (script, form) = find(script, common)?;
    let in_file = |reason: String| anyhow::anyhow!("{}: {reason}", rows.display());
    let input = docs::read(&text_of(rows).map_err(in_file)?, form).map_err(in_file)?;
    let color = crate::cli::run::options(common, screen).style.color;
    let program = crate::cli::run::program()?;
    let result = sources::block_on(script.run(&input, &program))?;
    Ok(u8::from(!script.print(&result, screen.out, color)?))
}

/// The script that the user gave, and the form of its input.
fn find(given: &Path, common: &Common) -> anyhow::Result<(NamedScript, check::Docs)> {
    if given.extension().is_some_and(|extension| extension == "star") {
        let source =
            text_of(given).map_err(|reason| anyhow::anyhow!("{}: {reason}", given.display()))?;
        let check = given.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let file = Some(given.display().to_string());
        return Ok((NamedScript { check, source, file }, check::Docs::default()));
    }
    let check = if given.is_dir() {
        let mut catalog = Catalog::empty();
        sources::add(&mut catalog, &[given.to_owned()], common)?;
        let mut checks = catalog.checks()?;
        let one = checks.pop().filter(|_| checks.is_empty());
        one.with_context(|| format!("{} contains several checks; give one", given.display()))?
    } else {
        sources::catalog(common)?.get(&given.to_string_lossy())?
    };
    let source = check
        .script
        .with_context(|| format!("{} has no script: thresholds judge its rows", check.name))?;
    Ok((NamedScript { check: check.name, source, file: None }, check.docs))
}
