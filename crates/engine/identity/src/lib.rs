//! ID tokens, assertions and the browser sign-in.
