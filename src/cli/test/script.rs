//! `posemo test --docs`: runs one script with the rows of a file, and prints its output and findings.

use std::path::Path;

use anyhow::Context;

use crate::cases::case_file::read_text;
use crate::cases::script_input::InputForm;
use crate::cases::script_run::NamedScript;
use crate::catalog::Catalog;
use crate::cli::options::GlobalOptions;
use crate::cli::reporting::{block_on, program};
use crate::cli::screen::Screen;

pub(super) fn run(
    rows: &Path,
    script: &Path,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let (script, form) = find(script, global)?;
    let text = text_of(rows)?;
    let now = jiff::Timestamp::now().as_second();
    let input = form.read(&rows.display().to_string(), &text, now)?;
    let color = screen.output_options(global).style.color;
    let program = program()?;
    let result = block_on(script.run(&input, &program))?;
    Ok(u8::from(!script.print(&result, screen.out, color)?))
}

/// The script, and the form of its input. `given` is a script, a check folder or the name of a check.
fn find(given: &Path, global: &GlobalOptions) -> anyhow::Result<(NamedScript, InputForm)> {
    if given.extension().is_some_and(|extension| extension == "star") {
        return Ok((NamedScript::of_file(given, text_of(given)?), InputForm::Unknown));
    }
    let check = if given.is_dir() {
        let mut catalog = Catalog::empty();
        global.sources().add(&mut catalog, &[given.to_owned()])?;
        let mut checks = catalog.checks()?;
        let only = checks.pop().filter(|_| checks.is_empty());
        only.with_context(|| format!("{} contains several checks; name one", given.display()))?
    } else {
        global.sources().catalog()?.get(&given.to_string_lossy())?
    };
    let form = InputForm::of(&check);
    let source = check
        .script
        .with_context(|| format!("{} has no script: thresholds judge its rows", check.name))?;
    Ok((NamedScript { check: check.name, source, file: None }, form))
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    read_text(path).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
}
