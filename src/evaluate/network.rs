//! Determines whether an address or a network is private, with the results of Percona's engine.
//!
//! A network is private if it overlaps a private block, so `0.0.0.0/0` is private: every released engine answers so.

use std::net::{IpAddr, Ipv6Addr};

/// The private blocks: a 128-bit address (IPv4 mapped into IPv6) and the length of its prefix.
const PRIVATE: [(Ipv6Addr, u32); 12] = [
    v4(10, 0, 0, 8),
    v4(172, 16, 0, 12),
    v4(192, 168, 0, 16),
    v4(100, 64, 0, 10),
    v4(192, 0, 0, 24),
    v4(198, 18, 0, 15),
    v4(169, 254, 0, 16),
    v4(224, 0, 0, 24),
    v4(127, 0, 0, 8),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::LOCALHOST, 128),
];

/// Whether an address or a network is private; `None` if the text is neither.
pub(super) fn is_private(text: &str) -> Option<bool> {
    let (address, prefix) = match text.split_once('/') {
        None => {
            let address = text.parse::<IpAddr>().ok()?;
            (wide(address), 128)
        }
        Some((address, prefix)) => {
            let address = address.parse::<IpAddr>().ok()?;
            let bits = if address.is_ipv4() { 32 } else { 128 };
            (wide(address), prefix_length(prefix, bits)? + 128 - bits)
        }
    };
    Some(PRIVATE.iter().any(|&(block, length)| overlaps(address, block, prefix.min(length))))
}

const fn v4(a: u8, b: u8, c: u8, prefix: u32) -> (Ipv6Addr, u32) {
    let mapped = std::net::Ipv4Addr::new(a, b, c, 0).to_ipv6_mapped();
    (mapped, prefix + 96)
}

fn wide(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

/// Digits only: `parse` alone would accept a plus sign.
fn prefix_length(text: &str, bits: u32) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&length| digits && length <= bits)
}

/// Whether two networks overlap. One contains the other or they are disjoint, so only the shorter prefix is compared.
///
/// An IPv6 network that is wider than the block of mapped addresses does not overlap IPv4.
fn overlaps(address: Ipv6Addr, block: Ipv6Addr, prefix: u32) -> bool {
    if prefix < 96 && block.to_ipv4_mapped().is_some() {
        return false;
    }
    let differing = address.to_bits() ^ block.to_bits();
    differing.leading_zeros() >= prefix
}
