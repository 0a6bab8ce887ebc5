//! Compressed bodies.

use std::{borrow::Cow, io::Read};

use flate2::bufread::GzDecoder;
use http::{HeaderMap, header};

use crate::{
    Problem, body,
    gate::{Gate, Room},
    problem::Kind,
};

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Not at all.
    Plain,
    /// RFC 1952, one member.
    Gzip,
}

impl Encoding {
    /// What the headers say. One encoding, once: layers are refused.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let unsupported = || Problem::of(Kind::UnsupportedEncoding);
        let mut lines = headers.get_all(header::CONTENT_ENCODING).iter();
        let Some(line) = lines.next() else { return Ok(Self::Plain) };
        if lines.next().is_some() {
            return Err(unsupported());
        }
        match line.to_str().map(|word| word.trim().to_ascii_lowercase()).as_deref() {
            Ok("identity") => Ok(Self::Plain),
            Ok("gzip" | "x-gzip") => Ok(Self::Gzip),
            _ => Err(unsupported()),
        }
    }

    /// Room for what the body may become.
    pub(super) fn room(self, gate: &Gate, cap: usize) -> Result<Option<Room>, Problem> {
        match self {
            Self::Plain => Ok(None),
            Self::Gzip => gate.bytes(cap).map(Some),
        }
    }

    /// The body, at most `cap` bytes of it: it stops decompressing there.
    pub(super) fn decoded(self, body: &[u8], cap: usize) -> Result<Cow<'_, [u8]>, Problem> {
        match self {
            Self::Plain => Ok(Cow::Borrowed(body)),
            Self::Gzip => inflated(body, cap).map(Cow::Owned),
        }
    }
}

fn inflated(body: &[u8], cap: usize) -> Result<Vec<u8>, Problem> {
    let mut decoder = GzDecoder::new(body);
    let mut plain = Vec::new();
    let one_more = cap as u64 + 1;
    let read = decoder.by_ref().take(one_more).read_to_end(&mut plain);
    read.map_err(|_| Problem::of(Kind::BadEncoding))?;
    if plain.len() > cap {
        return Err(body::too_large(cap));
    }
    match decoder.into_inner().is_empty() {
        true => Ok(plain),
        false => Err(Problem::of(Kind::BadEncoding)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    const CAP: usize = 100_000;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).expect("to memory");
        encoder.finish().expect("to memory")
    }

    #[test]
    fn a_body_decompresses_within_its_limit_and_not_a_byte_beyond() {
        let fits = gzip(&[b' '; CAP]);
        assert_eq!(Encoding::Gzip.decoded(&fits, CAP).expect("fits").len(), CAP);
        for size in [CAP + 1, 1_000 * CAP] {
            let bomb = gzip(&vec![b' '; size]);
            let problem = Encoding::Gzip.decoded(&bomb, CAP).expect_err("too large");
            assert_eq!(problem.kind, Kind::TooLarge);
        }
    }

    #[test]
    fn a_broken_stream_or_one_with_more_behind_it_is_refused() {
        let whole = gzip(b"{}");
        let flipped = {
            let mut bytes = whole.clone();
            let middle = bytes.len() - 6;
            bytes[middle] ^= 1;
            bytes
        };
        for broken in [
            Vec::new(),
            b"{}".to_vec(),
            whole[..whole.len() - 1].to_vec(),
            [whole.clone(), b"x".to_vec()].concat(),
            [whole.clone(), whole.clone()].concat(),
            flipped,
        ] {
            let problem = Encoding::Gzip.decoded(&broken, CAP).expect_err("broken");
            assert_eq!(problem.kind, Kind::BadEncoding);
        }
    }

    #[test]
    fn only_one_known_encoding_is_taken() {
        for (lines, encoding) in [
            (vec![], Some(Encoding::Plain)),
            (vec!["identity"], Some(Encoding::Plain)),
            (vec!["GZip"], Some(Encoding::Gzip)),
            (vec!["zstd"], None),
            (vec!["gzip, gzip"], None),
            (vec!["gzip", "gzip"], None),
            (vec![""], None),
        ] {
            let mut headers = HeaderMap::new();
            for line in &lines {
                headers.append(header::CONTENT_ENCODING, line.parse().expect("a header"));
            }
            assert_eq!(Encoding::of(&headers).ok(), encoding, "{lines:?}");
        }
    }
}
