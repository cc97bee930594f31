//! Keeps `ui/src/contract/` equal to the Rust types. `CONFAB_CODEGEN=write` writes it, anything else compares.

// A test that keeps generated files fresh must read and write them.
#![allow(clippy::disallowed_methods)]

use std::path::Path;

use confab_contract::{Intent, SurfaceEndpoint, TileLayout, View};
use confab_media_model::{FileFact, FilePlan, MediaFact, MediaPlan};
use ts_rs::{Config, TS};

fn contract() -> String {
    let config = Config::new();
    let mut parts = Parts::new();
    collect::<Intent>(&config, &mut parts);
    collect::<View>(&config, &mut parts);
    collect::<TileLayout>(&config, &mut parts);
    collect::<SurfaceEndpoint>(&config, &mut parts);
    written("crates/core/contract", &parts)
}

/// What the guest page must know besides: the plan that it carries out, and the facts that it tells.
fn media() -> String {
    let config = Config::new();
    let mut parts = Parts::new();
    collect::<MediaPlan>(&config, &mut parts);
    collect::<MediaFact>(&config, &mut parts);
    collect::<FilePlan>(&config, &mut parts);
    collect::<FileFact>(&config, &mut parts);
    written("crates/core/media-model", &parts)
}

fn written(source: &str, parts: &Parts) -> String {
    let mut text = format!("// Generated from {source} by `cargo xtask codegen`. Do not edit.\n");
    for declaration in parts.values() {
        text.push_str("\nexport ");
        text.push_str(declaration);
        text.push('\n');
    }
    text
}

type Parts = std::collections::BTreeMap<String, String>;

fn collect<T: TS + 'static + ?Sized>(config: &Config, parts: &mut Parts) {
    struct Visit<'a>(&'a Config, &'a mut Parts);
    impl ts_rs::TypeVisitor for Visit<'_> {
        fn visit<T: TS + 'static + ?Sized>(&mut self) {
            if T::output_path().is_some() && !self.1.contains_key(&T::ident(self.0)) {
                collect::<T>(self.0, self.1);
            }
        }
    }
    parts.insert(T::ident(config), T::decl(config));
    T::visit_dependencies(&mut Visit(config, parts));
}

fn is_fresh(name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/contract").join(name);
    if std::env::var("CONFAB_CODEGEN").as_deref() == Ok("write") {
        std::fs::create_dir_all(path.parent().expect("the file has a folder")).expect("folder can be made");
        std::fs::write(&path, wanted).expect("file can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "ui/src/contract/{name} is stale: run `cargo xtask codegen`");
}

#[test]
fn the_generated_typescript_is_fresh() {
    is_fresh("index.ts", &contract());
}

#[test]
fn the_generated_typescript_of_media_is_fresh() {
    is_fresh("media.ts", &media());
}
