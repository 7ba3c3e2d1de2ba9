//! The documents: tables are as `cargo xtask pages` writes them, and links lead somewhere.

use std::path::Path;

use xtask::{links, pages};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn tables_are_those_of_the_result_files() {
    let stale: Vec<_> = pages::stale(root()).unwrap().into_iter().map(|(path, _)| path).collect();
    assert!(stale.is_empty(), "run `cargo xtask pages`: {stale:?}");
    let written = pages::generate(root()).unwrap().len();
    assert!(written > 10, "only {written} pages have tables");
}

#[test]
fn links_lead_somewhere() {
    let broken = links::broken(root()).unwrap();
    assert!(broken.is_empty(), "{broken:#?}");
}
