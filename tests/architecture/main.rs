//! The directions between crates, as the design has them: what is not listed here may not be depended on.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Of each crate, the crates of this workspace that it may depend on. Development dependencies are free.
const ALLOWED: [(&str, &[&str]); 20] = [
    ("domain", &[]),
    ("ports", &["domain"]),
    // What everybody may say of itself; it knows nobody.
    ("telemetry", &["domain"]),
    ("imaging", &["domain"]),
    ("delivery-url", &["domain", "imaging"]),
    ("api-types", &["domain"]),
    ("api-client", &["api-types", "domain", "telemetry"]),
    ("http-kit", &["api-types", "telemetry"]),
    ("runtime", &["telemetry"]),
    ("catalog", &["domain", "ports"]),
    ("embedded", &["domain", "ports"]),
    ("aws", &["domain", "ports"]),
    ("outbound", &["domain", "ports"]),
    // The pages know the api by its client alone: neither its ports nor its tables.
    ("tintype-web", &["api-client", "api-types", "domain", "http-kit"]),
    (
        "tintype-api",
        &[
            "api-types",
            "delivery-url",
            "domain",
            "http-kit",
            "imaging",
            "ports",
        ],
    ),
    (
        "tintype-delivery",
        &[
            "delivery-url",
            "domain",
            "http-kit",
            "imaging",
            "ports",
            "telemetry",
        ],
    ),
    ("tintype-worker", &["domain", "imaging", "ports", "telemetry"]),
    // The one place that sees both services and adapters.
    (
        "tintype",
        &[
            "api-client",
            "aws",
            "catalog",
            "domain",
            "embedded",
            "http-kit",
            "imaging",
            "outbound",
            "ports",
            "runtime",
            "telemetry",
            "tintype-api",
            "tintype-delivery",
            "tintype-web",
            "tintype-worker",
        ],
    ),
    (
        "testkit",
        &[
            "api-client",
            "api-types",
            "aws",
            "domain",
            "embedded",
            "ports",
            "runtime",
            "tintype",
            "tintype-api",
            "tintype-worker",
        ],
    ),
    ("bench", &["domain", "imaging"]),
];

fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .expect("cargo describes the workspace");
    let members: BTreeSet<String> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    metadata
        .packages
        .iter()
        .map(|package| {
            let inner = package.dependencies.iter().filter(|dependency| {
                dependency.kind != DependencyKind::Development && members.contains(dependency.name.as_str())
            });
            (
                package.name.to_string(),
                inner.map(|dependency| dependency.name.clone()).collect(),
            )
        })
        .collect()
}

#[test]
fn crates_depend_only_in_the_directions_of_the_design() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    for (package, dependencies) in edges() {
        let allowed = allowed
            .get(package.as_str())
            .unwrap_or_else(|| panic!("{package} is new: say what it may know"));
        for dependency in dependencies {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{package} may not depend on {dependency}"
            );
        }
    }
}

#[test]
fn the_testkit_is_in_no_program() {
    for (package, dependencies) in edges() {
        assert!(
            !dependencies.contains("testkit"),
            "{package} depends on the testkit outside of its tests"
        );
    }
}
