//! See docs: being built.
