//! A person's day.

use jiff::{Timestamp, tz::TimeZone};

use super::{
    DAY_S, Plan,
    act::{Act, Aws, Entra, GitHub, Google, Okta, Seat, Slack, What, Who},
    burst,
    habits::Habits,
    networks::Net,
    records::{agents::Kind, aws_calls},
};
use crate::company::Dice;

/// One day, the same for everybody.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    /// Counted from 0.
    pub(super) number: u32,
    pub(super) midnight_s: i64,
    pub(super) is_weekend: bool,
    /// Whether a quarter's books are closed.
    pub(super) is_quarters_end: bool,
    pub(super) people: u32,
}

/// Collects a person's acts.
pub(super) struct Diary<'d> {
    pub(super) who: Who,
    pub(super) dice: &'d mut Dice,
    pub(super) acts: &'d mut Vec<Act>,
    pub(super) incident: Option<u32>,
}

impl Day {
    pub(super) fn of(plan: &Plan, number: u32) -> Self {
        let midnight_s = plan.start.as_second() + i64::from(number) * DAY_S;
        let date =
            Timestamp::from_second(midnight_s).unwrap_or(plan.start).to_zoned(TimeZone::UTC).date();
        let is_weekend =
            matches!(date.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
        let is_quarters_end = date.month() % 3 == 0 && date.day() >= 27 && !is_weekend;
        let people = u32::try_from(plan.people).unwrap_or(u32::MAX);
        Self { number, midnight_s, is_weekend, is_quarters_end, people }
    }

    /// When it is so late on the wall of an office, in milliseconds since 1970.
    pub(super) fn at_ms(&self, zone: &str, local_s: i64) -> i64 {
        (self.midnight_s - offset_s(zone) + local_s) * 1_000
    }
}

/// How far an office is ahead of UTC. All days are in summer.
fn offset_s(zone: &str) -> i64 {
    let hours = match zone {
        "Europe/Berlin" => 2,
        "Europe/Lisbon" => 1,
        "America/Toronto" => -4,
        _ => 8,
    };
    hours * 3_600
}

impl Diary<'_> {
    pub(super) fn add(&mut self, at_ms: i64, seat: Seat, what: What) {
        // No two acts of the same instant, however many there are.
        let at_ms = at_ms + self.dice.below(900) as i64;
        let salt = self.dice.roll();
        let (who, incident) = (self.who, self.incident);
        self.acts.push(Act { at_ms, who, seat, what, salt, incident });
    }
}

/// Lives a person's day.
pub(super) fn live(
    habits: &mut Habits,
    number: u32,
    day: &Day,
    dice: &mut Dice,
    acts: &mut Vec<Act>,
) {
    if day.number < habits.from_day || is_away(habits, day, dice) {
        return;
    }
    let mut diary = Diary { who: Who::Person(number), dice, acts, incident: None };
    if habits.is_eventful {
        burst::night_on_call(habits, day, &mut diary);
    }
    let share = if day.is_weekend { 0.15 } else { 1.0 };
    let count = poisson(habits.rate * share, diary.dice);
    if count == 0 {
        return;
    }
    update(habits, day);
    let (net, line) = habits.net(day.number);
    let morning = habits.morning_s + diary.dice.below(3_600) as i64 - 1_800;
    let start = day.at_ms(habits.zone, morning);
    let is_new = habits.is_eventful && burst::new_device(habits, day, diary.dice);
    habits.session = diary.dice.roll();
    if is_new || habits.for_days(day.number, 1, 0x79).is_multiple_of(20) {
        habits.chat_session = diary.dice.roll() >> 20;
    }
    let seat = habits.seat(net, line);
    let began = begin(habits, day, start, seat, is_new, &mut diary);
    if is_new {
        burst::settle_in(habits, began, seat, &mut diary);
    }
    work(habits, day, (began, count), seat, &mut diary);
    if habits.is_eventful {
        burst::of_the_day(habits, day, start, seat, &mut diary);
    }
}

/// Not there: a free weekend, or leave for a week.
fn is_away(habits: &Habits, day: &Day, dice: &mut Dice) -> bool {
    let is_on_leave = habits.for_days(day.number, 7, 0x78) % 100 < 4;
    is_on_leave || habits.is_in_the_air(day.number) || (day.is_weekend && dice.below(100) >= 20)
}

/// Browsers get newer, each on its own day.
fn update(habits: &mut Habits, day: &Day) {
    let released = 138 + ((day.number + 28 - (habits.seed % 9) as u32) / 28) as u16 - 1;
    habits.desk.version = habits.desk.version.max(released);
    habits.phone.version = habits.phone.version.max(released);
}

/// Signs in, as on any day; returns when that is done.
fn begin(
    habits: &Habits,
    day: &Day,
    start: i64,
    seat: Seat,
    is_new_device: bool,
    diary: &mut Diary<'_>,
) -> i64 {
    let mut at = start;
    let mut then = |diary: &mut Diary<'_>, what: What| {
        diary.add(at, seat, what);
        at += 4_000 + diary.dice.below(9_000) as i64;
    };
    let typos = if diary.dice.below(25) == 0 { 1 + diary.dice.below(3) } else { 0 };
    for _ in 0..typos {
        then(diary, What::Okta(Okta::SignIn { is_good: false, is_new_device }));
    }
    then(diary, What::Okta(Okta::PolicyAsked));
    if diary.dice.below(250) == 0 {
        // Nobody looks before they press.
        then(diary, What::Okta(Okta::Push { is_accepted: false }));
    }
    then(diary, What::Okta(Okta::Push { is_accepted: true }));
    then(diary, What::Okta(Okta::SignIn { is_good: true, is_new_device }));
    if habits.for_days(day.number, 1, 0x79).is_multiple_of(20) || is_new_device {
        then(diary, What::Slack(Slack::Login));
    }
    if habits.seed.is_multiple_of(3) {
        then(diary, What::Google(Google::Login { is_good: true }));
    }
    if habits.seed.is_multiple_of(5) {
        let is_good = diary.dice.below(30) > 0;
        then(diary, What::Entra(Entra::SignIn { is_good, is_risky: false }));
        if !is_good {
            then(diary, What::Entra(Entra::SignIn { is_good: true, is_risky: false }));
        }
    }
    at
}

/// Does what there is to do, until the evening.
fn work(
    habits: &Habits,
    day: &Day,
    (began, count): (i64, usize),
    seat: Seat,
    diary: &mut Diary<'_>,
) {
    let vpn = habits.has_vpn && habits.for_days(day.number, 1, 0x7a).is_multiple_of(4);
    let vpn_from = began + 3_600_000 * (1 + (habits.seed % 5) as i64);
    let company_vpn =
        habits.is_engineer() && habits.for_days(day.number, 1, 0x7b).is_multiple_of(6);
    for _ in 0..count {
        let at = began + hour_of_work_ms(diary.dice);
        let mut seat = seat;
        if vpn && (vpn_from..vpn_from + 2 * 3_600_000).contains(&at) {
            seat = seat.at(Net::Vpn, habits.seed);
        } else if company_vpn && at > vpn_from {
            seat = seat.at(Net::CompanyVpn, habits.seed);
        } else if diary.dice.below(100) < 7 && habits.journey(day.number).is_none() {
            // From the telephone, in an app that is signed in since long ago.
            seat = seat.at(Net::Mobile(habits.office), habits.for_days(day.number, 3, 0x7c));
            seat.device = habits.phone;
            seat.session ^= 1;
            seat.chat_session ^= 1;
        }
        let what = usual(habits, diary.dice);
        seat.device = tool(seat, what, habits);
        diary.add(at, seat, what);
    }
}

/// A time of the day: much in the morning and in the afternoon, little at noon and in the evening.
fn hour_of_work_ms(dice: &mut Dice) -> i64 {
    let minute = match dice.below(100) {
        0..46 => dice.below(210),
        46..52 => 210 + dice.below(60),
        52..94 => 270 + dice.below(240),
        _ => 510 + dice.below(270),
    };
    minute as i64 * 60_000 + dice.below(60_000) as i64
}

/// Some vendors are not used through a browser.
pub(super) fn tool(seat: Seat, what: What, habits: &Habits) -> super::records::agents::Device {
    let kind = match what {
        What::GitHub(GitHub::Clone { .. } | GitHub::Fetch { .. } | GitHub::Push { .. }) => {
            Kind::Git
        }
        What::Aws(_) if !habits.seed.is_multiple_of(3) => Kind::AwsTool,
        _ => return seat.device,
    };
    super::records::agents::Device { kind, ..habits.desk }
}

/// One thing that somebody does now and then.
fn usual(habits: &Habits, dice: &mut Dice) -> What {
    let own = |dice: &mut Dice, of: u64, count: usize| {
        // Mostly the first few of one's own things, seldom anything.
        let place = dice.below(count).min(dice.below(count)).min(dice.below(count)) as u64;
        (super::records::mixed(habits.seed ^ of ^ (place << 9)) % 40_000) as u32
    };
    if habits.is_engineer() && dice.below(100) < 55 {
        return match dice.below(20) {
            0 => What::GitHub(GitHub::Clone { repo: own(dice, 1, 60) % 2_000 }),
            1..=5 => What::GitHub(GitHub::Fetch { repo: own(dice, 1, 12) % 2_000 }),
            6..=8 => What::GitHub(GitHub::Push { repo: own(dice, 1, 8) % 2_000 }),
            9 => What::GitHub(GitHub::Merge { repo: own(dice, 1, 8) % 2_000 }),
            10..=18 => What::Aws(Aws::Call {
                call: dice.below(aws_calls() as usize).min(dice.below(aws_calls() as usize)) as u32,
            }),
            _ if dice.below(30) == 0 => What::Aws(Aws::ConsoleLogin),
            _ => What::Aws(Aws::Get { object: own(dice, 2, 30) }),
        };
    }
    match dice.below(100) {
        0..=29 => What::Okta(Okta::App { app: own(dice, 3, 14) % 90 }),
        30..=34 => What::Okta(Okta::PolicyAsked),
        35..=57 => What::Google(Google::View { document: own(dice, 4, 200) }),
        58..=72 => What::Google(Google::Edit { document: own(dice, 4, 40) }),
        73..=75 => What::Google(Google::Download { document: own(dice, 4, 200), by: None }),
        76 if dice.below(8) == 0 => {
            let app = own(dice, 5, 5) % 60;
            What::Google(Google::Authorize { app, is_wide: app.is_multiple_of(8) })
        }
        77..=85 => What::Slack(Slack::Download { file: own(dice, 6, 400) }),
        86..=90 => What::Slack(Slack::Upload { file: own(dice, 6, 400) }),
        91..=93 => What::Slack(Slack::Joined { channel: own(dice, 7, 50) % 900 }),
        94 => What::Slack(Slack::LinkShared { file: own(dice, 6, 400) }),
        95..=96 => What::Okta(Okta::SessionEnd),
        97 => What::Slack(Slack::Logout),
        _ => What::Google(Google::Login { is_good: dice.below(12) > 0 }),
    }
}

/// How often something happens that happens so often on average.
pub(super) fn poisson(mean: f64, dice: &mut Dice) -> usize {
    let unit = |dice: &mut Dice| (dice.below(1 << 30) as f64 + 0.5) / f64::from(1 << 30);
    if mean > 40.0 {
        // Nearly normal: the sum of twelve, less six.
        let normal: f64 = (0..12).map(|_| unit(dice)).sum::<f64>() - 6.0;
        return (mean + normal * mean.sqrt()).max(0.0) as usize;
    }
    let (limit, mut product, mut count) = ((-mean).exp(), unit(dice), 0);
    while product > limit {
        product *= unit(dice);
        count += 1;
    }
    count
}
