//! The source files of the project: their text, and the files that each of them uses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The path of a module, such as `["output", "nagios"]`.
pub(super) type Module = Vec<String>;

/// A source file.
pub(super) struct Source {
    /// The file, from the root of the project.
    pub(super) path: PathBuf,
    pub(super) module: Module,
    pub(super) text: String,
}

impl Source {
    /// The first part of the module: the room.
    pub(super) fn room(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    /// The lines above the tests, without comments.
    pub(super) fn code(&self) -> String {
        let text = self.text.split("#[cfg(test)]").next().unwrap();
        text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
    }
}

/// All Rust files below a folder of the project.
pub(super) fn sources(folder: &str) -> Vec<Source> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = project.join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let module = path.strip_prefix(&root).unwrap().with_extension("");
                let module = module.iter().map(|part| part.to_str().unwrap().to_owned());
                let module: Module = module.filter(|part| part != "lib").collect();
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(project).unwrap().to_owned();
                found.push(Source { path, module, text });
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has Rust files");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The files that each file uses. A name that a module re-exports belongs to the file that defines it; declaring a
/// module and re-exporting a name is not a use.
pub(super) fn uses(sources: &[Source]) -> BTreeMap<Module, BTreeSet<Module>> {
    let modules: BTreeSet<&Module> = sources.iter().map(|source| &source.module).collect();
    let mut exports = BTreeMap::<(Module, String), Module>::new();
    for source in sources {
        for (path, public) in paths(source) {
            if let (true, Some(file)) = (public, file_of(&path, &modules)) {
                let name = path.last().unwrap().clone();
                exports.insert((source.module.clone(), name), file);
            }
        }
    }
    let mut all = BTreeMap::new();
    for source in sources {
        let mut used = BTreeSet::new();
        for (path, public) in paths(source) {
            let Some(mut file) = file_of(&path, &modules).filter(|_| !public) else { continue };
            if let Some(name) = path.get(file.len())
                && let Some(definition) = exports.get(&(file.clone(), name.clone()))
            {
                file.clone_from(definition);
            }
            used.insert(file);
        }
        used.remove(&source.module);
        all.insert(source.module.clone(), used);
    }
    all
}

/// The file that a path leads to: the longest beginning that is a module with a file.
fn file_of(path: &[String], modules: &BTreeSet<&Module>) -> Option<Module> {
    (1..=path.len())
        .rev()
        .map(|length| path[..length].to_vec())
        .find(|module| modules.contains(module))
}

/// All paths to modules of the project in a file, absolute, and whether each is re-exported.
fn paths(source: &Source) -> Vec<(Module, bool)> {
    let code = source.code();
    let children: BTreeSet<&str> = code
        .lines()
        .filter_map(|line| line.trim().split_once("mod ")?.1.strip_suffix(';'))
        .collect();
    let mut found = Vec::new();
    let mut rest = code.as_str();
    // `use` declarations first; what remains are paths in code.
    let mut others = String::new();
    while let Some(start) = next_use(rest) {
        let end = start + rest[start..].find(';').unwrap_or(rest.len() - start);
        let before = &rest[..start];
        let line = before.rsplit('\n').next().unwrap();
        let public = line.trim_start().starts_with("pub");
        others.push_str(before);
        for path in expand(&rest[start + "use ".len()..end]) {
            found.extend(absolute(source, &children, &path).map(|path| (path, public)));
        }
        rest = &rest[end..];
    }
    others.push_str(rest);
    for path in inline(&others) {
        found.extend(absolute(source, &children, &path).map(|path| (path, false)));
    }
    found
}

fn next_use(code: &str) -> Option<usize> {
    code.match_indices("use ").map(|(at, _)| at).find(|at| {
        let line = code[..*at].rsplit('\n').next().unwrap().trim_start();
        line.is_empty() || line.starts_with("pub")
    })
}

/// `a::{b, c::{self, d as e}}` names `a::b`, `a::c` and `a::c::d`.
fn expand(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let (head, list) = match tree.split_once('{') {
        Some((head, list)) => (head, list.trim_end().strip_suffix('}').unwrap_or(list)),
        None => return vec![words(tree.split(" as ").next().unwrap())],
    };
    let head = words(head);
    let mut depth = 0;
    let mut items = vec![String::new()];
    for character in list.chars() {
        match character {
            ',' if depth == 0 => items.push(String::new()),
            other => {
                depth += i32::from(other == '{') - i32::from(other == '}');
                items.last_mut().unwrap().push(other);
            }
        }
    }
    let items = items.iter().filter(|item| !item.trim().is_empty());
    items
        .flat_map(|item| expand(item))
        .map(|path| head.iter().cloned().chain(path).filter(|part| part != "self").collect())
        .map(|path: Vec<String>| if path.is_empty() { vec!["self".to_owned()] } else { path })
        .collect()
}

fn words(path: &str) -> Vec<String> {
    path.split("::").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Every `a::b::c` outside of `use` declarations.
fn inline(code: &str) -> Vec<Vec<String>> {
    let is_path = |character: char| character.is_alphanumeric() || "_:".contains(character);
    code.split(|character: char| !is_path(character))
        .filter(|word| word.contains("::"))
        .map(words)
        .collect()
}

/// The path from the root of the crate, if it leads into the crate.
fn absolute(source: &Source, children: &BTreeSet<&str>, path: &[String]) -> Option<Module> {
    let mut module = source.module.clone();
    let mut parts = path.iter();
    match parts.next()?.as_str() {
        "crate" | "posemo" => module.clear(),
        "self" => {}
        "super" => drop(module.pop()),
        child if children.contains(child) => module.push(child.to_owned()),
        _ => return None,
    }
    for part in parts {
        if part == "super" { drop(module.pop()) } else { module.push(part.clone()) }
    }
    Some(module)
}
