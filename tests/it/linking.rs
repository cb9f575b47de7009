//! The program is linked at a fixed address, and with libraries of the system only.
//!
//! The tests read the program under test; the other profiles have the same linker arguments.

use std::process::Command;

use crate::programs::need;
use crate::server::POSEMO;

/// The libraries that every such system has.
const LIBRARIES: [&str; 4] = ["ld-linux-x86-64.so.2", "libc.so.6", "libgcc_s.so.1", "libm.so.6"];

fn readelf(option: &str) -> String {
    let output = Command::new("readelf").args(["-W", option, POSEMO]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The loader processes relative relocations at every start. This takes longer than everything else that a plugin call
/// does before it connects.
#[test]
#[cfg_attr(
    not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")),
    ignore = "a fixed address is known to work with glibc on x86_64 only"
)]
fn the_program_has_no_relative_relocations() {
    need!("readelf");
    let kind = readelf("-h")
        .lines()
        .find_map(|line| line.trim().strip_prefix("Type:").map(|kind| kind.trim().to_owned()));
    assert_eq!(kind.as_deref(), Some("EXEC (Executable file)"));
    let relocations = readelf("-r");
    assert!(relocations.contains("R_X86_64_GLOB_DAT"), "{relocations}");
    let relative = relocations.lines().filter(|line| line.contains("_RELATIVE")).count();
    assert_eq!(relative, 0, "relative relocations");
}

/// It needs no libpq, OpenSSL or other library whose version depends on the system.
#[test]
#[cfg_attr(
    not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")),
    ignore = "the list of libraries is that of glibc on x86_64"
)]
fn only_libraries_of_the_system_are_linked() {
    need!("readelf");
    let dynamic = readelf("-d");
    let needed: Vec<&str> = dynamic
        .lines()
        .filter(|line| line.contains("(NEEDED)"))
        .filter_map(|line| line.split(['[', ']']).nth(1))
        .collect();
    assert!(needed.contains(&"libc.so.6"), "{dynamic}");
    let others: Vec<&&str> = needed.iter().filter(|name| !LIBRARIES.contains(name)).collect();
    assert!(others.is_empty(), "{others:?}");
}
