//! Lists of devices, and one person's.

use askama::Template;
use axum::extract::{Path, Query, State};
use model::PersonId;
use runtime::{
    lookup::inert_line,
    people::Authority,
    posture::{Grade, ListQuery, Listed, State as Standing},
};
use serde::Deserialize;

use super::Tab;
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        devices::{Reader, ShownDevice, ShownSource, practice, terms},
        frame::{Frame, Place},
        marks::Mark,
        words::When,
    },
    problem::Kind,
};

/// Devices on one page.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "console/devices/list.html")]
pub(super) struct List {
    frame: Frame,
    tabs: Vec<(&'static str, &'static str, bool)>,
    filter: Filter,
    grades: Vec<(&'static str, &'static str, bool)>,
    /// What check the list is about, in words.
    check: Option<(String, Mark)>,
    rows: Vec<Row>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "console/devices/person.html")]
pub(super) struct OfPerson {
    frame: Frame,
    tabs: Vec<(&'static str, &'static str, bool)>,
    person: PersonId,
    name: String,
    devices: Vec<ShownDevice>,
    older: Vec<ShownDevice>,
    troubles: Vec<ShownSource>,
    has_more: bool,
}

struct Row {
    id: String,
    name: String,
    owner: Option<(PersonId, String)>,
    /// The address that sources name, where nobody here has it.
    address: Option<String>,
    system: &'static str,
    grade: Option<Mark>,
    failing: String,
    sources: String,
    seen: Option<When>,
    is_flagged: bool,
}

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    grade: String,
    #[serde(default)]
    check: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    unowned: String,
    #[serde(default)]
    older: String,
    #[serde(default)]
    after: String,
}

impl Filter {
    fn query(&self) -> Result<ListQuery, Problem> {
        let odd = || Problem::new(Kind::InvalidArgument, "There is no such filter.");
        let grade = (!self.grade.is_empty()).then(|| {
            Grade::ALL.into_iter().find(|grade| grade.name() == self.grade).ok_or_else(odd)
        });
        let check = (!self.check.is_empty()).then(|| {
            let standing = Standing::ALL.into_iter().find(|it| it.name() == self.state);
            Ok::<_, Problem>((practice(&self.check)?, standing.ok_or_else(odd)?))
        });
        let after = (!self.after.is_empty()).then(|| self.after.parse().map_err(|_| odd()));
        Ok(ListQuery {
            grades: grade.transpose()?.into_iter().collect(),
            check: check.transpose()?,
            person: None,
            only_unowned: !self.unowned.is_empty(),
            is_older: match self.older.as_str() {
                "" => None,
                "yes" => Some(true),
                "no" => Some(false),
                _ => return Err(odd()),
            },
            after: after.transpose()?,
            limit: ROWS,
        })
    }

    fn after(&self, device: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let fields = [
            ("grade", self.grade.as_str()),
            ("check", &self.check),
            ("state", &self.state),
            ("unowned", &self.unowned),
            ("older", &self.older),
            ("after", device),
        ];
        query.extend_pairs(fields.into_iter().filter(|(_, value)| !value.is_empty()));
        format!("/console/devices/list?{}", query.finish())
    }
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Query(filter): Query<Filter>,
) -> Result<Page<List>, Problem> {
    let reader = Reader::analyst(&state, &viewer);
    let query = filter.query()?;
    let page = state.posture.list(&Authority::Viewer(&viewer), &query).await?;
    let check = query.check.as_ref().map(|(practice, standing)| {
        let name = terms::practice(practice, reader.language);
        (name, Mark::check(*standing, reader.language))
    });
    let choice = |grade: &Grade| {
        (grade.name(), Mark::grade(*grade, reader.language).word, grade.name() == filter.grade)
    };
    Ok(Page(List {
        frame: Frame::of(&viewer, Place::Fleet, reader.say("List of devices", "Liste der Geräte"))
            .speaking(reader.language),
        tabs: Tab::List.entries(&reader),
        grades: Grade::ALL.iter().map(choice).collect(),
        check,
        rows: page.devices.iter().map(|it| row(it, &reader)).collect(),
        next: page.next.map(|device| filter.after(&device.to_string())),
        filter,
    }))
}

fn row(listed: &Listed, reader: &Reader) -> Row {
    let owner = listed.owner.map(|id| {
        let name = listed.owner_name.as_ref().map_or("", |name| name.reveal());
        (id, inert_line(name))
    });
    let failing: Vec<String> =
        listed.failing.iter().map(|it| terms::practice(it, reader.language)).collect();
    let grade = Grade::ALL.into_iter().find(|grade| grade.name() == listed.grade);
    let name = listed.name.as_deref().map(inert_line).filter(|name| !name.is_empty());
    let unknown = || reader.say("Unknown device", "Unbekanntes Gerät").to_owned();
    Row {
        id: listed.id.to_string(),
        name: name.unwrap_or_else(unknown),
        address: listed
            .email
            .as_ref()
            .filter(|_| owner.is_none())
            .map(|it| inert_line(it.reveal())),
        owner,
        system: listed.platform.shown().unwrap_or_default(),
        grade: grade.map(|grade| Mark::grade(grade, reader.language)),
        failing: failing.join(", "),
        sources: inert_line(&listed.sources.join(", ")),
        seen: listed.last_seen.map(|at| reader.ago(at)),
        is_flagged: listed.is_flagged,
    }
}

/// One person's devices. The look is recorded, and shown to them.
pub(super) async fn of_person(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Page<OfPerson>, Problem> {
    let reader = Reader::analyst(&state, &viewer);
    let id: PersonId = id.parse().map_err(|_| Problem::of(Kind::NotFound))?;
    let person = state.engine.person(id).ok_or(Problem::of(Kind::NotFound))?;
    let by = Authority::Viewer(&viewer);
    let theirs = state.posture.devices_of(&by, id, reader.language.code()).await?;
    let shown = |views: &[_]| views.iter().map(|view| ShownDevice::of(view, &reader)).collect();
    let name = inert_line(person.name.reveal());
    let title = format!("{} · {name}", reader.say("Devices", "Geräte"));
    Ok(Page(OfPerson {
        frame: Frame::of(&viewer, Place::Fleet, title).speaking(reader.language),
        tabs: Tab::List.entries(&reader),
        person: id,
        name,
        devices: shown(&theirs.devices),
        older: shown(&theirs.older),
        troubles: theirs.troubles.iter().map(|it| ShownSource::of(it, &reader)).collect(),
        has_more: theirs.has_more,
    }))
}
