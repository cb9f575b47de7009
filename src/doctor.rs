//! Examines the way from this machine to the functions of a server, step by step, up to the first step that fails.
//!
//! Each step uses the code that a run uses: what it reports is what a run finds.

pub mod examination;
pub mod step;
