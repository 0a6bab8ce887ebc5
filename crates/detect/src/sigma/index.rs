//! From an event to the rules that are worth asking.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use smallvec::SmallVec;

use super::{
    lens::Lens,
    program::Program,
    value::Value,
    witness::{Gate, Shares, Witness},
    words::Words,
};

/// More texts than this are not searched for at once: the rules that want them are asked wherever
/// the field has anything.
const NEEDLES_MAX: usize = 50_000;

/// Up to so many bytes of texts are searched for by the fastest kind of automaton.
const DENSE_BYTES_MAX: usize = 8 * 1_024;
/// So many candidates are collected before those found twice are dropped; with more rules than
/// that, a long text costs more, but never more than its length times this.
const UNSORTED_MAX: usize = 4_096;

/// Rules by their witnesses. Rules are known by their place in the list the index was made of.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Those that are always asked.
    always: Vec<u32>,
    probes: Vec<Probe>,
    /// What is looked for in every text of a record.
    somewhere: Option<Needles>,
}

/// What is to be looked at in one field.
#[derive(Debug)]
struct Probe {
    slot: u32,
    /// Asked where there is anything.
    present: Vec<u32>,
    equals: Words,
    /// Which rules want each of the texts.
    equals_rules: Vec<Vec<u32>>,
    within: Option<Needles>,
}

#[derive(Debug)]
struct Needles {
    automaton: AhoCorasick,
    rules: Vec<Vec<u32>>,
}

/// What is collected for a field before it is made ready.
#[derive(Debug, Default)]
struct Wanted {
    present: Vec<u32>,
    equals: BTreeMap<Box<str>, Vec<u32>>,
    within: BTreeMap<Box<str>, Vec<u32>>,
}

/// What is collected for an index.
#[derive(Debug, Default)]
struct AllWanted {
    fields: BTreeMap<u32, Wanted>,
    somewhere: BTreeMap<Box<str>, Vec<u32>>,
}

/// The rules to be asked, each once, in their order.
pub(crate) type Candidates = SmallVec<[u32; 16]>;

impl Index {
    /// An index of rules.
    pub(crate) fn of(programs: &[Program]) -> Self {
        let mut shares = Shares::default();
        programs.iter().for_each(|program| shares.count(program));
        let mut always = Vec::new();
        let mut wanted = AllWanted::default();
        for (rule, program) in programs.iter().enumerate() {
            let rule = u32::try_from(rule).unwrap_or(u32::MAX);
            match shares.gate(program) {
                Gate::Open => always.push(rule),
                Gate::AnyOf(witnesses) => {
                    witnesses.into_iter().for_each(|witness| wanted.note(witness, rule));
                }
            }
        }
        let probes = wanted.fields.into_iter().map(|(slot, it)| Probe::of(slot, it)).collect();
        let somewhere = Needles::of(wanted.somewhere).unwrap_or_else(|rules| {
            always.extend(rules);
            None
        });
        Self { always, probes, somewhere }
    }

    /// The rules to be asked about an event.
    pub(crate) fn candidates(&self, lens: &Lens<'_, '_>) -> Candidates {
        let mut found = Candidates::from_slice(&self.always);
        for probe in &self.probes {
            probe.look(&lens.value(probe.slot), &mut found);
        }
        if let Some(needles) = &self.somewhere {
            // All texts at once: what is found where two of them meet is asked in vain.
            needles.look(lens.event.doc.all_text(), &mut found);
        }
        if found.len() > 1 {
            found.sort_unstable();
            found.dedup();
        }
        found
    }
}

impl AllWanted {
    fn note(&mut self, witness: Witness, rule: u32) {
        match witness {
            Witness::Present(slot) => self.field(slot).present.push(rule),
            Witness::Equals(slot, text) => {
                self.field(slot).equals.entry(text).or_default().push(rule)
            }
            Witness::Contains(slot, text) => {
                self.field(slot).within.entry(text).or_default().push(rule);
            }
            Witness::Somewhere(text) => self.somewhere.entry(text).or_default().push(rule),
        }
    }

    fn field(&mut self, slot: u32) -> &mut Wanted {
        self.fields.entry(slot).or_default()
    }
}

impl Probe {
    fn of(slot: u32, wanted: Wanted) -> Self {
        let Wanted { mut present, equals, within } = wanted;
        let (texts, equals_rules): (Vec<_>, Vec<_>) = equals.into_iter().unzip();
        let within = match Needles::of(within) {
            Ok(needles) => needles,
            Err(rules) => {
                present.extend(rules);
                None
            }
        };
        Self { slot, present, equals: Words::of(texts), equals_rules, within }
    }

    fn look(&self, value: &Value<'_>, found: &mut Candidates) {
        if value.is_absent() {
            return;
        }
        found.extend_from_slice(&self.present);
        if self.equals.len() > 0 {
            value.each_text(|text| {
                if let Some(at) = self.equals.find_folded(text) {
                    found.extend_from_slice(&self.equals_rules[at as usize]);
                }
            });
        }
        if let Some(needles) = &self.within {
            value.each_text(|text| needles.look(text, found));
        }
    }
}

impl Needles {
    /// Ready needles, none where there are none, or the rules that must do without.
    fn of(wanted: BTreeMap<Box<str>, Vec<u32>>) -> Result<Option<Self>, Vec<u32>> {
        if wanted.is_empty() {
            return Ok(None);
        }
        let (texts, rules): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
        // The fastest kind of automaton takes most memory.
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        let automaton = AhoCorasick::builder()
            .kind((bytes <= DENSE_BYTES_MAX).then_some(AhoCorasickKind::DFA))
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .build(texts.iter().take(NEEDLES_MAX).map(|text| text.as_bytes()));
        match automaton {
            Ok(automaton) if texts.len() <= NEEDLES_MAX => Ok(Some(Self { automaton, rules })),
            _ => Err(rules.into_iter().flatten().collect()),
        }
    }

    fn look(&self, text: &str, found: &mut Candidates) {
        let folded = (!text.is_ascii()).then(|| text.to_lowercase());
        let text = folded.as_deref().unwrap_or(text);
        for hit in self.automaton.find_overlapping_iter(text) {
            found.extend_from_slice(&self.rules[hit.pattern().as_usize()]);
            // A long text may hold the same needle very often.
            if found.len() > UNSORTED_MAX {
                found.sort_unstable();
                found.dedup();
            }
        }
    }
}
