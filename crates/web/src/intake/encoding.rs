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
    /// RFC 8878.
    Zstd,
}

/// How much is decompressed at a time, in bytes.
const STEP_BYTES: usize = 1024 * 1024;
/// How far back a zstd stream may refer, as the power of two of bytes: what it takes in memory.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

impl Encoding {
    /// What the headers say. One encoding, once: layers are refused.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        match Self::of_events(headers)? {
            Self::Zstd => Err(Problem::of(Kind::UnsupportedEncoding)),
            known => Ok(known),
        }
    }

    /// The same where events are sent, which may be compressed by zstd too.
    pub(super) fn of_events(headers: &HeaderMap) -> Result<Self, Problem> {
        let unsupported = || Problem::of(Kind::UnsupportedEncoding);
        let mut lines = headers.get_all(header::CONTENT_ENCODING).iter();
        let Some(line) = lines.next() else { return Ok(Self::Plain) };
        if lines.next().is_some() {
            return Err(unsupported());
        }
        match line.to_str().map(|word| word.trim().to_ascii_lowercase()).as_deref() {
            Ok("identity") => Ok(Self::Plain),
            Ok("gzip" | "x-gzip") => Ok(Self::Gzip),
            Ok("zstd") => Ok(Self::Zstd),
            _ => Err(unsupported()),
        }
    }

    /// Room for what the body may become.
    pub(super) fn room(self, gate: &Gate, cap: usize) -> Result<Option<Room>, Problem> {
        match self {
            Self::Plain => Ok(None),
            Self::Gzip | Self::Zstd => gate.bytes(cap).map(Some),
        }
    }

    /// The body, at most `cap` bytes of it: it stops decompressing there.
    pub(super) fn decoded(self, body: &[u8], cap: usize) -> Result<Cow<'_, [u8]>, Problem> {
        match self {
            Self::Plain => Ok(Cow::Borrowed(body)),
            Self::Gzip | Self::Zstd => self.decoded_in_steps(body, cap, |_| Ok(())).map(Cow::Owned),
        }
    }

    pub(super) fn is_plain(self) -> bool {
        self == Self::Plain
    }

    /// The body, at most `cap` bytes of it. `grow` is asked for each further piece before it is
    /// decompressed.
    pub(super) fn decoded_in_steps(
        self,
        body: &[u8],
        cap: usize,
        grow: impl FnMut(usize) -> Result<(), Problem>,
    ) -> Result<Vec<u8>, Problem> {
        let bad = |_| Problem::of(Kind::BadEncoding);
        let (plain, rest) = match self {
            Self::Plain => return Ok(body.to_vec()),
            Self::Gzip => {
                let mut decoder = GzDecoder::new(body);
                let plain = read_in_steps(&mut decoder, cap, grow)?;
                (plain, decoder.into_inner())
            }
            Self::Zstd => {
                let mut decoder =
                    zstd::stream::read::Decoder::with_buffer(body).map_err(bad)?.single_frame();
                decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(bad)?;
                let plain = read_in_steps(&mut decoder, cap, grow)?;
                (plain, decoder.finish())
            }
        };
        match rest.is_empty() {
            true => Ok(plain),
            false => Err(Problem::of(Kind::BadEncoding)),
        }
    }
}

fn read_in_steps(
    decoder: &mut impl Read,
    cap: usize,
    mut grow: impl FnMut(usize) -> Result<(), Problem>,
) -> Result<Vec<u8>, Problem> {
    let mut plain = Vec::new();
    loop {
        // One byte more than may be tells that there is more.
        let step = STEP_BYTES.min(cap + 1 - plain.len());
        grow(step)?;
        let before = plain.len();
        let read = decoder.by_ref().take(step as u64).read_to_end(&mut plain);
        read.map_err(|_| Problem::of(Kind::BadEncoding))?;
        if plain.len() > cap {
            return Err(body::too_large(cap));
        }
        if plain.len() - before < step {
            return Ok(plain);
        }
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
    fn zstd_has_the_same_limits() {
        let zstd = |plain: &[u8]| zstd::stream::encode_all(plain, 1).expect("to memory");
        let fits = zstd(&[b' '; CAP]);
        assert_eq!(Encoding::Zstd.decoded(&fits, CAP).expect("fits").len(), CAP);
        for size in [CAP + 1, 1_000 * CAP] {
            let bomb = zstd(&vec![b' '; size]);
            let problem = Encoding::Zstd.decoded(&bomb, CAP).expect_err("too large");
            assert_eq!(problem.kind, Kind::TooLarge);
        }
        for broken in [
            Vec::new(),
            b"{}".to_vec(),
            fits[..fits.len() - 1].to_vec(),
            [fits.clone(), b"x".to_vec()].concat(),
            [fits.clone(), fits.clone()].concat(),
        ] {
            let problem = Encoding::Zstd.decoded(&broken, CAP).expect_err("broken");
            assert_eq!(problem.kind, Kind::BadEncoding);
        }
    }

    #[test]
    fn a_body_takes_its_room_as_it_grows() {
        let bomb = gzip(&vec![b' '; 40 * STEP_BYTES]);
        let mut taken = 0;
        let refused = Encoding::Gzip.decoded_in_steps(&bomb, usize::MAX - 1, |bytes| {
            taken += bytes;
            match taken > 3 * STEP_BYTES {
                true => Err(Problem::of(Kind::Overloaded)),
                false => Ok(()),
            }
        });
        assert_eq!(refused.expect_err("no room").kind, Kind::Overloaded);
        assert_eq!(taken, 4 * STEP_BYTES);
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
