//! Text: quoting, visible characters, numbers, times and durations, and TOML and XML with positions.
//!
//! This room uses no other room.

pub mod causes;
pub mod interval;
pub mod mistake;
pub mod network;
pub mod number;
pub mod pattern;
pub mod references;
pub mod remedy;
pub mod shell;
pub mod shell_words;
pub mod short_hash;
pub mod sql;
pub mod suggestion;
pub mod time;
pub mod toml;
pub mod toml_text;
pub mod visible;
pub mod visible_writer;
pub mod width;
pub mod words;
pub mod xml;
