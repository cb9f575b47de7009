//! Reads the configuration of Icinga 2, and finds the services that call a plugin.
//!
//! It evaluates what configurations for these plugins contain: objects, templates, apply rules, constants, dictionaries,
//! comparisons and conditions. It reports what it cannot evaluate, with file and line.

mod builtins;
mod command;
mod definitions;
mod evaluate;
mod functions;
mod hosts;
mod objects;
mod run;
mod services;
mod statements;
mod syntax;
mod tokens;
mod value;
mod world;

pub(super) use services::{IcingaFiles, services};
