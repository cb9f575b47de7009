//! Compresses bytes, and reads compressed ones with a limit for their size.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use flate2::write::DeflateEncoder;

/// Compresses bytes.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Compresses bytes to fewer than [`deflate`] does, in more time.
pub fn deflate_small(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// The bytes that [`deflate`] compressed; an error if they are more than `most`.
pub fn inflate(packed: &[u8], most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(packed).take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size <= most) {
        return Ok(bytes);
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "too large"))
}

/// Reads a file that gzip compressed. The reader limits the size.
pub fn gunzip<R: Read>(packed: R) -> impl Read {
    MultiGzDecoder::new(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_the_same_after_packing() {
        let bytes = b"posemo ".repeat(1000);
        let packed = deflate(&bytes);
        assert!(packed.len() < 100);
        assert_eq!(inflate(&packed, 7000).expect("it was packed"), bytes);
        assert!(inflate(&packed, 6999).is_err(), "it is larger than the limit");
        assert!(inflate(b"no data", 100).is_err());
    }
}
