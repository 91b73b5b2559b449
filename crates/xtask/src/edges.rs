//! Which crate of the workspace may depend on which: one direction, from the meaning of text up to the command line.

use crate::Outcome;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// A crate and the crates right below it; what these may use, it may use too. Dependencies of tests are free.
const BELOW: &[(&str, &[&str])] = &[
    ("tribunal-text", &[]),
    ("tribunal-policy", &["tribunal-text"]),
    ("tribunal-core", &["tribunal-policy", "tribunal-text"]),
    ("tribunal", &["tribunal-core"]),
    ("tribunal-analysis", &["tribunal-policy", "tribunal-core"]),
    ("tribunal-replay", &["tribunal", "tribunal-analysis"]),
    ("tribunal-cli", &["tribunal", "tribunal-analysis", "tribunal-replay"]),
    // Independent of the engine, or it could not find its mistakes.
    ("tribunal-oracle", &["tribunal-policy", "tribunal-text"]),
    ("xtask", &["tribunal-policy", "tribunal-text"]),
    ("benches", &["tribunal", "tribunal-oracle"]),
];

/// Reads the manifests through `cargo metadata` and names every edge that [`BELOW`] does not allow.
pub(crate) fn check() -> Outcome<()> {
    let edges = edges()?;
    let mut wrong = Vec::new();
    for (from, to) in &edges {
        if !BELOW.iter().any(|(name, _)| name == from) {
            wrong.push(format!("{from} is not in the table of crates/xtask/src/edges.rs"));
        } else if !reachable(from).contains(to.as_str()) {
            wrong.push(format!("{from} may not depend on {to}"));
        }
    }
    wrong.dedup();
    if wrong.is_empty() {
        println!("{} edges between crates, all downwards", edges.len());
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

/// Everything below a crate.
fn reachable(from: &str) -> BTreeSet<&'static str> {
    let mut found: BTreeSet<&'static str> = BTreeSet::new();
    let mut open: Vec<&str> = vec![from];
    while let Some(name) = open.pop() {
        let below = BELOW.iter().find(|(this, _)| *this == name).map_or(&[] as &[&'static str], |(_, below)| below);
        for below in below.iter().copied() {
            if found.insert(below) {
                open.push(below);
            }
        }
    }
    found
}

/// The edges inside the workspace, dependencies of tests aside.
fn edges() -> Outcome<BTreeSet<(String, String)>> {
    let root = crate::here().join("../..");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root).output()?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let list = |value: &serde_json::Value, key: &str| value.get(key).and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let name = |value: &serde_json::Value| value.get("name").and_then(serde_json::Value::as_str).map(str::to_owned);
    let mut crates: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
    for package in list(&metadata, "packages") {
        let found = name(&package).ok_or("cargo metadata: a package without a name")?;
        crates.insert(found, list(&package, "dependencies"));
    }
    if crates.is_empty() {
        return Err("cargo metadata: no packages".into());
    }
    let mut edges = BTreeSet::new();
    for (from, dependencies) in &crates {
        let normal = dependencies.iter().filter(|dependency| dependency.get("kind").and_then(serde_json::Value::as_str) != Some("dev"));
        edges.extend(normal.filter_map(name).filter(|to| crates.contains_key(to)).map(|to| (from.clone(), to)));
    }
    Ok(edges)
}
