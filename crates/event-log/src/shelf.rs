//! What is in memory of the whole log: its segments, oldest first.

use model::Timestamp;
use ports::event_log::{Bounds, Keep, Position};

use crate::{
    frame::{Head, body::instant},
    segment::{Name, Piece, Segment},
};

/// All segments, as far as they are durable.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    /// In the order of their serial numbers, and so of their positions.
    pub(crate) segments: Vec<Segment>,
    /// The position of the next batch.
    pub(crate) next: u64,
}

/// What lies at a position.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Batches.
    Piece(Piece),
    /// Nothing from here up to this position: the end of a segment, or all of one, is gone.
    Gap { from: u64, until: u64, after: Name },
    /// The end of the log.
    End,
}

impl Shelf {
    /// What there is at or after a position that may hold an event of this time.
    pub(crate) fn find(&self, from: u64, times: (i64, i64)) -> Place {
        let start = self.segments.partition_point(|segment| segment.name.first <= from);
        let segments = self.segments.get(start.saturating_sub(1)..).unwrap_or_default();
        let mut afters = segments.iter().skip(1);
        for segment in segments {
            if let Some(piece) = segment.piece(from, times) {
                return Place::Piece(piece);
            }
            let until = afters.next().map_or(self.next, |after| after.name.first);
            let from = from.max(segment.next);
            if until > from {
                return Place::Gap { from, until, after: segment.name };
            }
        }
        Place::End
    }

    /// Takes in frames that were made durable in a segment.
    pub(crate) fn publish(&mut self, name: Name, heads: &[Head]) {
        if self.segments.last().is_none_or(|last| last.name != name) {
            self.segments.push(Segment::new(name));
        }
        let Some(segment) = self.segments.last_mut() else { return };
        heads.iter().for_each(|head| segment.push(head));
        self.next = segment.next;
    }

    pub(crate) fn bounds(&self) -> Bounds {
        let has_batches = |segment: &&Segment| segment.received.is_some();
        let since = self.segments.iter().find(has_batches).and_then(|it| it.received);
        Bounds {
            first: Position(self.segments.first().map_or(self.next, |oldest| oldest.name.first)),
            next: Position(self.next),
            bytes: self.bytes(),
            records: self.segments.iter().map(|segment| segment.records).sum(),
            since: since.and_then(|(first, _)| instant(first)),
        }
    }

    fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.end).sum()
    }

    /// Whether the oldest segment is not to be kept any longer.
    pub(crate) fn is_oldest_done(&self, keep: Keep, now: Timestamp) -> bool {
        let [oldest, younger @ ..] = self.segments.as_slice() else { return false };
        let is_newest = younger.iter().all(|segment| segment.received.is_none());
        // One of which nothing could be read is as old as what came after it.
        let newest_in_it = oldest.received.map(|(_, newest)| newest);
        let after_it = || younger.iter().find_map(|segment| segment.received);
        let received = newest_in_it.or_else(|| after_it().map(|(first, _)| first));
        let received = received.and_then(instant);
        let is_too_old = received.is_none_or(|received| received < keep.age.before(now));
        let is_needed = oldest.next > keep.needed.0;
        !is_newest && !is_needed && (is_too_old || self.bytes() > keep.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);

    fn segment(serial: u64, first: u64, next: u64) -> Segment {
        let mut segment = Segment::new(Name { serial, first, salt: 0 });
        for position in first..next {
            segment.push(&head(position, segment.end));
        }
        segment
    }

    fn head(position: u64, offset: u64) -> Head {
        let times = (i64::try_from(position).expect("few"), i64::try_from(position).expect("few"));
        Head {
            position,
            offset,
            durable: offset,
            received: times.0,
            times,
            records: 1,
            source_bytes: 4,
            body_bytes: 40_000,
            raw_bytes: 100_000,
            names_sum: 0,
            body_sum: 0,
        }
    }

    /// Where a walk over the shelf comes, as ranges of positions; gaps have a minus.
    fn walk(shelf: &Shelf, from: u64, times: (i64, i64)) -> Vec<String> {
        let (mut from, mut met) = (from, Vec::new());
        loop {
            match shelf.find(from, times) {
                Place::Piece(piece) => {
                    assert!(piece.positions.end > from);
                    from = piece.positions.end;
                    met.push(format!("{:?}", piece.positions));
                }
                Place::Gap { from: start, until, .. } => {
                    assert!(until > from && start >= from);
                    from = until;
                    met.push(format!("-{start}..{until}"));
                }
                Place::End => return met,
            }
        }
    }

    #[test]
    fn a_walk_meets_every_block_and_every_gap_once() {
        let segments =
            vec![segment(1, 3, 7), segment(2, 7, 7), segment(3, 9, 10), segment(4, 10, 12)];
        let shelf = Shelf { segments, next: 15 };
        // Two frames of 40 kB make a block.
        let all = ["3..5", "5..7", "-7..9", "9..10", "10..12", "-12..15"];
        assert_eq!(walk(&shelf, 0, ALWAYS), all);
        assert_eq!(walk(&shelf, 4, ALWAYS), all);
        assert_eq!(walk(&shelf, 8, ALWAYS), ["-8..9", "9..10", "10..12", "-12..15"]);
        assert_eq!(walk(&shelf, 6, (4, 9)), ["5..7", "-7..9", "9..10", "-12..15"]);
        assert_eq!(walk(&shelf, 13, ALWAYS), ["-13..15"]);
        for from in [15, 16, u64::MAX] {
            assert!(walk(&shelf, from, ALWAYS).is_empty());
        }
        assert!(walk(&Shelf::default(), 0, ALWAYS).is_empty());
    }
}
