//! Bytes that outlast the program: a name, a version, a length and a checksum before what they hold.
//!
//! `name (8) | version (u32) | length (u64) | SHA-256 of the body (32) | body`, numbers little-endian. They come back
//! from disks and from users, so nothing of them is believed before the checksum is right.

use sha2::{Digest, Sha256};
use thiserror::Error;

/// Bytes before what is held.
pub const HEAD: usize = 8 + 4 + 8 + 32;

/// Why bytes cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SealError {
    /// They begin otherwise.
    #[error("it is no such file")]
    Other,
    /// Another version of the program wrote them.
    #[error("it is of version {got}, this page reads version {known}")]
    Version {
        /// Theirs.
        got: u32,
        /// The one that can be read.
        known: u32,
    },
    /// The checksum or the length is not theirs.
    #[error("it is damaged")]
    Damaged,
}

/// Seals what `write` appends.
pub fn seal(name: [u8; 8], version: u32, write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = vec![0; HEAD];
    write(&mut bytes);
    let (head, body) = bytes.split_at_mut(HEAD);
    head[..8].copy_from_slice(&name);
    head[8..12].copy_from_slice(&version.to_le_bytes());
    head[12..20].copy_from_slice(&(body.len() as u64).to_le_bytes());
    head[20..].copy_from_slice(&Sha256::digest(&*body));
    bytes
}

/// What [`seal`] was given.
///
/// # Errors
/// When the bytes are something else, of another version, or damaged; or when something follows.
pub fn open(name: [u8; 8], known: u32, bytes: &[u8]) -> Result<&[u8], SealError> {
    match open_first(name, known, bytes)? {
        (body, []) => Ok(body),
        _ => Err(SealError::Damaged),
    }
}

/// What [`seal`] was given, and what follows it.
///
/// # Errors
/// When the bytes begin with something else, of another version, or damaged.
pub fn open_first(name: [u8; 8], known: u32, bytes: &[u8]) -> Result<(&[u8], &[u8]), SealError> {
    if bytes.get(..8) != Some(&name[..]) {
        return Err(SealError::Other);
    }
    let (head, rest) = bytes.split_at_checked(HEAD).ok_or(SealError::Damaged)?;
    let number = |range: std::ops::Range<usize>| {
        let bytes = head[range].iter().rev();
        bytes.fold(0u64, |number, &byte| number << 8 | u64::from(byte))
    };
    let got = number(8..12) as u32;
    if got != known {
        return Err(SealError::Version { got, known });
    }
    let length = usize::try_from(number(12..20)).ok();
    let parts = length.and_then(|length| rest.split_at_checked(length));
    let whole = parts.filter(|(body, _)| head[20..] == Sha256::digest(body)[..]);
    whole.ok_or(SealError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: [u8; 8] = *b"TestFile";

    #[test]
    fn what_was_sealed_comes_back() {
        let sealed = seal(NAME, 3, |bytes| bytes.extend(b"all of it"));
        assert_eq!(open(NAME, 3, &sealed), Ok(&b"all of it"[..]));
    }

    #[test]
    fn a_changed_bit_or_a_lost_byte_is_noticed() {
        let sealed = seal(NAME, 3, |bytes| bytes.extend(b"all of it"));
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(NAME, 3, &changed).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(open(NAME, 3, &sealed[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn another_version_is_named() {
        let error = open(NAME, 3, &seal(NAME, 4, |_| ())).unwrap_err();
        assert_eq!(error.to_string(), "it is of version 4, this page reads version 3");
    }
}
