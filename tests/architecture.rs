//! The direction of imports: who may know whom. Reads the sources, so that a shortcut fails here and not in a year.

use std::fs;
use std::path::Path;

/// The modules of the crate, and which others each may mention.
const MAY_IMPORT: [(&str, &[&str]); 14] = [
    ("report", &[]),
    ("random", &[]),
    ("sealed", &[]),
    ("fault", &[]),
    ("spec", &[]),
    ("data", &["spec"]),
    ("nn", &["spec"]),
    ("io", &["spec", "nn", "train"]),
    ("protocol", &["spec", "data"]),
    ("train", &["spec", "data", "nn"]),
    ("team", &["spec", "data", "nn", "train"]),
    ("session", &["spec", "data", "nn", "io", "protocol", "train", "team"]),
    (
        "worker",
        &["spec", "data", "nn", "io", "protocol", "train", "team", "session"],
    ),
    ("app", &["spec", "protocol"]),
];

/// These import nothing, and anyone may use them.
const FOR_ALL: [&str; 4] = ["report", "random", "sealed", "fault"];

/// Crates of the browser, and the modules that may use them; the programs in `src/bin` may too.
const WEB_CRATES: [&str; 8] = [
    "idb",
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "leptos",
    "leptos_use",
    "console_error_panic_hook",
];
const WEB_MODULES: [&str; 3] = ["app", "worker", "bin"];

/// Everything in a source file that its module must not mention. `path` is relative to `src`, with slashes.
fn violations(path: &str, source: &str) -> Vec<String> {
    let module = path.split('/').next().unwrap().trim_end_matches(".rs");
    let code = without_comments(source);
    let mut found = Vec::new();
    if !["lib", "bin"].contains(&module) {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
            return vec![format!(
                "{path}: say in tests/architecture.rs what the module {module} may import"
            )];
        };
        let wrong = mentioned_modules(path, &code)
            .into_iter()
            .filter(|name| name != module && !allowed.contains(&&**name) && !FOR_ALL.contains(&&**name));
        found.extend(wrong.map(|name| format!("{path}: {module} must not import {name}")));
    }
    if !WEB_MODULES.contains(&module) {
        let words: Vec<_> = words(&code).collect();
        let wrong = WEB_CRATES.iter().filter(|name| words.contains(name));
        found.extend(wrong.map(|name| format!("{path}: {name} belongs to {}", WEB_MODULES.join(", "))));
    }
    found
}

/// The crate's modules that are mentioned by `crate::name`, `crate::{name, ...}`, or as many `super::` as lead there.
fn mentioned_modules(path: &str, code: &str) -> Vec<String> {
    let to_root = "super::".repeat(module_depth(path));
    let after_root = ["crate::", &to_root].map(|root| code.split(root).skip(1).collect::<Vec<_>>());
    let mut names: Vec<_> = after_root.concat().into_iter().flat_map(first_names).collect();
    names.retain(|name| MAY_IMPORT.iter().any(|(module, _)| module == name));
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
}

/// `nn/layers/conv.rs` is `crate::nn::layers::conv`: three steps from the root.
fn module_depth(path: &str) -> usize {
    path.split('/').filter(|part| *part != "mod.rs").count()
}

/// The name at the start of `code`, or all the names at the first level of the braces there.
fn first_names(code: &str) -> Vec<&str> {
    let Some(group) = code.strip_prefix('{') else {
        return words(code).take(1).collect();
    };
    let mut depth = 0;
    let mut items = vec![];
    let mut start = 0;
    for (index, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.extend(words(&group[start..index]).next());
                start = index + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    items
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    code.split(move |character| !is_part(character))
        .filter(|word| !word.is_empty())
}

fn without_comments(source: &str) -> String {
    source
        .lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every source file: its path relative to `folder`, and its text.
fn sources(folder: &Path, inside: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder.join(inside)).unwrap();
    let files = entries.flat_map(|entry| {
        let entry = entry.unwrap();
        let path = format!("{inside}{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            return sources(folder, &format!("{path}/"));
        }
        let text = fs::read_to_string(entry.path()).unwrap();
        vec![(path, text)]
    });
    files.filter(|(path, _)| path.ends_with(".rs")).collect()
}

#[test]
fn imports_go_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources(&root, "");
    assert!(files.len() > 10, "the sources are not at {}", root.display());
    let found: Vec<_> = files
        .iter()
        .flat_map(|(path, source)| violations(path, source))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn browser_crates_are_dependencies_of_wasm32_only() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let mut section = "";
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        }
        let name = line.split(['=', ' ']).next().unwrap().replace('-', "_");
        if section.contains("dependencies") && WEB_CRATES.contains(&name.as_str()) {
            assert!(section.contains("wasm32"), "{name} is under {section}");
        }
    }
}

#[test]
fn planted_violations_are_found() {
    for (path, source, expected) in [
        (
            "nn/layers/conv.rs",
            "use crate::protocol::Event;",
            "nn must not import protocol",
        ),
        (
            "nn/mod.rs",
            "use crate::{\n    spec::{Shape, app},\n    session,\n};",
            "nn must not import session",
        ),
        (
            "nn/loss.rs",
            "let a = super::super::train::new();",
            "nn must not import train",
        ),
        ("nn/loss.rs", "use web_sys::Window;", "web_sys belongs to"),
        ("random.rs", "use crate::spec::Shape;", "random must not import spec"),
        ("spec.rs", "use super::data;", "spec must not import data"),
        (
            "data/idx.rs",
            "fn f() -> crate::nn::Thing {}",
            "data must not import nn",
        ),
        (
            "app/mod.rs",
            "use crate::{protocol::Event, nn::Layer};",
            "app must not import nn",
        ),
        ("app/pad.rs", "use crate::data::strokes;", "app must not import data"),
        ("session.rs", "#[wasm_bindgen]", "wasm_bindgen belongs to"),
        ("novel.rs", "", "say in tests/architecture.rs"),
    ] {
        let found = violations(path, source);
        assert!(
            found.len() == 1 && found[0].contains(expected),
            "{path} {source}: {found:?}"
        );
    }
}

#[test]
fn what_is_allowed_is_not_found() {
    for (path, source) in [
        (
            "nn/layers/conv.rs",
            "use crate::spec::Shape; // not crate::protocol, not web_sys\nuse super::Layer;",
        ),
        (
            "nn/mod.rs",
            "mod data;\nuse self::data::Thing;\nuse crate::nn::{app, train};",
        ),
        (
            "session.rs",
            "use crate::{nn::Layer, train::Trainer};\nuse crate::protocol::{Command, app};",
        ),
        ("worker/mod.rs", "use web_sys::Blob;\nuse crate::session::Session;"),
        ("bin/app.rs", "fn main() { leptos::mount(digit_lab::app::App) }"),
    ] {
        assert_eq!(violations(path, source), [""; 0], "{path}");
    }
}

/// What ends in `F32x4::mul_add` once it is inlined.
const MULTIPLY_ADDS: [&str; 4] = ["mul_add(", "multiply_rows", "accumulate::<", "add_entry("];

/// The functions of a kernel that multiply and add without the attribute by which the relaxed tier's instruction is
/// inlined into them: there it would be a call, which only the speed shows.
fn calls_instead_of_instructions(source: &str) -> Vec<String> {
    let (mut attributes, mut function) = (String::new(), None);
    let mut found = vec![];
    for line in without_comments(source).lines().map(str::trim) {
        if line.starts_with("#[") {
            attributes.push_str(line);
            continue;
        }
        if let Some((before, name)) = line.split_once("fn ")
            && words(before).all(|word| ["pub", "super", "unsafe"].contains(&word))
        {
            function = Some((name.to_owned(), std::mem::take(&mut attributes)));
        } else if !line.is_empty() {
            attributes.clear();
        }
        let inlined = |attributes: &str| {
            ["inline(always)", "relaxed_simd"]
                .iter()
                .any(|a| attributes.contains(a))
        };
        if let Some((name, attributes)) = &function
            && MULTIPLY_ADDS.iter().any(|call| line.contains(call))
            && !inlined(attributes)
        {
            found.push(format!("{name} needs #[cfg_attr(relaxed_simd, ...)] for {line}"));
        }
    }
    found
}

#[test]
fn no_multiply_add_is_a_call() {
    let kernels = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/nn/kernels");
    let files = sources(&kernels, "");
    let found: Vec<_> = files
        .iter()
        .flat_map(|(path, source)| {
            calls_instead_of_instructions(source)
                .into_iter()
                .map(move |e| format!("{path}: {e}"))
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));

    let attribute = "#[cfg_attr(relaxed_simd, target_feature(enable = \"relaxed-simd\"))]\n";
    let gather = files
        .iter()
        .find(|(path, _)| path == "gather.rs")
        .unwrap()
        .1
        .replace(attribute.trim(), "");
    assert_eq!(
        calls_instead_of_instructions(&gather).len(),
        1,
        "a planted one is not found"
    );
}

/// What would make markup or a program of a text, which may be a user's; and ` style=`, a style sheet in an attribute, which
/// the page's policy refuses (`style:width=` is none).
const MAKES_MARKUP: [&str; 9] = [
    " style=",
    "inner_html",
    "innerHTML",
    "outer_html",
    "outerHTML",
    "insert_adjacent_html",
    "insertAdjacentHTML",
    "document.write",
    "eval(",
];

#[test]
fn no_text_becomes_markup() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = sources(&root.join("src"), "");
    // The programs for others that are written there are no program of the page's.
    files.retain(|(path, _)| !path.starts_with("io/code/"));
    for name in ["public/loader.js", "public/sw.js", "index.html"] {
        files.push((name.into(), fs::read_to_string(root.join(name)).unwrap()));
    }
    for (path, source) in files {
        let found = MAKES_MARKUP.iter().find(|markup| source.contains(**markup));
        assert!(found.is_none(), "{path} has {}", found.unwrap());
    }
}
