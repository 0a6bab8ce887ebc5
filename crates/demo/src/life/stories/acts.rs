//! What the attacker does in each story, step by step.

use super::Story;
use crate::{
    company::Dice,
    life::{
        Incident,
        act::{Act, Aws, Entra, GitHub, Google, Okta, Seat, Slack, What, Who},
        day::{Day, Diary},
        habits::Habits,
        networks::Net,
        records::agents::{Device, Kind},
    },
};

const MINUTE_MS: i64 = 60_000;

/// An attack that is about to happen.
pub(in crate::life) struct Attack<'a> {
    incident: &'a Incident,
    /// When it begins.
    at: i64,
    /// At night where the victim is.
    night: i64,
    /// As the victim sits today.
    own: Seat,
    dice: &'a mut Dice,
}

impl<'a> Attack<'a> {
    /// An attack on somebody, who has done all that today.
    pub(in crate::life) fn of(
        incident: &'a Incident,
        habits: &Habits,
        day: &Day,
        today: &[Act],
        dice: &'a mut Dice,
    ) -> Self {
        let afternoon = day.at_ms(habits.zone, 13 * 3_600 + dice.below(4 * 3_600) as i64);
        let (net, line) = habits.net(day.number);
        let own = habits.seat(net, line);
        // Where the victim is active it comes soon after something they do.
        let in_hours =
            today.iter().filter(|act| act.at_ms <= afternoon && act.seat.address == own.address);
        let last = in_hours.map(|act| act.at_ms).max();
        let at = last.map_or(afternoon, |last| last + (5 + dice.below(40) as i64) * MINUTE_MS);
        let night = day.at_ms(habits.zone, 3_600 + dice.below(3 * 3_600) as i64);
        Self { incident, at, night, own, dice }
    }
}

/// Lets it happen.
pub(in crate::life) fn happen(attack: Attack<'_>, people: u32, acts: &mut Vec<Act>) {
    let Attack { incident, at, night, own, dice } = attack;
    let who = Who::Person(incident.victim);
    let stranger = Stranger { address: dice.roll(), device: stranger(dice), session: dice.roll() };
    let mut diary = Diary { who, dice, acts, incident: Some(incident.number) };
    let mut pen = Pen { at, own, stranger, diary: &mut diary };
    match incident.story {
        Story::StolenCookie => stolen_cookie(&mut pen),
        Story::PushFatigue => push_fatigue(&mut pen, night),
        Story::FarAway => far_away(&mut pen),
        Story::PasswordSpray => password_spray(&mut pen, people),
        Story::KeyElsewhere => key_elsewhere(&mut pen, incident.number),
        Story::MassClone => mass_clone(&mut pen),
        Story::NewAdmin => new_admin(&mut pen, people),
        Story::TrailStopped => trail_stopped(&mut pen),
        Story::DriveExport => drive_export(&mut pen, incident.number),
        Story::ChatScraping => chat_scraping(&mut pen),
        Story::EntraTakeover => entra_takeover(&mut pen, people),
    }
}

/// Whom nobody invited.
struct Stranger {
    address: u64,
    device: Device,
    session: u64,
}

fn stranger(dice: &mut Dice) -> Device {
    let kind = *dice.pick(&[Kind::WindowsChrome, Kind::LinuxFirefox, Kind::MacChrome]);
    Device { kind, version: 131 + dice.below(6) as u16, mark: dice.roll() }
}

/// Writes down one thing after another.
struct Pen<'p, 'd> {
    at: i64,
    own: Seat,
    stranger: Stranger,
    diary: &'p mut Diary<'d>,
}

impl Pen<'_, '_> {
    /// After a pause of up to so many seconds.
    fn then(&mut self, seconds: usize, seat: Seat, what: What) {
        self.at += 1_000 + self.diary.dice.below(seconds.max(1) * 1_000) as i64;
        self.diary.add(self.at, seat, what);
    }

    /// The stranger's own seat, in sessions of their own.
    fn strange(&self, net: Net) -> Seat {
        let Stranger { address, device, session } = self.stranger;
        Seat { address: net.address(address), device, session, chat_session: session >> 20 }
    }

    /// The stranger's seat, in the victim's sessions.
    fn stolen(&self, net: Net) -> Seat {
        let Seat { session, chat_session, .. } = self.own;
        Seat { session, chat_session, ..self.strange(net) }
    }

    fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.diary.dice.below(most - least + 1)
    }

    fn number(&mut self, below: usize) -> u32 {
        self.diary.dice.below(below) as u32
    }
}

fn stolen_cookie(pen: &mut Pen<'_, '_>) {
    let seat = pen.stolen(Net::Tor);
    for _ in 0..pen.between(3, 6) {
        let app = pen.number(90);
        pen.then(90, seat, What::Okta(Okta::App { app }));
    }
    let seat = pen.strange(Net::Tor);
    pen.then(60, seat, What::Slack(Slack::Login));
    for _ in 0..pen.between(25, 90) {
        let file = pen.number(40_000);
        pen.then(12, seat, What::Slack(Slack::Download { file }));
    }
}

fn push_fatigue(pen: &mut Pen<'_, '_>, night: i64) {
    pen.at = night;
    let seat = pen.strange(Net::Cloud);
    for _ in 0..pen.between(6, 14) {
        pen.then(70, seat, What::Okta(Okta::Push { is_accepted: false }));
    }
    pen.then(60, seat, What::Okta(Okta::Push { is_accepted: true }));
    pen.then(5, seat, What::Okta(Okta::SignIn { is_good: true, is_new_device: true }));
    for _ in 0..pen.between(2, 5) {
        let app = pen.number(90);
        pen.then(120, seat, What::Okta(Okta::App { app }));
    }
}

fn far_away(pen: &mut Pen<'_, '_>) {
    // The further of two: no victim sits next to both.
    let city = *pen.diary.dice.pick(&[7, 8, 10, 11, 15]);
    let seat = pen.strange(Net::Elsewhere(city));
    pen.then(60, seat, What::Okta(Okta::Push { is_accepted: true }));
    pen.then(5, seat, What::Okta(Okta::SignIn { is_good: true, is_new_device: true }));
    pen.then(60, seat, What::Google(Google::Login { is_good: true }));
    for _ in 0..pen.between(80, 220) {
        let document = pen.number(40_000);
        pen.then(10, seat, What::Google(Google::Download { document, by: None }));
    }
}

fn password_spray(pen: &mut Pen<'_, '_>, people: u32) {
    let seat = pen.strange(Net::Cloud);
    let victim = pen.diary.who;
    for _ in 0..pen.between(60, 150) {
        pen.diary.who = Who::Person(pen.number(people as usize));
        pen.then(25, seat, What::Okta(Okta::SignIn { is_good: false, is_new_device: true }));
    }
    pen.diary.who = victim;
    pen.then(25, seat, What::Okta(Okta::SignIn { is_good: true, is_new_device: true }));
    for _ in 0..pen.between(1, 4) {
        let app = pen.number(90);
        pen.then(120, seat, What::Okta(Okta::App { app }));
    }
}

fn key_elsewhere(pen: &mut Pen<'_, '_>, number: u32) {
    let mut seat = pen.stolen(Net::Cloud);
    seat.device.kind = Kind::AwsTool;
    let key = 500 + number;
    pen.then(60, seat, What::Aws(Aws::WhoAmI));
    pen.then(60, seat, What::Aws(Aws::KeyMade { key }));
    pen.diary.who = Who::Key(key);
    pen.at += pen.diary.dice.below(90) as i64 * MINUTE_MS;
    let seat = seat.at(Net::Elsewhere(13), pen.stranger.address);
    pen.then(30, seat, What::Aws(Aws::WhoAmI));
    for _ in 0..pen.between(5, 12) {
        pen.then(20, seat, What::Aws(Aws::ListAll));
    }
    for _ in 0..pen.between(20, 120) {
        let object = pen.number(40_000);
        pen.then(6, seat, What::Aws(Aws::Get { object }));
    }
}

fn mass_clone(pen: &mut Pen<'_, '_>) {
    let mut seat = pen.stolen(Net::Cloud);
    seat.device.kind = Kind::Git;
    let first = pen.number(1_800);
    for step in 0..pen.between(40, 150) as u32 {
        pen.then(6, seat, What::GitHub(GitHub::Clone { repo: (first + step) % 2_000 }));
    }
}

fn new_admin(pen: &mut Pen<'_, '_>, people: u32) {
    let seat = pen.strange(Net::Elsewhere(14));
    pen.then(60, seat, What::Okta(Okta::Push { is_accepted: true }));
    pen.then(5, seat, What::Okta(Okta::SignIn { is_good: true, is_new_device: true }));
    pen.then(300, seat, What::Okta(Okta::FactorAdded));
    let to = pen.number(people as usize);
    pen.then(600, seat, What::Okta(Okta::AdminGranted { to }));
}

fn trail_stopped(pen: &mut Pen<'_, '_>) {
    let mut seat = pen.stolen(Net::Cloud);
    seat.device.kind = Kind::AwsTool;
    pen.then(60, seat, What::Aws(Aws::WhoAmI));
    for _ in 0..pen.between(2, 5) {
        pen.then(30, seat, What::Aws(Aws::ListAll));
    }
    pen.then(60, seat, What::Aws(Aws::TrailStopped));
    if pen.number(2) == 0 {
        pen.then(60, seat, What::Aws(Aws::TrailDeleted));
    }
}

fn drive_export(pen: &mut Pen<'_, '_>, number: u32) {
    let app = 900 + number;
    // The victim is talked into it, at their own desk.
    let own = pen.own;
    pen.then(60, own, What::Google(Google::Authorize { app, is_wide: true }));
    let seat = pen.strange(Net::Cloud);
    for _ in 0..pen.between(150, 400) {
        let document = pen.number(40_000);
        pen.then(4, seat, What::Google(Google::Download { document, by: Some(app) }));
    }
}

fn chat_scraping(pen: &mut Pen<'_, '_>) {
    let mut seat = pen.stolen(Net::Cloud);
    seat.device.kind = Kind::Python;
    for _ in 0..pen.between(60, 250) {
        let file = pen.number(40_000);
        pen.then(5, seat, What::Slack(Slack::Download { file }));
    }
}

fn entra_takeover(pen: &mut Pen<'_, '_>, people: u32) {
    let seat = pen.strange(Net::Vpn);
    pen.then(60, seat, What::Entra(Entra::SignIn { is_good: true, is_risky: true }));
    pen.then(240, seat, What::Entra(Entra::MethodAdded));
    let to = pen.number(people as usize);
    pen.then(600, seat, What::Entra(Entra::RoleGiven { to }));
}
