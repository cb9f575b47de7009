//! Prints what an installation did, and returns the exit code.

use crate::admin::installation::Installed;
use crate::admin::installation_text::InstallationText;
use crate::cli::installation::ScriptOptions;
use crate::cli::options::GlobalOptions;
use crate::cli::screen::Screen;

/// The result of an installation.
pub(super) struct InstallPrinter<'i> {
    pub(super) options: &'i ScriptOptions,
    pub(super) sets_password: bool,
    pub(super) global: &'i GlobalOptions,
    pub(super) installed: &'i Installed,
    /// Folders of checks that are not valid.
    pub(super) invalid: &'i [String],
}

impl InstallPrinter<'_> {
    /// Prints the result, and returns the exit code: 1 if a check was refused, or nothing was installed in some database.
    pub(super) fn print(&self, screen: &mut Screen<'_>) -> anyhow::Result<u8> {
        let text = InstallationText {
            options: &self.options.options(Vec::new()),
            sets_password: self.sets_password,
            printing: self.options.printing(self.global),
            installed: self.installed,
            invalid: self.invalid,
        };
        text.write(screen.out)?;
        Ok(self.options.code(self.installed.applied.changes.len(), text.is_complete()))
    }
}
