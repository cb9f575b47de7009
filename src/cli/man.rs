//! `posemo man`: writes the manual pages, from the same source as the help.

use std::path::PathBuf;

use anyhow::Context;
use clap::Command;
use clap_mangen::Man;

use super::screen::Screen;
use crate::text::suggestion::suggestion;

// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub(super) struct ManCommand {
    /// Print the page of this command [default: the page of posemo]
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// Write all pages into this directory instead of printing one; create it if it does not exist
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    into: Option<PathBuf>,
}

pub(super) fn man(
    command: &ManCommand,
    program: Command,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let mut program = program.disable_help_subcommand(true);
    if let Some(directory) = &command.into {
        let written = std::fs::create_dir_all(directory)
            .and_then(|()| clap_mangen::generate_to(program, directory));
        written.with_context(|| format!("cannot write into {}", directory.display()))?;
        return Ok(0);
    }
    program.build();
    let page = match &command.command {
        None => program,
        Some(name) => {
            let names = program.get_subcommands().filter(|one| !one.is_hide_set());
            let names = names.map(Command::get_name).collect::<Vec<_>>();
            if !names.contains(&name.as_str()) {
                anyhow::bail!("posemo has no command \"{name}\"{}", suggestion(name, names));
            }
            program.find_subcommand(name).context("the command exists")?.clone()
        }
    };
    Man::new(page).render(&mut screen.out)?;
    Ok(0)
}
