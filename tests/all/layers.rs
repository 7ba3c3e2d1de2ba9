//! Imports point down, and no two files import each other, directly or by others: read from the `use` lines and the paths of
//! the sources. What is compiled for tests alone may look up.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Top-level modules, the lowest first. A module may import those of the lines before its own.
const MODULES: &[&[&str]] = &[
    &["abi", "escape", "files"],
    &["gpu", "npy"],
    &["isa"],
    &["float", "neural", "translate", "burst"],
    &["machine"],
    &["linux", "conform"],
    &["sweep"],
    &["cli", "fuzz"],
];
/// All that spiking networks share with the rest.
const OF_BURST: &[&str] = &["abi", "escape", "files", "gpu", "npy"];
/// The same for what is in `src/machine`; `machine` is its `mod.rs`, which re-exports from all of it.
const MACHINE: &[&[&str]] = &[
    &["error", "options", "lane_set", "personality"],
    &["pass", "shaders"],
    &["memory"],
    &["code"],
    &["state"],
    &["banks"],
    &["companions"],
    &["run"],
    &["machine"],
    &["builder"],
    &["face"],
];

/// Sources by module: `machine::banks::core` for `src/machine/banks/core.rs`.
type Sources = BTreeMap<String, String>;
/// What each module imports.
type Imports = BTreeMap<String, BTreeSet<String>>;

fn read_sources(folder: &Path, module: &str, into: &mut Sources) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let inner = if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
        if path.is_dir() {
            read_sources(&path, &inner, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let of = if matches!(name, "mod" | "lib" | "main") { module.to_owned() } else { inner };
            // The library's root and the program's only name what is in them.
            if !of.is_empty() {
                into.insert(of, fs::read_to_string(&path).unwrap());
            }
        }
    }
}

/// The text without comments, literals and what is compiled for tests alone.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines().take_while(|line| *line != "#[cfg(test)]") {
        let mut rest = line;
        while let Some(at) = rest.find(['"', '/', '\'']) {
            code.push_str(&rest[..at]);
            rest = &rest[at..];
            let quote = rest.chars().next().unwrap();
            if rest.starts_with("//") {
                rest = "";
            } else if quote == '"' {
                // A literal over several lines has no path in it that matters.
                let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
                rest = &rest[end..];
            } else {
                code.push(quote);
                rest = &rest[1..];
            }
        }
        code.push_str(rest);
        code.push('\n');
    }
    code
}

/// The paths that a `use` tree stands for: `a::{b, c::d}` for `a::b` and `a::c::d`.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        return vec![tree.split(" as ").next().unwrap().trim().to_owned()];
    };
    let (prefix, inner) = (&tree[..open], &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())]);
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, letter) in inner.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(expand).map(|path| format!("{prefix}{path}")).collect()
}

/// A path in some code, and whether it is re-exported there.
struct Named {
    path: String,
    public: bool,
}

/// The paths of `use` lines, and those elsewhere that begin at the crate or at the module around.
fn paths(code: &str) -> Vec<Named> {
    let (mut found, mut others) = (Vec::new(), String::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let visible = line.trim_start();
        let public = visible.starts_with("pub");
        let after = if public { visible.split_once(' ').map_or("", |(_, after)| after) } else { visible };
        let Some(tree) = after.strip_prefix("use ") else {
            others.push_str(line);
            others.push('\n');
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            let Some(more) = lines.next() else { break };
            tree.push_str(more);
        }
        let tree = tree.split(';').next().unwrap_or_default();
        found.extend(expand(tree).into_iter().map(|path| Named { path, public }));
    }
    for start in ["crate::", "super::", "kvrm::"] {
        for (at, _) in others.match_indices(start) {
            let before = others[..at].chars().next_back();
            if before.is_none_or(|letter| !letter.is_alphanumeric() && !"_:".contains(letter)) {
                let path = others[at..].split(|letter: char| !letter.is_alphanumeric() && !"_:".contains(letter));
                let path = path.map(str::to_owned).next().unwrap_or_default();
                // `pub(in crate::machine)` says who may look, not at whom.
                if !others[..at].ends_with("pub(in ") {
                    found.push(Named { path, public: false });
                }
            }
        }
    }
    found
}

/// A path from the crate on; `None` for what is another crate's, or is no path.
fn from_crate(module: &str, path: &str) -> Option<String> {
    let mut around: Vec<&str> = module.split("::").collect();
    let mut parts = path.trim().split("::").map(str::trim).peekable();
    match parts.next()? {
        "crate" | "kvrm" => around.clear(),
        "super" => {
            around.pop();
            while parts.next_if_eq(&"super").is_some() {
                around.pop();
            }
        }
        "self" => {}
        _ => return None,
    }
    around.extend(parts);
    Some(around.join("::"))
}

/// What each module imports: names that another re-exports count as their home's.
fn imports(sources: &Sources) -> Imports {
    let codes: BTreeMap<&String, String> = sources.iter().map(|(module, text)| (module, code_of(text))).collect();
    let home = |path: &str| {
        let mut path = path;
        loop {
            if sources.contains_key(path) {
                return Some(path.to_owned());
            }
            path = &path[..path.rfind("::")?];
        }
    };
    // Paths in a module's own file may begin with the names of modules in it.
    let inside = |module: &str, path: &str| {
        let inner = format!("{module}::{path}");
        let first = path.split("::").next().unwrap_or_default();
        sources.keys().any(|other| *other == format!("{module}::{first}")).then_some(inner)
    };
    let named: Vec<(&String, Named)> =
        codes.iter().flat_map(|(module, code)| paths(code).into_iter().map(|named| (*module, named))).collect();
    let full = |module: &str, path: &str| from_crate(module, path).or_else(|| inside(module, path));
    let mut homes: BTreeMap<String, String> = BTreeMap::new();
    for (module, Named { path, .. }) in named.iter().filter(|(_, named)| named.public) {
        if let (Some(full), Some(name)) = (full(module, path), path.rsplit("::").next())
            && let Some(home) = home(&full)
        {
            homes.insert(format!("{module}::{name}"), home);
        }
    }
    let mut all: Imports = sources.keys().map(|module| (module.clone(), BTreeSet::new())).collect();
    for (module, Named { path, .. }) in named.iter().filter(|(_, named)| !named.public) {
        let Some(path) = full(module, path) else { continue };
        let mut known = Some(path.as_str());
        while let Some(name) = known.filter(|name| !homes.contains_key(*name)) {
            known = name.rfind("::").map(|at| &name[..at]);
        }
        let target = known.and_then(|name| homes.get(name).cloned()).or_else(|| home(&path));
        if let Some(target) = target.filter(|target| target != *module) {
            all.entry((*module).clone()).or_default().insert(target);
        }
    }
    all
}

/// A circle of imports, if there is one.
fn circle(imports: &Imports) -> Option<Vec<String>> {
    fn visit(module: &String, imports: &Imports, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> bool {
        if let Some(at) = way.iter().position(|other| other == module) {
            way.drain(..at);
            return true;
        }
        if done.contains(module) {
            return false;
        }
        way.push(module.clone());
        for next in imports.get(module).into_iter().flatten() {
            if visit(next, imports, way, done) {
                return true;
            }
        }
        way.pop();
        done.insert(module.clone());
        false
    }
    let (mut way, mut done) = (Vec::new(), BTreeSet::new());
    imports.keys().any(|module| visit(module, imports, &mut way, &mut done)).then_some(way)
}

/// Arrows that do not point to a lower layer, where `part_of` names the part that a module is of.
fn upward(imports: &Imports, layers: &[&[&str]], part_of: fn(&str) -> Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    let level = |part: &str| layers.iter().position(|layer| layer.contains(&part));
    for (module, targets) in imports {
        let Some(part) = part_of(module) else { continue };
        let Some(own) = level(part) else {
            wrong.push(format!("{part} has no layer"));
            continue;
        };
        for target in targets {
            let Some(other) = part_of(target).filter(|other| *other != part) else { continue };
            if level(other).is_none_or(|other| other >= own) {
                wrong.push(format!("{module} imports {target}"));
            }
        }
    }
    wrong
}

fn top(module: &str) -> Option<&str> {
    module.split("::").next()
}

fn of_machine(module: &str) -> Option<&str> {
    let mut parts = module.split("::");
    (parts.next() == Some("machine")).then(|| parts.next().unwrap_or("machine"))
}

fn sources() -> Sources {
    let mut sources = Sources::new();
    read_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut sources);
    assert!(sources.len() > 100, "{} files were read", sources.len());
    sources
}

#[test]
fn imports_point_down_between_modules() {
    let imports = imports(&sources());
    let wrong = upward(&imports, MODULES, top);
    assert!(wrong.is_empty(), "arrows point up:\n{}", wrong.join("\n"));
    let burst = imports.iter().filter(|(module, _)| top(module) == Some("burst"));
    for (module, targets) in burst {
        let strange = targets
            .iter()
            .find(|target| !matches!(top(target), Some(part) if part == "burst" || OF_BURST.contains(&part)));
        assert_eq!(strange, None, "{module} imports it");
    }
}

#[test]
fn imports_point_down_inside_the_machine() {
    let imports: Imports = imports(&sources()).into_iter().filter(|(module, _)| of_machine(module).is_some()).collect();
    assert!(imports.values().map(BTreeSet::len).sum::<usize>() > 100, "{imports:?}");
    let wrong = upward(&imports, MACHINE, of_machine);
    assert!(wrong.is_empty(), "arrows point up:\n{}", wrong.join("\n"));
    assert_eq!(circle(&imports), None, "files import each other");
}

#[test]
fn a_circle_and_an_arrow_up_are_seen() {
    let text = |lines: &[(&str, &str)]| -> Sources {
        lines.iter().map(|(module, text)| ((*module).to_owned(), (*text).to_owned())).collect()
    };
    let made_up = text(&[
        ("low", "use std::fmt;\npub struct Thing;\n// use crate::high::Comment;\n"),
        ("low::part", "use super::Thing;\nconst NAME: &str = \"crate::high::Literal\";\n"),
        ("high", "pub use crate::low::Thing;\nuse crate::low::{self, part::{One, Two as Three}};\n"),
        ("high::part", "use super::Thing;\n#[cfg(test)]\nmod tests {\n    use crate::top::Test;\n}\n"),
        ("top", "fn f() -> u32 { crate::high::part::g() }\n"),
    ]);
    let found = imports(&made_up);
    let arrows = |found: &Imports| -> Vec<String> {
        found.iter().flat_map(|(module, to)| to.iter().map(move |to| format!("{module} {to}"))).collect()
    };
    assert_eq!(arrows(&found), ["high low", "high low::part", "high::part low", "low::part low", "top high::part"]);
    assert_eq!(circle(&found), None);
    assert_eq!(upward(&found, &[&["low"], &["high"], &["top"]], top), Vec::<String>::new());
    assert_eq!(upward(&found, &[&["high"], &["low"], &["top"]], top).len(), 3);
    assert_eq!(upward(&found, &[&["low", "high"], &["top"]], top).len(), 3, "neighbours do not import each other");

    let mut round = made_up;
    round.insert("low".to_owned(), "mod part;\nuse crate::top::f;\n".to_owned());
    let found = imports(&round);
    let mut seen = circle(&found).expect("low, top, high::part and back");
    seen.sort_unstable();
    assert_eq!(seen, ["high::part", "low", "top"]);
    assert_eq!(upward(&found, &[&["low"], &["high"], &["top"]], top), ["low imports top"]);
}
