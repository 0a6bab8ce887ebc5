//! How often which count occurred in past windows, with quantiles of it.
//!
//! A histogram whose bins are exact up to 15 and eight to an octave beyond, so that a quantile is
//! never told too low and at most an eighth too high. Only bins that are in use are kept, three
//! bytes each; there can be no more than [`BINS`].

use smallvec::SmallVec;

use super::bytes::{Reader, u8_at};

/// How many bins there can be.
pub(super) const BINS: usize = 240;
/// What one window weighs when it is new. Each time a quarter of what is remembered has passed it
/// weighs half, so that the fourth time it is gone.
pub(super) const WINDOW_WEIGHT: u32 = 8;
/// The bytes of a bin.
const BIN_BYTES: usize = 3;

/// The counts below this have a bin each.
const EXACT: u32 = 16;
const OCTAVE_BITS: u32 = 3;
const FIRST_OCTAVE: u32 = 4;

/// A bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bin(pub(super) u8);

impl Bin {
    /// The bin of a count.
    pub(super) fn of(count: u32) -> Self {
        if count < EXACT {
            return Self(u8::try_from(count).unwrap_or(0));
        }
        let octave = count.ilog2();
        let part = (count >> (octave - OCTAVE_BITS)) & ((1 << OCTAVE_BITS) - 1);
        let bin = EXACT + (octave - FIRST_OCTAVE) * (1 << OCTAVE_BITS) + part;
        Self(u8::try_from(bin).expect("28 octaves of 8 and 16 are 240"))
    }

    /// The highest count in it.
    pub(super) fn highest(self) -> u32 {
        let bin = u32::from(self.0);
        if bin < EXACT {
            return bin;
        }
        let (octave, part) = ((bin - EXACT) >> OCTAVE_BITS, (bin - EXACT) & 7);
        let next = u64::from(8 + part + 1) << (octave + FIRST_OCTAVE - OCTAVE_BITS).min(32);
        u32::try_from(next - 1).unwrap_or(u32::MAX)
    }

    /// A count that stands for all in it.
    pub(super) fn middle(self) -> f64 {
        let below = self.0.checked_sub(1).map_or(-1.0, |bin| f64::from(Self(bin).highest()));
        (below + 1.0).midpoint(f64::from(self.highest()))
    }
}

/// A histogram of windows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct History {
    /// In the order of the bins, none without weight.
    bins: SmallVec<[(u8, u16); 64]>,
}

impl History {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let count = usize::from(reader.u8()).min(BINS);
        let mut bytes = Reader::of(reader.take(count * BIN_BYTES));
        let mut bins: SmallVec<[(u8, u16); 64]> =
            (0..count).map(|_| (bytes.u8(), bytes.u16())).collect();
        bins.retain(|(_, weight)| *weight > 0);
        if !bins.is_sorted_by(|one, next| one.0 < next.0) {
            bins.clear();
        }
        Self { bins }
    }

    pub(super) fn write(&self, into: &mut SmallVec<[u8; 512]>) {
        into.push(u8::try_from(self.bins.len()).expect("there are at most 240 bins"));
        for (bin, weight) in &self.bins {
            into.push(*bin);
            into.extend_from_slice(&weight.to_le_bytes());
        }
    }

    /// The bytes that are written of one, by its beginning.
    pub(super) fn length(bytes: &[u8]) -> usize {
        1 + usize::from(u8_at(bytes, 0)).min(BINS) * BIN_BYTES
    }

    fn weight(&self) -> u32 {
        self.bins.iter().map(|(_, weight)| u32::from(*weight)).sum()
    }

    /// Adds windows of a count.
    pub(super) fn add(&mut self, bin: Bin, windows: u32) {
        self.add_weight(bin, windows.saturating_mul(WINDOW_WEIGHT));
    }

    fn add_weight(&mut self, bin: Bin, weight: u32) {
        let weight = u16::try_from(weight).unwrap_or(u16::MAX).min(u16::MAX / 2);
        if weight == 0 || usize::from(bin.0) >= BINS {
            return;
        }
        let at = match self.bins.binary_search_by_key(&bin.0, |(bin, _)| *bin) {
            Ok(at) => at,
            Err(at) => {
                self.bins.insert(at, (bin.0, 0));
                at
            }
        };
        // A bin that is full makes all others lighter: what counts is their proportion.
        while self.bins.get(at).is_some_and(|(_, has)| has.checked_add(weight).is_none()) {
            self.bins.iter_mut().for_each(|(_, weight)| *weight = weight.div_ceil(2));
        }
        if let Some((_, has)) = self.bins.get_mut(at) {
            *has += weight;
        }
    }

    /// Lets what is old weigh less, as often as a quarter of what is remembered has passed.
    pub(super) fn fade(&mut self, times: u32) {
        if times > 0 {
            self.bins.iter_mut().for_each(|bin| bin.1 = bin.1.checked_shr(times).unwrap_or(0));
            self.bins.retain(|(_, weight)| *weight > 0);
        }
    }

    /// The count that so large a part of the windows does not exceed.
    pub(super) fn quantile(&self, quantile: f64) -> Option<Bin> {
        let wanted = f64::from(self.weight()) * quantile;
        let mut sum = 0;
        let found = self.bins.iter().find(|(_, weight)| {
            sum += u32::from(*weight);
            f64::from(sum) >= wanted
        });
        found.map(|(bin, _)| Bin(*bin))
    }

    /// Makes a count usual: as many windows of it as its quantile needs.
    pub(super) fn teach(&mut self, bin: Bin, quantile: f64) {
        let all = f64::from(self.weight());
        let above: u32 =
            self.bins.iter().filter(|(at, _)| *at >= bin.0).map(|(_, has)| u32::from(*has)).sum();
        // The part at and above it must be more than what the quantile leaves.
        let spare = 1.0 - quantile;
        let missing = (spare * all - f64::from(above)) / quantile;
        let weight = if missing < 0.0 { 0 } else { missing as u32 };
        self.add_weight(bin, weight + WINDOW_WEIGHT);
    }

    /// Makes room: what weighs least goes.
    pub(super) fn shed(&mut self) {
        let least = self.bins.iter().map(|(_, weight)| *weight).min().unwrap_or(0);
        self.bins.retain(|(_, weight)| *weight > least);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(counts: &[u32]) -> History {
        let mut history = History::default();
        counts.iter().for_each(|count| history.add(Bin::of(*count), 1));
        history
    }

    #[test]
    fn the_bins_follow_one_another_without_a_gap() {
        let highest: Vec<u32> = (0..BINS).map(|bin| Bin(bin as u8).highest()).collect();
        assert!(highest.is_sorted_by(|one, next| one < next));
        assert_eq!(highest.last(), Some(&u32::MAX));
        for (bin, highest) in highest.iter().enumerate() {
            assert_eq!(usize::from(Bin::of(*highest).0), bin);
            assert_eq!(usize::from(Bin::of(highest.saturating_add(1)).0), (bin + 1).min(BINS - 1));
        }
    }

    #[test]
    fn a_window_is_gone_when_four_quarters_have_passed() {
        let mut history = of(&[3]);
        for quarter in 1..=4 {
            assert_eq!(history.quantile(0.5), Some(Bin(3)), "{quarter}");
            history.fade(1);
        }
        assert_eq!(history.quantile(0.5), None);
    }

    #[test]
    fn a_count_that_was_taught_is_usual() {
        for usual in [0, 10, 1_000, 7_000] {
            let mut history = History::default();
            history.add(Bin(2), usual);
            history.teach(Bin::of(500), 0.995);
            assert_eq!(history.quantile(0.995), Some(Bin::of(500)), "after {usual} windows");
        }
    }

    proptest! {
        #[test]
        fn a_quantile_is_never_too_low_and_at_most_an_eighth_too_high(
            mut counts in proptest::collection::vec(0_u32..5_000_000, 1..400),
            quantile in 0.5_f64..1.0,
        ) {
            let told = of(&counts).quantile(quantile).expect("there are windows").highest();
            counts.sort_unstable();
            let rank = (counts.len() as f64 * quantile).ceil() as usize;
            let exact = counts[rank.clamp(1, counts.len()) - 1];
            prop_assert!(told >= exact, "{} told, {} true", told, exact);
            prop_assert!(f64::from(told) <= f64::from(exact) * 1.125 + 1.0);
        }

        #[test]
        fn it_is_read_as_it_was_written_and_any_bytes_are_read(
            counts in proptest::collection::vec(any::<u32>(), 0..300),
            junk in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            let history = of(&counts);
            let mut bytes = SmallVec::new();
            history.write(&mut bytes);
            prop_assert_eq!(History::read(&mut Reader::of(&bytes)), history);
            let mut read = History::read(&mut Reader::of(&junk));
            read.add(Bin(5), 70_000);
            read.teach(Bin(9), 0.995);
            prop_assert!(read.quantile(0.99).is_some());
        }

        #[test]
        fn no_number_of_windows_overflows(windows in proptest::collection::vec(any::<u32>(), 1..20)) {
            let mut history = History::default();
            windows.iter().for_each(|windows| history.add(Bin(7), *windows));
            prop_assert!(history.weight() <= u32::from(u16::MAX));
        }
    }
}
