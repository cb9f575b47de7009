//! Real monitoring systems on loopback, and whether what they were told is what was meant.
//!
//! No system is imitated where a real one can be had; what misbehaves is made to, by hand.

mod alertmanager;
mod listener;
mod members;
mod peer;
mod prometheus;
mod scenes;
mod settings;
