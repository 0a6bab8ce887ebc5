//! `countersign audit`

mod line;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read as _, Write as _},
    path::Path,
};

use anyhow::Context as _;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use ports::{
    audit::{self, AuditRow, Broken, Verifier},
    store::Store,
};
use secrecy::SecretString;
use serde_json::json;

use crate::{
    api::Api,
    cli::{OutputArgs, ReachArgs, VerifyArgs},
    ending::{Ended, Ending, Misuse},
    server::{self, Access},
    terminal, wire,
};

/// Entries that are read from a store at once.
const PAGE: u32 = 1_000;
/// Entries that a running server is asked for at once.
const API_PAGE: &str = "200";
/// The longest line of an export, in bytes: names of kinds and actors are far shorter.
const LINE_BYTES_MAX: u64 = 16 * 1024;

/// What a walk came to: the number of entries and the last hash, or the first bad one.
type Walked = Result<(u64, [u8; 32]), Broken>;

/// Walks the chain of a stopped or a running store, or of an export.
pub(super) async fn verify(file: &Path, args: &VerifyArgs) -> Ended {
    let wanted = args.head.as_deref().map(hash).transpose()?;
    let (walked, is_there) = match &args.file {
        Some(path) if path.as_os_str() == "-" => of_export(io::stdin().lock(), wanted)?,
        Some(path) => {
            let file = File::open(path).with_context(|| path.display().to_string())?;
            of_export(BufReader::new(file), wanted)?
        }
        None => of_store(file, wanted).await?,
    };
    match walked {
        Ok(_) if !is_there => tell_missing(args.output),
        walked => tell(walked, args.output),
    }
}

/// Prints the chain.
pub(super) async fn export(file: &Path, reach: &ReachArgs) -> Ended {
    let mut out = io::stdout().lock();
    let mut write = |line: &str| terminal::written(writeln!(out, "{line}"));
    match (&reach.url, &reach.key) {
        (Some(url), Some(key)) => {
            let api = Api::remote(url, SecretString::from(key.as_str()))?;
            let mut query = vec![("limit", API_PAGE.to_owned())];
            loop {
                let page = api.get("v1/audit", &query).await?;
                let items = page["items"].as_array().context("the answer is no listing")?;
                items.iter().try_for_each(|item| write(&item.to_string()))?;
                let Some(cursor) = page["next_cursor"].as_str() else { break };
                query.truncate(1);
                query.push(("cursor", cursor.to_owned()));
            }
        }
        _ => {
            let config = wire::read_config(file)?;
            let store = server::open_store(&config.server.data_dir, Access::Look)?;
            let mut after = 0;
            loop {
                let rows = store.audit(after, PAGE).await?;
                let Some(last) = rows.last() else { break };
                after = last.seq;
                rows.iter().try_for_each(|row| write(&line::written(row)))?;
            }
        }
    }
    Ok(Ending::Done)
}

/// A hash as it is written down.
fn hash(text: &str) -> anyhow::Result<[u8; 32]> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok();
    let hash = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    hash.ok_or_else(|| Misuse::of(["--head: not a hash of 64 hexadecimal digits"]))
}

async fn of_store(file: &Path, wanted: Option<[u8; 32]>) -> anyhow::Result<(Walked, bool)> {
    let config = wire::read_config(file)?;
    let store = server::open_store(&config.server.data_dir, Access::Look)?;
    let walked = audit::verify(&store).await?;
    let is_there = match wanted {
        Some(hash) if walked.is_ok() => has(&store, hash).await?,
        _ => true,
    };
    Ok((walked, is_there))
}

async fn has(store: &dyn Store, hash: [u8; 32]) -> anyhow::Result<bool> {
    let mut after = 0;
    loop {
        let rows = store.audit(after, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(false) };
        after = last.seq;
        if rows.iter().any(|row| row.hash == hash) {
            return Ok(true);
        }
    }
}

/// Walks an export. A line that cannot be read is a bad entry like any other.
fn of_export(mut lines: impl BufRead, wanted: Option<[u8; 32]>) -> anyhow::Result<(Walked, bool)> {
    let mut verifier = Verifier::default();
    let mut is_there = wanted.is_none();
    let mut text = Vec::new();
    loop {
        text.clear();
        if lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut text)? == 0 {
            return Ok((Ok(verifier.head()), is_there));
        }
        let seq = verifier.head().0 + 1;
        let row: Option<AuditRow> = line::read(&text);
        let walked = match row {
            Some(row) => {
                is_there |= Some(row.hash) == wanted;
                verifier.row(&row)
            }
            None => Err(Broken { seq, why: "cannot be read" }),
        };
        if let Err(broken) = walked {
            return Ok((Err(broken), is_there));
        }
    }
}

fn tell(walked: Walked, output: OutputArgs) -> Ended {
    let (told, data, ending) = match walked {
        Ok((entries, hash)) => {
            let head = HEXLOWER.encode(&hash);
            let told = format!("the audit trail is whole: {entries} entries, head {head}");
            (told, json!({ "whole": true, "entries": entries, "head": head }), Ending::Done)
        }
        Err(broken) => {
            let data = json!({ "whole": false, "first_bad": broken.seq, "why": broken.why });
            (format!("the audit trail is broken: {broken}"), data, Ending::Finding)
        }
    };
    terminal::print(&if output.json { data.to_string() } else { told })?;
    Ok(ending)
}

/// Each entry follows the one before it, and the one that was written down is not among them.
fn tell_missing(output: OutputArgs) -> Ended {
    const WHY: &str = "no entry has the hash that was written down";
    let data = json!({ "whole": false, "first_bad": null, "why": WHY });
    let told = format!("the audit trail is cut short, or another one: {WHY}");
    terminal::print(&if output.json { data.to_string() } else { told })?;
    Ok(Ending::Finding)
}

#[cfg(test)]
mod tests {
    use model::{CaseId, Timestamp};
    use ports::store::JournalEntry;

    use super::*;

    /// An exported trail of three.
    fn exported() -> (Vec<String>, Vec<AuditRow>) {
        let mut rows: Vec<AuditRow> = Vec::new();
        for n in 0..3_u8 {
            let head = rows.last().map_or((0, [0; 32]), |row| (row.seq, row.hash));
            let entry = JournalEntry {
                seq: 0,
                case: (n != 1).then(|| CaseId::from_digest(u128::from(n))),
                at: Timestamp::from_microsecond(1_795_000_000_123_456 + i64::from(n)).expect("in"),
                kind: "case.open".to_owned(),
                by: "key:a\"b\u{e9}".to_owned(),
                salt: [n; 16],
                data: vec![n],
            };
            rows.push(AuditRow::following(head, &entry));
        }
        (rows.iter().map(line::written).collect(), rows)
    }

    fn walk(lines: &[String], wanted: Option<[u8; 32]>) -> (Walked, bool) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        of_export(text.as_bytes(), wanted).expect("readable")
    }

    #[test]
    fn an_export_is_walked_like_the_store_it_came_from() {
        let (lines, rows) = exported();
        assert_eq!(walk(&lines, None), (Ok((3, rows[2].hash)), true));
        assert_eq!(walk(&[], None), (Ok((0, [0; 32])), true));
        for (at, change) in [
            (1, lines[1].replace("case.open", "case.shut")),
            (1, lines[1].replace("123457", "123458")),
            (2, lines[2].replace("\"seq\":3", "\"seq\":4")),
            (0, "{}".to_owned()),
            (2, "x".repeat(20_000)),
            (1, lines[1].replace('}', ",\"more\":1}")),
        ] {
            let mut changed = lines.clone();
            changed[at] = change;
            let bad = walk(&changed, None).0.expect_err("broken").seq;
            assert_eq!(bad, at as u64 + 1, "{}", changed[at]);
        }
        let mut swapped = lines.clone();
        swapped.swap(0, 1);
        assert_eq!(walk(&swapped, None).0.expect_err("broken").seq, 1);
        assert_eq!(walk(&lines[1..], None).0.expect_err("broken").seq, 1);
    }

    #[test]
    fn an_export_that_was_cut_short_does_not_hold_the_head_that_was_written_down() {
        let (lines, rows) = exported();
        let head = Some(rows[2].hash);
        assert!(walk(&lines, head).1);
        let (walked, is_there) = walk(&lines[..2], head);
        assert!(walked.is_ok() && !is_there);
        assert!(walk(&lines, Some(rows[0].hash)).1, "a trail may have grown since");
    }

    #[test]
    fn a_head_is_64_digits() {
        let (_, rows) = exported();
        let text = HEXLOWER.encode(&rows[0].hash);
        assert_eq!(hash(&text).expect("a hash"), rows[0].hash);
        assert_eq!(hash(&format!(" {} ", text.to_uppercase())).expect("a hash"), rows[0].hash);
        for junk in ["", "x", &text[1..], &format!("{text}00")] {
            assert!(hash(junk).is_err(), "{junk}");
        }
    }
}
