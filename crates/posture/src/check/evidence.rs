//! What evidence amounts to, and what there is to say about it.

use model::{
    Span,
    device::{Absence, Evidence, Gap, Lock, Part, Platform, Practice, Volume, VolumeState},
};

use super::{Check, How, State};
use crate::{
    detail::{Detail, Note},
    device::Seen,
    evaluate::Verdict,
};

/// The settings that macOS has for updates. One that is not reported was not seen to be on.
const MAC_UPDATES: [&str; 3] = ["check", "download", "install_security"];

/// The verdict on one source's observation.
pub(crate) fn judge(check: &Check, platform: Platform, seen: &Seen) -> Verdict {
    let observation = &seen.observation;
    let mut verdict = match &observation.evidence {
        Evidence::Stated(value) => of(check, Some(*value)),
        Evidence::Unknown(gap) => unknown(gap_note(*gap)),
        Evidence::Absent(absence) => Verdict::not_applicable(absence_note(*absence).plain()),
        Evidence::Parts(parts) => of_parts(check, platform, parts),
        Evidence::Volumes(volumes) => of_volumes(check, volumes),
        Evidence::Lock(lock) => of_lock(check, *lock),
    };
    let lines = observation.details.iter().map(|line| Note::Line.with([line]));
    verdict.details.extend(lines);
    verdict.version.clone_from(&observation.version);
    verdict.by(&seen.source, seen.observed_at, seen.fetched_at)
}

/// What evidence says without any policy: whether the practice is as it should be.
pub(crate) fn value(practice: &Practice, platform: Platform, evidence: &Evidence) -> Option<bool> {
    match evidence {
        Evidence::Stated(value) => Some(*value),
        Evidence::Unknown(_) | Evidence::Absent(_) => None,
        Evidence::Parts(parts) => {
            let missing = missing(practice, platform, parts);
            all(parts.iter().map(|part| part.is_on).chain(missing.iter().map(|_| None)))
        }
        Evidence::Volumes(volumes) => all(counted(volumes).map(|volume| of_volume(volume).0)),
        Evidence::Lock(lock) => lock.is_on,
    }
}

fn of(check: &Check, value: Option<bool>) -> Verdict {
    let state = match value {
        Some(true) => State::Ok,
        Some(false) => check.weight.into(),
        None => State::Unknown,
    };
    Verdict::new(state, value)
}

fn unknown(why: Note) -> Verdict {
    Verdict::unknown(why.plain())
}

fn gap_note(gap: Gap) -> Note {
    match gap {
        Gap::NotReported => Note::NotReported,
        Gap::Permission => Note::Permission,
        Gap::Unreadable => Note::Unreadable,
    }
}

fn absence_note(absence: Absence) -> Note {
    match absence {
        Absence::NoDesktop => Note::NoDesktop,
        Absence::LegacyFirmware => Note::LegacyFirmware,
        Absence::PerApplication => Note::PerApplication,
        Absence::Unsupported => Note::Unsupported,
    }
}

/// Whether all hold: one that does not decides, one that nobody knows leaves it open, and of none
/// at all nothing can be said.
fn all(values: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut is_any = false;
    let mut is_open = false;
    for value in values {
        match value {
            Some(false) => return Some(false),
            None => is_open = true,
            Some(true) => {}
        }
        is_any = true;
    }
    (is_any && !is_open).then_some(true)
}

fn of_parts(check: &Check, platform: Platform, parts: &[Part]) -> Verdict {
    let missing = missing(&check.practice, platform, parts);
    let said = parts.iter().map(|part| part.is_on);
    let mut verdict = of(check, all(said.chain(missing.iter().map(|_| None))));
    let note = |part: &Part| match part.is_on {
        Some(true) => Note::PartOn.with([&part.name]),
        Some(false) => Note::PartOff.with([&part.name]),
        None => Note::PartUnknown.with([&part.name]),
    };
    verdict.details.extend(parts.iter().map(note));
    verdict.details.extend(missing.iter().map(|name| Note::PartUnknown.with([name])));
    if parts.is_empty() && missing.is_empty() {
        verdict.details.push(Note::NotReported.plain());
    }
    verdict
}

/// The settings that a system has and nobody reported.
fn missing(practice: &Practice, platform: Platform, parts: &[Part]) -> Vec<&'static str> {
    let is_mac_updates = *practice == Practice::AutoUpdate && platform == Platform::Macos;
    let needed: &[&str] = if is_mac_updates { &MAC_UPDATES } else { &[] };
    let is_missing = |name: &&str| parts.iter().all(|part| part.name != *name);
    needed.iter().copied().filter(is_missing).collect()
}

/// Those that hold the system or what people keep on it.
fn counted(volumes: &[Volume]) -> impl Iterator<Item = &Volume> {
    volumes.iter().filter(|it| !it.is_removable && !it.is_recovery && it.capacity_mb != Some(0))
}

fn of_volumes(check: &Check, volumes: &[Volume]) -> Verdict {
    let judged: Vec<(&Volume, (Option<bool>, Note))> =
        counted(volumes).map(|volume| (volume, of_volume(volume))).collect();
    if judged.is_empty() {
        return unknown(Note::NoVolumes);
    }
    let mut verdict = of(check, all(judged.iter().map(|(_, (value, _))| *value)));
    for (volume, (value, note)) in judged {
        verdict.details.push(volume_detail(volume, note));
        if value == Some(false) {
            verdict.issues.push(volume.name.clone());
        }
    }
    verdict
}

fn of_volume(volume: &Volume) -> (Option<bool>, Note) {
    match (volume.state, volume.is_protected) {
        (VolumeState::Open, _) => (Some(false), Note::VolumeOpen),
        (VolumeState::Encrypted, Some(false)) => (Some(false), Note::VolumeSuspended),
        (VolumeState::Encrypted, Some(true)) => (Some(true), Note::VolumeEncrypted),
        (VolumeState::Converting, _) => (None, Note::VolumeConverting),
        // Whether the protection is suspended must be known.
        (VolumeState::Encrypted, None) | (VolumeState::Unknown, _) => (None, Note::VolumeUnknown),
    }
}

fn volume_detail(volume: &Volume, note: Note) -> Detail {
    let percent = match (volume.percent, volume.state) {
        (Some(percent), _) => percent.to_string(),
        (None, VolumeState::Encrypted) => "100".to_owned(),
        (None, VolumeState::Open) => "0".to_owned(),
        (None, VolumeState::Converting | VolumeState::Unknown) => "?".to_owned(),
    };
    note.with([&volume.name, &percent])
}

fn of_lock(check: &Check, lock: Lock) -> Verdict {
    let How::Lock { max_delay } = &check.how else {
        return lock.is_on.map_or(unknown(Note::NotReported), |is_on| of(check, Some(is_on)));
    };
    if lock.is_on == Some(false) {
        let mut verdict = of(check, Some(false));
        verdict.details.push(Note::LockOff.plain());
        return verdict;
    }
    let Some((delay, true)) = lock.delay_seconds.zip(lock.is_on) else {
        return unknown(Note::NotReported);
    };
    let delay = Span::seconds(delay.into());
    let mut verdict = of(check, Some(delay <= *max_delay));
    verdict.details.push(Note::LockDelay.with([&delay.to_string(), &max_delay.to_string()]));
    verdict
}
