//! Reads the configuration of Icinga 2, and finds the services that call a plugin.
//!
//! It evaluates what configurations for these plugins contain: objects, templates, apply rules, constants, dictionaries,
//! comparisons and conditions. It reports what it cannot evaluate, with file and line.

mod command;
mod evaluate;
mod objects;
mod services;
mod statements;
mod syntax;
mod tokens;
mod value;

pub(super) use services::{IcingaFiles, services};
