//! The company's machines: they never sleep, and do much of the same.

use super::{
    Plan,
    act::{Act, Aws, GitHub, Okta, Robot, Seat, What, Who},
    day::{Day, Diary},
    networks::Net,
    records::{
        agents::{Device, Kind},
        aws_calls, mixed,
    },
};
use crate::company::Dice;

/// Builds, for each thousand people in a day.
const BUILDS_PER_THOUSAND: u64 = 300;
/// Objects that are copied each night, for each thousand people.
const COPIES_PER_THOUSAND: u64 = 150;

/// Lives the machines' day.
pub(super) fn live(plan: &Plan, day: &Day, people: u32, acts: &mut Vec<Act>) {
    let mut dice = Dice::new(mixed(plan.seed ^ u64::from(day.number) ^ 0x72_6f_62));
    let per_thousand = |count: u64| (count * u64::from(people)).div_ceil(1_000);
    let mut of = |who: Robot, acts: &mut Vec<Act>, write: &mut dyn FnMut(&mut Diary<'_>)| {
        let mut diary = Diary { who: Who::Robot(who), dice: &mut dice, acts, incident: None };
        write(&mut diary);
    };
    let midnight = day.midnight_s * 1_000;
    let any_time = |diary: &mut Diary<'_>| midnight + diary.dice.below(86_400_000) as i64;
    of(Robot::Builder, acts, &mut |diary| {
        for _ in 0..per_thousand(BUILDS_PER_THOUSAND) {
            let at = any_time(diary);
            let repo = diary.dice.below(2_000).min(diary.dice.below(2_000)) as u32;
            let number = diary.dice.roll();
            diary.add(at, seat(Kind::Git, number), What::GitHub(GitHub::Clone { repo }));
        }
    });
    of(Robot::Terraform, acts, &mut |diary| {
        for _ in 0..per_thousand(BUILDS_PER_THOUSAND / 2) {
            let at = any_time(diary);
            let call = diary.dice.below(aws_calls() as usize) as u32;
            let number = diary.dice.roll();
            diary.add(at, seat(Kind::Terraform, number), What::Aws(Aws::Call { call }));
        }
    });
    of(Robot::Backup, acts, &mut |diary| {
        for step in 0..per_thousand(COPIES_PER_THOUSAND) {
            let at = midnight + 2 * 3_600_000 + step as i64 * 700;
            let object = (step % 40_000) as u32;
            diary.add(at, seat(Kind::Machine, 7), What::Aws(Aws::Get { object }));
        }
    });
    of(Robot::Directory, acts, &mut |diary| {
        for _ in 0..per_thousand(40) {
            let at = any_time(diary);
            let who = diary.dice.below(people as usize) as u32;
            diary.add(at, seat(Kind::Machine, 9), What::Okta(Okta::Provisioned { who }));
        }
    });
}

fn seat(kind: Kind, number: u64) -> Seat {
    let device = Device { kind, version: 1, mark: kind as u64 };
    Seat { address: Net::Machines.address(number), device, session: kind as u64, chat_session: 0 }
}
