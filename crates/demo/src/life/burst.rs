//! What looks like an attack and is none.

use super::{
    act::{Aws, Entra, GitHub, Google, Okta, Seat, Slack, What},
    day::{Day, Diary, tool},
    habits::Habits,
    networks::Net,
    records::{agents::Kind, aws_calls, mixed},
};
use crate::company::Dice;

/// A person gets a new laptop or telephone once in so many working days.
const NEW_DEVICE_DAYS: usize = 400;
/// In each week one of so many engineers is on call.
const ON_CALL_OF: u64 = 40;

/// Whether today is the day of a new device; they have it from then on.
pub(super) fn new_device(habits: &mut Habits, day: &Day, dice: &mut Dice) -> bool {
    let is_joining = day.number == habits.from_day && day.number > 0;
    if dice.below(NEW_DEVICE_DAYS) > 0 && !is_joining {
        return false;
    }
    habits.desk.mark = dice.roll();
    if dice.below(3) == 0 {
        habits.desk.kind = *dice.pick(&Kind::DESKS);
    }
    if dice.below(2) == 0 {
        habits.phone.mark = dice.roll();
    }
    true
}

/// A new laptop wants its factor, and an engineer's wants the code.
pub(super) fn settle_in(habits: &Habits, began: i64, seat: Seat, diary: &mut Diary<'_>) {
    if diary.dice.below(3) > 0 {
        diary.add(began + 60_000, seat, What::Okta(Okta::FactorAdded));
    }
    if !habits.is_engineer() {
        return;
    }
    let mut at = began + 600_000;
    for place in 0..3 + diary.dice.below(14) as u64 {
        let repo = (mixed(habits.seed ^ 1 ^ (place << 9)) % 40_000) as u32 % 2_000;
        let what = What::GitHub(GitHub::Clone { repo });
        diary.add(at, Seat { device: tool(seat, what, habits), ..seat }, what);
        at += 20_000 + diary.dice.below(160_000) as i64;
    }
}

/// Somebody is woken, and looks everywhere at once.
pub(super) fn night_on_call(habits: &Habits, day: &Day, diary: &mut Diary<'_>) {
    let is_on_call = habits.team == "Engineering"
        && habits.for_days(day.number, 7, 0x6f).is_multiple_of(ON_CALL_OF);
    if !is_on_call || diary.dice.below(4) > 0 {
        return;
    }
    let seat = habits.seat(Net::Home(habits.office), habits.seed & 0xffff_ffff_ffff_0000);
    let mut at = day.at_ms(habits.zone, 3_600 + diary.dice.below(4 * 3_600) as i64);
    diary.add(at, seat, What::Okta(Okta::Push { is_accepted: true }));
    diary.add(at + 3_000, seat, What::Okta(Okta::SignIn { is_good: true, is_new_device: false }));
    for _ in 0..60 + diary.dice.below(200) {
        at += 2_000 + diary.dice.below(22_000) as i64;
        let what = match diary.dice.below(12) {
            0 => What::GitHub(GitHub::Fetch { repo: diary.dice.below(2_000) as u32 }),
            1 => What::Okta(Okta::App { app: diary.dice.below(12) as u32 }),
            _ => What::Aws(Aws::Call { call: diary.dice.below(aws_calls() as usize) as u32 }),
        };
        diary.add(at, Seat { device: tool(seat, what, habits), ..seat }, what);
    }
}

/// What a team has to do today beside the usual.
pub(super) fn of_the_day(
    habits: &Habits,
    day: &Day,
    start: i64,
    seat: Seat,
    diary: &mut Diary<'_>,
) {
    let at = start + 3_600_000 + diary.dice.below(5 * 3_600_000) as i64;
    match habits.team {
        "Finance" if day.is_quarters_end && diary.dice.below(3) == 0 => {
            for step in 0..15 + diary.dice.below(45) as i64 {
                let document = diary.dice.below(400) as u32;
                let what = What::Google(Google::Download { document, by: None });
                diary.add(at + step * 25_000, seat, what);
            }
        }
        "Sales" if diary.dice.below(120) == 0 => {
            // Everything for a customer, before the train leaves.
            for step in 0..10 + diary.dice.below(20) as i64 {
                let file = diary.dice.below(3_000) as u32;
                diary.add(at + step * 9_000, seat, What::Slack(Slack::Download { file }));
            }
        }
        "Engineering" => rare_of_engineers(at, seat, diary),
        "IT" => look_after_accounts(day, at, seat, diary),
        _ => {}
    }
    if diary.dice.below(2_500) == 0 {
        diary.add(at, seat, What::Okta(Okta::PasswordChanged));
    }
}

fn rare_of_engineers(at: i64, seat: Seat, diary: &mut Diary<'_>) {
    let what = match diary.dice.below(900) {
        0 => What::Aws(Aws::KeyMade { key: diary.dice.below(200) as u32 }),
        1..=3 => What::GitHub(GitHub::TokenMade),
        4 => What::GitHub(GitHub::ProtectionOff { repo: diary.dice.below(2_000) as u32 }),
        _ => return,
    };
    diary.add(at, seat, what);
}

fn look_after_accounts(day: &Day, at: i64, seat: Seat, diary: &mut Diary<'_>) {
    let somebody = |diary: &mut Diary<'_>| diary.dice.below(day.people as usize) as u32;
    if diary.dice.below(4) == 0 {
        let (who, group) = (somebody(diary), diary.dice.below(60) as u32);
        diary.add(at, seat, What::Okta(Okta::GroupJoined { who, group }));
        diary.add(at + 20_000, seat, What::Entra(Entra::GroupJoined { who, group }));
    }
    if diary.dice.below(25) == 0 {
        let of = somebody(diary);
        diary.add(at + 40_000, seat, What::Okta(Okta::FactorsReset { of }));
    }
    if diary.dice.below(9_000) == 0 {
        let to = somebody(diary);
        diary.add(at + 90_000, seat, What::Okta(Okta::AdminGranted { to }));
    }
}
