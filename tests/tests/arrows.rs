//! The house keeps its shape: crates depend one way, and inside core each module uses only what stands above it.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

/// The part of a source file that is built into the product: what stands above its test module, without comments; nothing of
/// a file of tests.
fn product_lines(path: &Path) -> Vec<(usize, String)> {
    if path.ends_with("tests.rs") {
        return Vec::new();
    }
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(i, line)| (i + 1, line.to_owned()))
        .collect()
}

#[test]
fn crates_depend_one_way() {
    for (krate, may_use) in [
        ("fonts", &[][..]),
        ("core", &["sling-fonts"]),
        ("device", &["sling-core"]),
        ("simulator", &["sling-core"]),
        ("tests", &["sling-core", "sling-device", "sling-fonts", "sling-simulator"]),
        ("tests/c-host", &["sling-core"]),
        ("tests/foreign-field", &["sling-core"]),
    ] {
        let manifest = fs::read_to_string(root().join(krate).join("Cargo.toml")).unwrap();
        let used = manifest
            .lines()
            .filter(|line| line.starts_with("sling-") && (line.contains(".workspace") || line.contains('=')))
            .map(|line| line.split(['.', ' ', '=']).next().unwrap());
        for used in used {
            assert!(may_use.contains(&used), "{krate} uses {used}");
        }
    }
}

/// Core's modules, a line each; a module may use those above it and those of its own line.
const LAYERS: [&[&str]; 15] = [
    &["units", "time", "math", "digest", "language"],
    &["sensor"],
    &["wire"],
    &["link"],
    &["signal"],
    &["pattern"],
    &["alert"],
    &["session"],
    &["draw"],
    &["config", "input"],
    &["field"],
    &["ui"],
    &["head_unit"],
    &["log"],
    &["service"],
];

#[test]
fn modules_of_core_use_only_what_stands_above_them() {
    let src = root().join("core/src");
    let layer = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    for path in rust_files(&src) {
        let relative = path.strip_prefix(&src).unwrap();
        let own = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if own == "lib" {
            continue;
        }
        let own_layer = layer(own).unwrap_or_else(|| panic!("{own} has no place in LAYERS"));
        for (number, line) in product_lines(&path) {
            for used in line.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let used_layer =
                    layer(&used).unwrap_or_else(|| panic!("{}:{number} uses crate::{used}", relative.display()));
                assert!(used_layer <= own_layer, "{}:{number}: {own} uses {used}", relative.display());
            }
        }
    }
}

#[test]
fn core_stays_in_its_room() {
    for krate in ["core/src", "fonts/src"] {
        for path in rust_files(&root().join(krate)) {
            for (number, line) in product_lines(&path) {
                for forbidden in [
                    "std::",
                    "extern crate",
                    "alloc::",
                    "Instant::now",
                    "SystemTime",
                    "unsafe {",
                    "target_arch",
                    "target_os",
                    ".unwrap()",
                    ".expect(",
                    "panic!",
                    "f64",
                    ".sqrt()",
                    ".powi(",
                    ".mul_add(",
                ] {
                    let allowed = forbidden == "f64" && path.ends_with("fonts");
                    assert!(!line.contains(forbidden) || allowed, "{}:{number}: {line}", path.display());
                }
            }
        }
    }
}
