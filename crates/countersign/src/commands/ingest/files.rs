//! Files of events, read in batches.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use event::split;
use flate2::bufread::MultiGzDecoder;

/// Records of one request.
const BATCH_RECORDS: u64 = 1_000;
/// Bytes of records of one request, about.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// The longest line that is taken for a record, in bytes; a longer one is sent, and refused.
const LINE_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// The largest file that is no list of lines, unpacked, in bytes: it is read as a whole.
const WHOLE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Records of such a file.
const WHOLE_RECORDS_MAX: usize = 5_000_000;
/// How vendors wrap the records of a file.
const ENVELOPES: [&[&str]; 5] =
    [&["Records"], &["value"], &["items"], &["entries"], &["data", "events"]];

/// Records as they are sent: lines of JSON.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) body: Vec<u8>,
    pub(super) count: u64,
}

/// The records of a file.
pub(super) enum Records {
    /// One a line.
    Lines(Box<dyn BufRead>),
    /// In an array or an envelope: the records, last one first.
    Whole(Vec<Vec<u8>>),
}

/// All files, those of folders in the order of their names.
pub(super) fn all(named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in named {
        let failed = || format!("{} cannot be read", path.display());
        if !fs::metadata(path).with_context(failed)?.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut within = Vec::new();
        for entry in fs::read_dir(path).with_context(failed)? {
            let path = entry.with_context(failed)?.path();
            if path.is_file() {
                within.push(path);
            }
        }
        within.sort();
        files.extend(within);
    }
    Ok(files)
}

impl Records {
    /// Looks whether a file holds lines or something else.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let failed = || format!("{} cannot be read", path.display());
        let mut reader = unpacked(path).with_context(failed)?;
        let first = line(&mut *reader).with_context(failed)?;
        let is_record = |line: &[u8]| {
            serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
                && line.trim_ascii_start().first() == Some(&b'{')
        };
        if first.as_deref().is_none_or(is_record) && !is_envelope(first.as_deref()) {
            return Ok(Self::Lines(unpacked(path).with_context(failed)?));
        }
        let mut whole = Vec::new();
        let reader = unpacked(path).with_context(failed)?;
        reader.take(WHOLE_BYTES_MAX + 1).read_to_end(&mut whole).with_context(failed)?;
        if whole.len() as u64 > WHOLE_BYTES_MAX {
            bail!("{}: more than 256 MiB and not lines of JSON", path.display());
        }
        let places = split::records(&whole, &ENVELOPES, WHOLE_RECORDS_MAX);
        let places = places.with_context(|| path.display().to_string())?;
        let records = places.into_iter().rev().map(|place| whole[place].to_vec());
        Ok(Self::Whole(records.collect()))
    }

    /// Passes over so many records; how many there were.
    pub(super) fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut skipped = 0;
        while skipped < count && self.record()?.is_some() {
            skipped += 1;
        }
        Ok(skipped)
    }

    /// The next ones.
    pub(super) fn next(&mut self) -> io::Result<Option<Batch>> {
        let mut batch = Batch::default();
        while batch.count < BATCH_RECORDS && batch.body.len() < BATCH_BYTES {
            let Some(record) = self.record()? else { break };
            batch.body.extend_from_slice(&record);
            batch.body.push(b'\n');
            batch.count += 1;
        }
        Ok((batch.count > 0).then_some(batch))
    }

    fn record(&mut self) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::Lines(reader) => line(&mut **reader),
            Self::Whole(records) => Ok(records.pop()),
        }
    }
}

/// Whether the only line is an object around records.
fn is_envelope(line: Option<&[u8]>) -> bool {
    let value: Option<serde_json::Value> = line.and_then(|line| serde_json::from_slice(line).ok());
    value.is_some_and(|value| {
        ENVELOPES.iter().any(|path| {
            let at = path.iter().try_fold(&value, |value, key| value.get(key));
            at.is_some_and(serde_json::Value::is_array)
        })
    })
}

fn unpacked(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let file = BufReader::new(File::open(path)?);
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
    Ok(match end {
        "gz" => Box::new(BufReader::new(MultiGzDecoder::new(file))),
        "zst" => Box::new(BufReader::new(zstd::stream::read::Decoder::with_buffer(file)?)),
        _ => Box::new(file),
    })
}

/// The next line that is not blank.
fn line(reader: &mut dyn BufRead) -> io::Result<Option<Vec<u8>>> {
    loop {
        let mut line = Vec::new();
        if reader.take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let is_blank = line.trim_ascii().is_empty();
        if !is_blank {
            line.truncate(line.trim_ascii_end().len());
            return Ok(Some(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn read(name: &str, bytes: &[u8]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        let mut records = Records::open(&path).expect("readable");
        let mut all = Vec::new();
        while let Some(batch) = records.next().expect("readable") {
            let text = String::from_utf8(batch.body).expect("text");
            assert_eq!(text.lines().count() as u64, batch.count);
            all.extend(text.lines().map(str::to_owned));
        }
        all
    }

    #[test]
    fn every_shape_of_a_file_holds_the_same_records() {
        let lines = b"{\"a\":1}\n\n{\"a\":2}\r\n";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(lines).expect("to memory");
        let gzip = gzip.finish().expect("to memory");
        let zstd = zstd::stream::encode_all(&lines[..], 1).expect("to memory");
        for (name, bytes) in [
            ("a.ndjson", lines.to_vec()),
            ("a.json.gz", gzip.clone()),
            ("two.gz", [gzip, Vec::new()].concat()),
            ("a.zst", zstd),
            ("array.json", b"[{\"a\":1},\n {\"a\":2}]".to_vec()),
            ("envelope.json", b"{\"Records\":[{\"a\":1},{\"a\":2}]}".to_vec()),
            ("pretty.json", b"{\n \"Records\": [\n{\"a\":1}, {\"a\":2}]}".to_vec()),
        ] {
            assert_eq!(read(name, &bytes), ["{\"a\":1}", "{\"a\":2}"], "{name}");
        }
        assert!(read("empty", b"").is_empty());
    }

    #[test]
    fn what_was_sent_is_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        fs::write(&path, b"{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n").expect("written");
        let mut records = Records::open(&path).expect("readable");
        assert_eq!(records.skip(2).expect("readable"), 2);
        let rest = records.next().expect("readable").expect("one more");
        assert_eq!((rest.count, &*rest.body), (1, &b"{\"a\":3}\n"[..]));
        assert_eq!(records.skip(5).expect("readable"), 0);
    }
}
