//! What devices say of themselves joins what is there, and harms nobody.
//!
//! Whose a group is, say the records of management systems and whoever enrolled a device. A record
//! that speaks for itself joins a group of the same owner, or one that is nobody's; it never brings
//! two devices of management together, and it never takes part in what is somebody else's.

use std::collections::BTreeSet;

use model::device::{Confidence, SourceRecord};

use super::{
    super::{
        audible,
        trust::{Trust, owner_name},
    },
    Conflict, Flag, FlagKind, Groups, Pass, all_agree,
};
use crate::{identity::MatchKey, merge::conflict::is_replaced};

/// A group, as it stands before another.
struct Side<'r> {
    /// A holder of the identifier that stands for it.
    at: usize,
    /// Whether management knows it.
    is_managed: bool,
    /// Whether management knows the identifier of it.
    is_held: bool,
    /// Whether one of it is there by its own word.
    has_claim: bool,
    /// Whose it is.
    owners: BTreeSet<&'r str>,
}

/// What two groups are to each other.
enum Meeting {
    Fits,
    /// Somebody or an earlier pass has said it.
    Told,
    /// At least one has nothing to show for its word.
    Foreign,
    /// Management knows two devices, and only a device's own word says that they are one.
    Bridge,
    Differs(Conflict),
}

impl Side<'_> {
    /// Whether its own word may stand beside what the other says.
    fn may_join(&self, other: &Self) -> bool {
        !self.has_claim || other.owners.is_subset(&self.owners)
    }

    fn is_owned(&self) -> bool {
        !self.owners.is_empty()
    }
}

impl<'r> Groups<'r> {
    /// Joins by an identifier that some records have by their own word.
    pub(super) fn join_claims(
        &mut self,
        pass: Pass,
        key: &MatchKey,
        managed: &[usize],
        claims: &[usize],
    ) {
        if claims.is_empty() {
            return;
        }
        if self.says_nothing(key, managed) {
            claims.iter().for_each(|at| self.flag(FlagKind::Shared, Some(key), *at, None));
            return;
        }
        let said: Vec<_> =
            claims.iter().map(|at| (*at, self.records[*at], &self.identities[*at])).collect();
        let (heard, silent) = audible(key, &said);
        silent.into_iter().for_each(|at| self.flag(FlagKind::Shared, Some(key), at, None));
        let holders: Vec<usize> = managed.iter().copied().chain(heard).collect();
        let mut sides: Vec<Side<'r>> = self
            .standing(&holders)
            .into_iter()
            .map(|at| self.side(at, managed))
            .filter(|side| pass == Pass::Open || side.is_owned())
            .collect();
        sides.sort_by_key(|side| side.at);
        let mut agree = all_agree(sides.len());
        for (a, one) in sides.iter().enumerate() {
            for (b, other) in sides.iter().enumerate().skip(a + 1) {
                let meeting = self.meeting(pass, one, other);
                if !matches!(meeting, Meeting::Fits) {
                    (agree[a][b], agree[b][a]) = (false, false);
                    self.tell(&meeting, key, one, other);
                }
            }
        }
        let standing: Vec<usize> = sides.iter().map(|side| side.at).collect();
        self.unite_parties(key, &standing, &agree);
    }

    fn side(&self, at: usize, managed: &[usize]) -> Side<'r> {
        let group = self.group[at];
        let is_own_word = |at: &usize| self.identities[*at].trust.is_own_word();
        Side {
            at,
            is_managed: !self.members[group].iter().all(is_own_word),
            is_held: managed.iter().any(|holder| self.group[*holder] == group),
            has_claim: self.members[group].iter().any(is_own_word),
            owners: self.vouching(group).into_iter().map(|(_, owner)| owner).collect(),
        }
    }

    fn meeting(&self, pass: Pass, one: &Side<'_>, other: &Side<'_>) -> Meeting {
        let (left, right) = (self.group[one.at], self.group[other.at]);
        let was_before = pass == Pass::Open && one.is_owned() && other.is_owned();
        if was_before || one.is_held && other.is_held || self.are_apart(left, right) {
            return Meeting::Told;
        }
        if !one.may_join(other) || !other.may_join(one) {
            return Meeting::Foreign;
        }
        match self.conflict(left, right) {
            Some(conflict) => Meeting::Differs(conflict),
            None if one.is_managed && other.is_managed => Meeting::Bridge,
            None => Meeting::Fits,
        }
    }

    fn tell(&mut self, meeting: &Meeting, key: &MatchKey, one: &Side<'_>, other: &Side<'_>) {
        match meeting {
            Meeting::Fits | Meeting::Told => {}
            Meeting::Foreign => {
                self.tell_foreign(key, one, other);
                self.tell_foreign(key, other, one);
            }
            Meeting::Bridge => {
                self.flag(FlagKind::Ambiguous, Some(key), one.at, Some(other.at));
            }
            Meeting::Differs(conflict) => {
                self.flag(FlagKind::Conflict(*conflict), Some(key), one.at, Some(other.at));
            }
        }
    }

    /// Tells of a side that it has nothing to show for its word: with the record that says whose
    /// the other is. Of what management knows to be somebody's nothing is told.
    fn tell_foreign(&mut self, key: &MatchKey, side: &Side<'_>, other: &Side<'_>) {
        let is_sure = side.is_managed && side.is_owned();
        if is_sure || side.may_join(other) {
            return;
        }
        let witness = self.vouching(self.group[other.at]).into_iter().map(|(at, _)| at).next();
        let name = |at: usize| self.records[at].key.clone();
        let flag = Flag {
            kind: FlagKind::Conflict(Conflict::Owner),
            matched: Some(key.clone()),
            left: name(side.at),
            right: Some(name(witness.unwrap_or(other.at))),
        };
        self.flags.push((side.at, None, flag));
    }

    /// The records that say whose a group is, each with whom it names: those of management that are
    /// the surest, the first by their keys, then what was enrolled.
    fn vouching(&self, group: usize) -> Vec<(usize, &'r str)> {
        let mut members = self.members[group].clone();
        members.sort_unstable();
        let said = |trust: Trust| {
            let mut said: Vec<(usize, Confidence, &'r str)> = Vec::new();
            for at in members.iter().copied().filter(|at| self.identities[*at].trust == trust) {
                let record: &'r SourceRecord = self.records[at];
                let hints = record.owners.iter().filter(|_| !self.is_outdated(at, &members));
                said.extend(hints.filter_map(|it| Some((at, it.confidence, owner_name(it)?))));
            }
            said
        };
        let managed = said(Trust::Managed);
        let surest = managed.iter().map(|(_, confidence, _)| *confidence).max();
        let managed = managed.into_iter().filter(|(_, it, _)| Some(*it) == surest);
        managed.chain(said(Trust::Enrolled)).map(|(at, _, owner)| (at, owner)).collect()
    }

    /// Whether a newer record of the same source took its place, and names somebody.
    fn is_outdated(&self, at: usize, members: &[usize]) -> bool {
        let rank = |at: usize| {
            let record: &SourceRecord = self.records[at];
            (record.last_sync, std::cmp::Reverse(at))
        };
        members.iter().any(|newer| {
            self.sources[*newer] == self.sources[at]
                && self.records[*newer].owners.iter().any(|it| owner_name(it).is_some())
                && rank(*newer) > rank(at)
                && is_replaced(&self.identities[*newer], &self.identities[at])
        })
    }
}
