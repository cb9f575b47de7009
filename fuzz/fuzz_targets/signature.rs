//! Feeds `targets::signature`.
//!
//! What holds for every input is said there.

#![no_main]

#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::run("signature", bytes));
