//! Connecting: the same parameters through posemo and through psql must land in the same place, or nowhere.
//!
//! The queries that follow belong to other tests.

mod authority;
mod certificates;
mod client;
mod expiry;
mod hosts;
mod landing;
mod liars;
mod mistakes;
mod revocation;
mod rogue;
mod world;
