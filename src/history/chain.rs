//! The chain of hashes: each act and each change has the SHA-256 of the one before and of all its columns.
//!
//! It shows that a row was altered, added or removed in between. It needs no key, so that everyone can verify it; a user who
//! can write the file can also compute a whole new chain, which only a hash that was noted elsewhere shows.

use std::fmt;
use std::str::FromStr;

use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

/// A hash of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChainHash([u8; 32]);

/// A table whose rows are a chain.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ChainTable {
    /// Its name, which a row of another table with the same columns does not have.
    pub(super) name: &'static str,
    /// Its columns without the hash, in the order in which they are hashed. The first is the number, the second the time.
    pub(super) columns: &'static [&'static str],
}

/// The characters of a text on a page.
pub(super) const LONGEST: usize = 20_000;

/// The acts.
pub(super) static ACTS: ChainTable =
    ChainTable { name: "act", columns: &["seq", "at", "who", "what", "detail"] };

/// The changes.
pub(super) static CHANGES: ChainTable = ChainTable {
    name: "change",
    columns: &[
        "seq", "at", "target", "check", "database", "finding", "object", "was", "became", "summary",
    ],
};

impl ChainTable {
    /// The columns for pages in the SQL of PostgreSQL, with texts of limited length: another node may have written anything.
    pub(super) fn list_for_pages(&self) -> String {
        let (numbers, texts) = self.columns.split_at(2);
        let numbers = numbers.iter().map(|name| format!("\"{name}\""));
        let texts = texts
            .iter()
            .map(|name| format!("pg_catalog.substr(\"{name}\", 1, {LONGEST}) AS \"{name}\""));
        numbers.chain(texts).collect::<Vec<_>>().join(", ")
    }

    /// The columns in SQL.
    pub(super) fn list(&self) -> String {
        self.columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    }
}

impl ChainHash {
    /// The hash before the first row.
    pub(super) const START: ChainHash = ChainHash([0; 32]);

    /// The hash in a column; absent if it is not one.
    pub(super) fn of_column(value: ValueRef<'_>) -> Option<ChainHash> {
        ChainHash::of_bytes(value.as_blob().ok()?)
    }

    /// The hash with these bytes; absent if it is not one.
    pub(super) fn of_bytes(bytes: &[u8]) -> Option<ChainHash> {
        bytes.try_into().ok().map(ChainHash)
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Writes it in hexadecimal digits.
impl fmt::Display for ChainHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl FromStr for ChainHash {
    type Err = String;

    fn from_str(text: &str) -> Result<ChainHash, String> {
        let digits = text.as_bytes();
        let is_hash = digits.len() == 64 && digits.iter().all(u8::is_ascii_hexdigit);
        let byte = |at: usize| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok();
        let mut bytes = [0; 32];
        for (at, place) in bytes.iter_mut().enumerate() {
            let read = byte(at).filter(|_| is_hash);
            *place =
                read.ok_or("write 64 hexadecimal digits, as `posemo evidence verify` prints them")?;
        }
        Ok(ChainHash(bytes))
    }
}

/// The hash of a row: SHA-256 over the name of the table, the hash before, and the columns.
///
/// Each of these parts is one byte with its type (0 NULL, 1 integer, 2 real, 3 text, 4 blob), its length in 8 bytes, and its
/// bytes; numbers have 8 bytes, with the highest one first. So no two rows have the same bytes.
pub(super) fn link(table: &ChainTable, before: ChainHash, columns: &[ValueRef<'_>]) -> ChainHash {
    let mut hash = Sha256::new();
    let mut add = |value: ValueRef<'_>| {
        let number;
        let (kind, bytes): (u8, &[u8]) = match value {
            ValueRef::Null => (0, &[]),
            ValueRef::Integer(value) => {
                number = value.to_be_bytes();
                (1, &number)
            }
            ValueRef::Real(value) => {
                number = value.to_be_bytes();
                (2, &number)
            }
            ValueRef::Text(text) => (3, text),
            ValueRef::Blob(bytes) => (4, bytes),
        };
        hash.update([kind]);
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(bytes);
    };
    add(ValueRef::Text(table.name.as_bytes()));
    add(ValueRef::Blob(before.bytes()));
    for column in columns {
        add(*column);
    }
    ChainHash(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_and_its_type_and_the_hash_before_count() {
        let text = |text: &'static str| ValueRef::Text(text.as_bytes());
        let row = [ValueRef::Integer(1), text("anna"), text("run"), ValueRef::Null];
        let hash = link(&ACTS, ChainHash::START, &row);
        for other in [
            [ValueRef::Integer(2), text("anna"), text("run"), ValueRef::Null],
            [ValueRef::Integer(1), text("ann"), text("arun"), ValueRef::Null],
            [ValueRef::Integer(1), text("anna"), text("run"), text("")],
            [ValueRef::Integer(1), ValueRef::Blob(b"anna"), text("run"), ValueRef::Null],
            [ValueRef::Real(1.0), text("anna"), text("run"), ValueRef::Null],
        ] {
            assert_ne!(link(&ACTS, ChainHash::START, &other), hash, "{other:?}");
        }
        assert_ne!(link(&ACTS, hash, &row), hash);
        assert_ne!(link(&CHANGES, ChainHash::START, &row), hash);
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for wrong in ["", "12", &"g".repeat(64), &"+1".repeat(32), &"é".repeat(32)] {
            assert!(wrong.parse::<ChainHash>().is_err(), "{wrong}");
        }
    }
}
