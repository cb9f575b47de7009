//! The build script: embeds the files of `checks/` and `sql/owners/`, and writes one test for each case.
//!
//! It validates nothing; the library validates embedded checks and those of users in the same way.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=checks");
    println!("cargo::rerun-if-changed=sql/owners");
    link();
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let checks = folders(&root.join("checks"))?;
    fs::write(out.join("embedded.rs"), embedded(&checks, &root.join("sql/owners"))?)?;
    fs::write(out.join("cases.rs"), cases(&checks)?)
}

/// Links the program to a fixed address on systems where the tests try it.
///
/// To relocate the program at each start takes longer than everything else that a plugin call does before it
/// connects, and the worker that runs scripts would do it again. The addresses of libraries, heap and stack
/// remain random.
fn link() {
    let target_is = |key: &str, value: &str| env::var(key).is_ok_and(|found| found == value);
    if target_is("CARGO_CFG_TARGET_OS", "linux")
        && target_is("CARGO_CFG_TARGET_ENV", "gnu")
        && target_is("CARGO_CFG_TARGET_ARCH", "x86_64")
    {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

/// `CHECKS`: each folder with its files. `CASES`: the files of its folder `cases`. `OWNERS`: each owner set with its
/// grants.
fn embedded(checks: &[PathBuf], owners: &Path) -> io::Result<String> {
    let mut code = String::from("static CHECKS: &[(&str, &[(&str, &str)])] = &[\n");
    for check in checks {
        embed(&mut code, check, &files(check)?);
    }
    code.push_str("];\nstatic CASES: &[(&str, &[(&str, &str)])] = &[\n");
    for check in checks {
        let cases = check.join("cases");
        let cases = if cases.is_dir() { files(&cases)? } else { Vec::new() };
        embed(&mut code, check, &cases);
    }
    code.push_str("];\nstatic OWNERS: &[(&str, &str)] = &[\n");
    for file in files(owners)? {
        let set = name(&file);
        let set = set.strip_suffix(".sql").unwrap_or(&set);
        writeln!(code, "    ({set:?}, include_str!({:?})),", text(&file)).expect(WRITTEN);
    }
    code.push_str("];\n");
    Ok(code)
}

const WRITTEN: &str = "writing into a String cannot fail";

/// Writes the entry of a check with some of its files.
fn embed(code: &mut String, check: &Path, files: &[PathBuf]) {
    writeln!(code, "    ({:?}, &[", name(check)).expect(WRITTEN);
    for file in files {
        writeln!(code, "        ({:?}, include_str!({:?})),", name(file), text(file))
            .expect(WRITTEN);
    }
    code.push_str("    ]),\n");
}

/// One test for each case of each check, named `<check>::<case>`.
fn cases(checks: &[PathBuf]) -> io::Result<String> {
    let mut code = String::new();
    for check in checks {
        let cases = check.join("cases");
        if !cases.is_dir() {
            continue;
        }
        writeln!(code, "mod {} {{", name(check)).expect(WRITTEN);
        for file in files(&cases)? {
            let file_name = name(&file);
            let (stem, kind) = file_name.rsplit_once('.').unwrap_or((&file_name, ""));
            let (run, suffix) = match kind {
                "toml" => ("offline", ""),
                "sql" => ("scenario", "_on_a_server"),
                _ => continue,
            };
            let path = file.display().to_string();
            writeln!(
                code,
                "    #[test]\n    fn r#{stem}{suffix}() {{\n        super::{run}({:?}, {path:?});\n    }}",
                name(check)
            )
            .expect(WRITTEN);
        }
        code.push_str("}\n");
    }
    Ok(code)
}

fn folders(parent: &Path) -> io::Result<Vec<PathBuf>> {
    entries(parent, Path::is_dir)
}

fn files(parent: &Path) -> io::Result<Vec<PathBuf>> {
    entries(parent, Path::is_file)
}

fn entries(parent: &Path, wanted: fn(&Path) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(parent)? {
        let path = entry?.path();
        if wanted(&path) && !name(&path).starts_with('.') {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
