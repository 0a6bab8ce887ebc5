//! What analysts look at: lists, other people's devices, what is to be judged, and what a policy
//! would change.

mod suspicion;

use std::collections::BTreeSet;

use model::{
    DeviceId, PersonId, Personal, Timestamp,
    device::{Field, Platform, Practice},
};
use ports::devices::store::{DeviceQuery, Dossier, Owned};
use posture::{
    Checks, Circumstances, Grade, State,
    forecast::{Outlook, Subject, dry_run},
    track::Compliance,
};

use super::{DeviceView, Fleet, MyDevices, Posture, context::Context, rows::NotMine, view::Eyes};
use crate::{engine::EngineError, pause::give_way, people::Authority};

pub use suspicion::Suspicion;

/// The most devices of one part of a list.
pub const LIST_MAX: u32 = 100;
/// The most changes of a dry run that are told.
const FORECASTS_MAX: usize = 10_000;

/// Which devices a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// With one of these grades; all where there are none.
    pub grades: Vec<Grade>,
    /// On which this check stands so.
    pub check: Option<(Practice, State)>,
    /// Of this person, by id, e-mail or alias.
    pub person: Option<String>,
    /// Only those of nobody that is known, or of somebody who has left.
    pub only_unowned: bool,
    /// Only those that nobody heard from for long, or only the others.
    pub is_older: Option<bool>,
    /// Those after this one.
    pub after: Option<DeviceId>,
    /// So many at most; as many as there may be, [`LIST_MAX`], where it is 0.
    pub limit: u32,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The devices, in the order of their ids.
    pub devices: Vec<Listed>,
    /// After which more follow.
    pub next: Option<DeviceId>,
}

/// A device in a list, as it was last judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: DeviceId,
    /// Its own name, else its model.
    pub name: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// What system it runs.
    pub platform: Platform,
    /// Whose it is, where the directory knows them.
    pub owner: Option<PersonId>,
    /// Their name, where it does.
    pub owner_name: Option<Personal>,
    /// Their address, as sources say it.
    pub email: Option<Personal>,
    /// How it stands.
    pub grade: String,
    /// What fails on it.
    pub failing: Vec<Practice>,
    /// The sources that know it.
    pub sources: Vec<String>,
    /// When a source last heard from it.
    pub last_seen: Option<Timestamp>,
    /// Whether a person should look at how its records came together.
    pub is_flagged: bool,
}

/// What a person is to judge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToJudge {
    /// Records that may belong together, or not.
    pub suspicions: Vec<Suspicion>,
    /// Devices that somebody says are not theirs.
    pub reviews: Vec<Review>,
    /// After which device more suspicions follow.
    pub next: Option<DeviceId>,
}

/// A device that somebody says is not theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Which device.
    pub device: DeviceId,
    /// Who says so.
    pub by: PersonId,
    /// In their words.
    pub note: Personal,
    /// When.
    pub at: Timestamp,
}

/// What a policy would change on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Which device.
    pub device: DeviceId,
    /// What it is called.
    pub name: Option<String>,
    /// Whose it is.
    pub owner: Option<PersonId>,
    /// The practice.
    pub practice: Practice,
    /// How it is: state and deadline.
    pub before: (Option<State>, Option<Timestamp>),
    /// How it would be.
    pub after: (Option<State>, Option<Timestamp>),
    /// Whether the device would be compliant.
    pub is_compliant: bool,
}

impl Posture {
    /// The devices of a person. Recorded, and shown to them.
    pub async fn devices_of(
        &self,
        by: &Authority<'_>,
        person: PersonId,
        language: &str,
    ) -> Result<MyDevices, EngineError> {
        by.require_analyst()?;
        let person = self.fleet.0.directory.person(person).ok_or(EngineError::NotFound)?;
        self.note_look(by, person.id, "devices").await?;
        self.fleet.devices_of(&person, Eyes::Analyst, language).await
    }

    /// One device, whosever it is. Recorded, and shown to its owner.
    pub async fn device(
        &self,
        by: &Authority<'_>,
        id: DeviceId,
        language: &str,
    ) -> Result<DeviceView, EngineError> {
        by.require_analyst()?;
        let (_, judged, context) = self.fleet.kept(id).await?;
        if let Some(owner) = &judged.owner {
            self.note_look(by, owner.id, &format!("device:{}", judged.device.id)).await?;
        }
        self.fleet.device_view(&judged, &context, Eyes::Analyst, language).await
    }

    /// Devices by what is asked. Whose devices are listed is recorded.
    pub async fn list(&self, by: &Authority<'_>, query: &ListQuery) -> Result<Page, EngineError> {
        by.require_analyst()?;
        let limit = part(query.limit);
        let query = DeviceQuery { limit: limit + 1, ..self.query(query)? };
        let mut dossiers = self.fleet.0.store.list(&query).await?;
        let has_more = dossiers.len() > limit as usize;
        dossiers.truncate(limit as usize);
        let context = self.fleet.context().await?;
        let devices: Vec<Listed> =
            dossiers.iter().map(|it| self.fleet.listed(it, &context)).collect::<Result<_, _>>()?;
        let owners: BTreeSet<PersonId> = devices.iter().filter_map(|it| it.owner).collect();
        for owner in owners {
            self.note_look(by, owner, "list").await?;
        }
        let next = devices.last().filter(|_| has_more).map(|it| it.id);
        Ok(Page { devices, next })
    }

    /// Devices of nobody that is known, or of somebody who has left: by the next time that they are
    /// judged, a day later at most.
    pub async fn unowned(
        &self,
        by: &Authority<'_>,
        after: Option<DeviceId>,
        limit: u32,
    ) -> Result<Page, EngineError> {
        let query = ListQuery { only_unowned: true, after, limit, ..ListQuery::default() };
        self.list(by, &query).await
    }

    /// What a person is to judge: records that may be one device, and devices that somebody says
    /// are not theirs. Suspicions are settled by [`Posture::put_together`] or
    /// [`Posture::keep_apart`], reviews by [`Posture::close_review`].
    pub async fn to_judge(
        &self,
        by: &Authority<'_>,
        after: Option<DeviceId>,
        limit: u32,
    ) -> Result<ToJudge, EngineError> {
        by.require_analyst()?;
        let limit = part(limit);
        let query =
            DeviceQuery { only_flagged: true, after, limit: limit + 1, ..DeviceQuery::default() };
        let mut dossiers = self.fleet.0.store.list(&query).await?;
        let has_more = dossiers.len() > limit as usize;
        dossiers.truncate(limit as usize);
        let mut judge = ToJudge::default();
        for dossier in &dossiers {
            judge.suspicions.extend(self.fleet.suspicions(dossier).await?);
        }
        judge.next = dossiers.last().filter(|_| has_more).map(|it| it.id);
        let context = self.fleet.context().await?;
        judge.reviews = context.not_mine.into_values().map(Review::from).collect();
        judge.reviews.sort_by_key(|review| review.at);
        Ok(judge)
    }

    /// What other checks would change, before they are put in force: files as in the folder of
    /// checks. Every device whose state or deadline would change, [`FORECASTS_MAX`] at most.
    pub async fn dry_run(
        &self,
        by: &Authority<'_>,
        files: &[(String, String)],
    ) -> Result<Vec<Forecast>, EngineError> {
        by.require_analyst()?;
        let (proposed, problems) = Checks::load(files);
        if let Some(problem) = problems.first() {
            return Err(EngineError::Invalid(problem.to_string()));
        }
        let context = self.fleet.context().await?;
        let mut forecasts = Vec::new();
        let mut after = None;
        loop {
            let query = DeviceQuery { after, limit: LIST_MAX, ..DeviceQuery::default() };
            let page = self.fleet.0.store.list(&query).await?;
            let Some(last) = page.last() else { return Ok(forecasts) };
            after = Some(last.id);
            for dossier in &page {
                forecasts.extend(self.fleet.forecast(dossier.id, &proposed, &context).await?);
            }
            if forecasts.len() > FORECASTS_MAX {
                forecasts.truncate(FORECASTS_MAX);
                return Ok(forecasts);
            }
            give_way().await;
        }
    }

    fn query(&self, query: &ListQuery) -> Result<DeviceQuery, EngineError> {
        let older = self.fleet.0.settings.older_after.before(self.now());
        let person = query.person.as_ref().map(|name| {
            let person = self.fleet.0.directory.find(name).ok_or(EngineError::NotFound)?;
            Ok::<_, EngineError>(Owned::By(Fleet::owner(&person)))
        });
        let owned = person.transpose()?.or(query.only_unowned.then_some(Owned::ByNobody));
        let check = query.check.as_ref();
        Ok(DeviceQuery {
            grades: query.grades.iter().map(|grade| grade.name().to_owned()).collect(),
            check: check.map(|(practice, state)| (practice.to_string(), state.name().to_owned())),
            owned,
            only_flagged: false,
            seen_since: query.is_older.filter(|is_older| !is_older).map(|_| older),
            seen_before: query.is_older.filter(|is_older| *is_older).map(|_| older),
            after: query.after,
            limit: query.limit,
        })
    }
}

impl Fleet {
    fn listed(&self, dossier: &Dossier, context: &Context) -> Result<Listed, EngineError> {
        let device = self.judge(dossier, &[], context)?.device;
        let owner = dossier.owner.and_then(|id| self.0.directory.person(id));
        let failing = dossier.checks.iter().filter(|(_, state)| {
            [State::Warn, State::Nudge].iter().any(|failing| failing.name() == state.as_str())
        });
        let name = device.fact(Field::Name).or_else(|| device.fact(Field::Model));
        let mut sources: Vec<String> =
            dossier.records.iter().map(|record| record.key.source.clone()).collect();
        sources.dedup();
        Ok(Listed {
            id: dossier.id,
            name: name.map(str::to_owned),
            model: device.fact(Field::Model).map(str::to_owned),
            platform: device.platform,
            owner: dossier.owner,
            owner_name: owner.map(|owner| owner.name.clone()),
            email: dossier.email.clone(),
            grade: dossier.grade.clone(),
            failing: failing.filter_map(|(practice, _)| practice.parse().ok()).collect(),
            sources,
            last_seen: dossier.last_seen,
            is_flagged: dossier.is_flagged,
        })
    }

    async fn forecast(
        &self,
        id: DeviceId,
        proposed: &Checks,
        context: &Context,
    ) -> Result<Vec<Forecast>, EngineError> {
        let Some(dossier) = self.0.store.device(id).await? else { return Ok(Vec::new()) };
        let kept = self.exemptions_of(&[id]).await?;
        let rows: Vec<_> = kept.iter().map(super::rows::KeptExemption::row).collect();
        let judged = self.judge(&dossier, &rows, context)?;
        let exemptions: Vec<_> = judged.exemptions.iter().map(|it| it.exemption.clone()).collect();
        let circumstances = Circumstances {
            now: context.now,
            groups: judged.groups(),
            exemptions: &exemptions,
            failing_sources: &context.failing,
            choice: self.0.settings.choice,
        };
        let subject = Subject { device: &judged.device, track: &judged.track, circumstances };
        let (checks, currency) = (&context.content.checks, &context.currency);
        let outlook = |it: Outlook| (it.state, it.deadline);
        let forecasts = dry_run([subject], checks, proposed, currency).into_iter();
        Ok(forecasts
            .map(|it| Forecast {
                device: it.device,
                name: judged.device.fact(Field::Name).map(str::to_owned),
                owner: judged.owner.as_ref().map(|owner| owner.id),
                practice: it.practice,
                before: outlook(it.before),
                after: outlook(it.after),
                is_compliant: it.after.compliance == Compliance::Compliant,
            })
            .collect())
    }
}

impl From<NotMine> for Review {
    fn from(said: NotMine) -> Self {
        let NotMine { device, by, note, at } = said;
        Self { device, by, note, at }
    }
}

fn part(limit: u32) -> u32 {
    if limit == 0 { LIST_MAX } else { limit.min(LIST_MAX) }
}
