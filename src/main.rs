//! The program: passes the arguments and the streams to the command line, and exits with its code.

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use posemo::cli::{self, Screen};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let arguments = cli::by_name(&arguments).unwrap_or(arguments);
    let plugin = cli::plugin_command(&arguments).is_some();
    if plugin {
        // A plugin prints nothing on standard error, also after a panic.
        panic::set_hook(Box::new(|_| {}));
    }
    let (stdout, mut stderr) = (io::stdout(), io::stderr());
    let (terminal, err_terminal) = (stdout.is_terminal(), stderr.is_terminal());
    let width = if terminal { columns() } else { 120 };
    let mut out = BufWriter::new(stdout);
    let mut screen = Screen { out: &mut out, err: &mut stderr, terminal, err_terminal, width };
    let code = panic::catch_unwind(AssertUnwindSafe(|| cli::main(&arguments, &mut screen)));
    let code = code.unwrap_or_else(|_| cli::panicked(plugin, &mut screen));
    match out.flush() {
        // A reader that has closed the pipe does not need the rest.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe && code == 0 => ExitCode::from(3),
        _ => ExitCode::from(code),
    }
}

/// The width of the terminal.
fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stdout());
    size.map_or(80, |size| usize::from(size.ws_col)).clamp(40, 200)
}
