//! Passes the inputs of the fuzzer to `targets::reply`, which checks what must hold for all of them.

#![no_main]

#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::run("reply", bytes));
