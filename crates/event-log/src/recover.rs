//! Opening: what is in the folder, where each segment ends, and the torn end of the last one.
//!
//! Only the last segment can have a torn end: a segment is begun when the one before it is
//! durable. In the last one only the frames of the last write are in doubt, as each head says up
//! to where the segment was durable before it. Those are read as a whole; after the last good one
//! of them the segment is cut.

use std::{io, sync::Arc};

use crate::{
    OpenError,
    disk::{Disk, DiskFile},
    frame::Head,
    segment::{Name, Named, Segment},
    shelf::Shelf,
    sidecar,
    walk::{Peeked, Step, Walk},
};

/// How much is read at once while looking for the end of what was written.
const TAIL_BYTES: usize = 256 * 1024;

/// What was found in a folder.
pub(crate) struct Recovered {
    pub(crate) shelf: Shelf,
    /// The last segment, if it can be gone on with.
    pub(crate) active: Option<Active>,
    /// The number of the next segment.
    pub(crate) serial: u64,
    /// How many bytes of a torn end were cut off.
    pub(crate) cut_bytes: u64,
}

/// The segment that is written to.
pub(crate) struct Active {
    pub(crate) name: Name,
    pub(crate) file: Arc<dyn DiskFile>,
    /// Where the next frame goes; durable up to here.
    pub(crate) end: u64,
    /// How long the file is.
    pub(crate) reserved: u64,
}

/// Opens what there is. With `mends`, cuts the torn end and makes sure that all that is found
/// stays.
pub(crate) fn recover(disk: &dyn Disk, mends: bool) -> Result<Recovered, OpenError> {
    let names = segments(disk, mends)?;
    let mut shelf = Shelf::default();
    let limits = names.iter().skip(1).map(|name| name.first);
    for (name, limit) in names.iter().zip(limits) {
        shelf.segments.push(finished(disk, *name, limit)?);
    }
    let serial = names.last().map_or(1, |name| name.serial.saturating_add(1));
    let Some(name) = names.last() else {
        return Ok(Recovered { shelf, active: None, serial, cut_bytes: 0 });
    };
    let last = last(disk, *name)?;
    let mut recovered = Recovered { shelf, active: None, serial, cut_bytes: 0 };
    // Without mending it may be what another process is writing just now.
    if mends {
        recovered.cut_bytes = tail_bytes(&*last.file, last.segment.end, last.length)?;
        recovered.active = Some(mend(disk, &last, recovered.cut_bytes)?);
    }
    recovered.shelf.next = last.segment.next;
    recovered.shelf.segments.push(last.segment);
    Ok(recovered)
}

/// The names of all segments in their order.
fn segments(disk: &dyn Disk, mends: bool) -> Result<Vec<Name>, OpenError> {
    let files = disk.names()?;
    let mut names = Vec::new();
    for file in &files {
        match Name::read(file) {
            Named::Segment(name) => names.push(name),
            Named::Newer => return Err(OpenError::Newer { place: disk.place(file) }),
            Named::Other => {}
        }
    }
    names.sort_unstable();
    let is_in_order = |pair: &[Name]| match pair {
        [one, other] => one.serial < other.serial && one.first <= other.first,
        _ => true,
    };
    if let Some(pair) = names.windows(2).find(|pair| !is_in_order(pair)) {
        let place = pair.last().map_or_else(String::new, |name| disk.place(&name.file()));
        return Err(OpenError::OutOfOrder { place });
    }
    let ours: Vec<_> = names.iter().flat_map(|it| [it.file(), it.index_file()]).collect();
    for file in files.iter().filter(|file| !ours.contains(file)) {
        let place = disk.place(file);
        if !mends || !Name::is_index(file) {
            tracing::warn!(place, "a file is none of the log's and is left alone");
        } else if let Err(error) = disk.remove(file) {
            tracing::warn!(place, %error, "the index of a segment that is gone cannot be removed");
        }
    }
    Ok(names)
}

/// A segment as its index has it, or an empty one, and its file.
fn begin(disk: &dyn Disk, name: Name, limit: u64) -> io::Result<(Segment, Arc<dyn DiskFile>, u64)> {
    let file = disk.open(&name.file())?;
    let length = file.len()?;
    let index = sidecar::read(disk, name);
    let is_true = |index: &Segment| index.end <= length && index.next <= limit;
    let segment = index.filter(is_true).unwrap_or_else(|| Segment::new(name));
    Ok((segment, file, length))
}

/// A segment that another one follows.
fn finished(disk: &dyn Disk, name: Name, limit: u64) -> io::Result<Segment> {
    let (mut segment, file, length) = begin(disk, name, limit)?;
    let mut bytes = Peeked::new(&*file);
    let mut walk = Walk::new(name.salt, segment.end..length, segment.next..limit);
    while let Some(step) = walk.step(&mut bytes)? {
        take(disk, &mut segment, step);
    }
    if segment.next < limit {
        let (place, from) = (disk.place(&name.file()), segment.next);
        tracing::warn!(place, from, until = limit, "batches at the end of a segment are lost");
    }
    Ok(segment)
}

/// The last segment.
struct Last {
    /// Without the torn end.
    segment: Segment,
    file: Arc<dyn DiskFile>,
    length: u64,
    /// Whole frames of it of which nothing says that they are durable.
    in_doubt: Vec<Head>,
}

fn last(disk: &dyn Disk, name: Name) -> io::Result<Last> {
    let (mut segment, file, length) = begin(disk, name, u64::MAX)?;
    let mut bytes = Peeked::new(&*file);
    let mut walk = Walk::new(name.salt, segment.end..length, segment.next..u64::MAX);
    let mut steps: Vec<Step> = Vec::new();
    while let Some(step) = walk.step(&mut bytes)? {
        if let Step::Frame(head) = &step {
            // Before the newest frame was written, these were durable.
            let count = steps.partition_point(|step| step.offset() < head.durable);
            steps.drain(..count).for_each(|step| take(disk, &mut segment, step));
        }
        steps.push(step);
    }
    let (mut in_doubt, mut good) = (Vec::new(), 0);
    for (step, count) in steps.iter().zip(1..) {
        if let Step::Frame(head) = step
            && whole(&*file, head)?.is_some()
        {
            in_doubt.push(*head);
            good = count;
        }
    }
    steps.drain(..good).for_each(|step| take(disk, &mut segment, step));
    Ok(Last { segment, file, length, in_doubt })
}

fn take(disk: &dyn Disk, segment: &mut Segment, step: Step) {
    match step {
        Step::Frame(head) => segment.push(&head),
        Step::Damage { offset, until, until_position } => {
            let (place, from) = (disk.place(&segment.name.file()), segment.next);
            let until_batch = until_position;
            tracing::warn!(place, offset, from, until_batch, "batches in the log are damaged");
            segment.push_damage(offset, until, until_position);
        }
    }
}

/// The frame of a head, if it is as it was written.
fn whole(file: &dyn DiskFile, head: &Head) -> io::Result<Option<Vec<u8>>> {
    let Ok(length) = usize::try_from(head.frame_bytes()) else { return Ok(None) };
    let mut frame = vec![0; length];
    let read = file.read_at(&mut frame, head.offset)?;
    Ok((read == length && head.is_whole(&frame)).then_some(frame))
}

/// Writes frames where they are: if a flush of them failed, the system may hold them for clean
/// though the disk does not have them, and the next flush would pass them over.
fn write_again(file: &dyn DiskFile, heads: &[Head]) -> io::Result<()> {
    for head in heads {
        if let Some(frame) = whole(file, head)? {
            file.write_at(&frame, head.offset)?;
        }
    }
    Ok(())
}

/// How many bytes there are from an offset to the last one that is not zero: what is reserved and
/// not yet written is zero.
fn tail_bytes(file: &dyn DiskFile, from: u64, length: u64) -> io::Result<u64> {
    let mut buffer = vec![0; TAIL_BYTES];
    let (mut at, mut last) = (from, from);
    while at < length {
        let read = file.read_at(&mut buffer, at)?;
        if read == 0 {
            break;
        }
        if let Some(index) = buffer[..read].iter().rposition(|byte| *byte != 0) {
            last = at + index as u64 + 1;
        }
        at += read as u64;
    }
    Ok(last - from)
}

/// Cuts the torn end and makes the rest durable: what is read from now on must not be lost any
/// more, also if it was never acknowledged.
fn mend(disk: &dyn Disk, last: &Last, torn_bytes: u64) -> io::Result<Active> {
    let Last { segment, file, length, in_doubt } = last;
    let (name, end) = (segment.name, segment.end);
    write_again(&**file, in_doubt)?;
    if torn_bytes > 0 {
        let place = disk.place(&name.file());
        tracing::warn!(place, offset = end, torn_bytes, "the torn end of the log is cut");
        file.set_len(end)?;
    }
    file.sync()?;
    disk.sync()?;
    // From here on a torn frame of these can be told from one that went bad.
    sidecar::write(disk, segment);
    let reserved = if torn_bytes > 0 { end } else { *length };
    Ok(Active { name, file: Arc::clone(file), end, reserved })
}
