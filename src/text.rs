//! Text: quoting, visible characters, numbers and durations for people, and TOML with positions.
//!
//! Everything here is below all other rooms and uses none of them.

pub mod interval;
pub mod mistake;
pub mod number;
pub mod sql;
pub mod suggestion;
pub mod toml;
pub mod visible;
pub mod width;
