//! Connecting: the same parameters through posemo and through psql must land in the same place, or nowhere.
//!
//! What is asked once connected is of no interest here.

mod authority;
mod certificates;
mod client;
mod expiry;
mod hosts;
mod landing;
mod liars;
mod revocation;
mod rogue;
mod world;
