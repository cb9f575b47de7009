//! Feeds `targets::migrate`.
//!
//! The target contains the assertions that hold for all inputs.

#![no_main]

#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::run("migrate", bytes));
