//! The engine's own steps, time, and bad luck.

use std::sync::atomic::Ordering;

use model::Span;

use crate::sim::{executor::Doing, place::Mode, world::World};

/// Steps of one lane at the same time: more than one, as after a lease has lapsed.
const STEPS_AT_ONCE: usize = 2;
/// From then on time that passes may cut a call off.
const CUTS_OFF: u64 = 10;
/// Polls that let every call end.
const ENOUGH_POLLS: usize = 60;

impl World {
    pub(super) fn work_lane(&mut self) {
        let lanes = self.engine.lanes();
        let name = lanes[self.below(lanes.len())].clone();
        if self.tasks.count(&Doing::Lane(name.clone())) < STEPS_AT_ONCE {
            self.start_lane(name);
        }
    }

    pub(super) fn work_timers(&mut self) {
        if self.tasks.count(&Doing::Timers) < STEPS_AT_ONCE {
            self.start_timers();
        }
    }

    pub(super) fn sweep(&mut self) {
        let engine = self.engine.clone();
        self.start("expired records are swept", async move {
            match engine.sweep_once().await {
                Ok(()) => "done".to_owned(),
                Err(error) => error.to_string(),
            }
        });
    }

    pub(super) fn pass_time(&mut self) {
        let seconds = match self.below(20) {
            0..=8 => 1,
            9..=11 => 5,
            12..=13 => 30,
            14..=15 => 61,
            16..=17 => 60 * (1 + self.below(30) as u64),
            18 => 3_600 * (1 + self.below(20) as u64),
            _ => 86_400 * (1 + self.below(4) as u64),
        };
        if self.is_clean() {
            // Nothing goes wrong here, so that no call may be cut off by time that jumps.
            self.poll(ENOUGH_POLLS * self.tasks.len());
            let seconds = if self.tasks.len() == 0 { seconds } else { 1 };
            return self.place.clock.advance(Span::seconds(seconds));
        }
        if self.tasks.len() > 0 {
            self.crept += seconds;
        }
        if self.crept >= CUTS_OFF {
            self.crept = 0;
            self.place.witness.disrupt();
        }
        if seconds > 60 {
            self.say(format!("{seconds} seconds pass"));
        }
        self.place.clock.advance(Span::seconds(seconds));
    }

    pub(super) fn misfortune(&mut self) {
        match self.place.mode {
            Mode::Clean => {}
            Mode::Kills => self.kill_or_turn_back(),
            Mode::Stormy => match self.below(8) {
                0..=2 => self.kill_or_turn_back(),
                3 => self.fill_disk(),
                _ => self.break_vendor(),
            },
        }
    }

    fn kill_or_turn_back(&mut self) {
        if !self.chance(250) {
            return self.kill();
        }
        let back = Span::seconds(1 + self.below(900) as u64);
        self.say(format!("the clock is set back by {back}"));
        self.place.witness.turn_back();
        let earlier = back.before(self.now());
        self.place.clock.set(earlier);
    }

    fn fill_disk(&mut self) {
        let disk = self.place.disk.clone();
        let flag = if self.chance(500) { &disk.is_full } else { &disk.is_low };
        let was = flag.fetch_xor(true, Ordering::Relaxed);
        self.say(if was { "the disk has room again" } else { "the disk fills up" });
    }

    fn break_vendor(&mut self) {
        let outages = self.place.outages();
        let (name, is_down) = &outages[self.below(outages.len())];
        let was = is_down.fetch_xor(true, Ordering::Relaxed);
        self.say(format!("{name} is {}", if was { "back" } else { "out of reach" }));
    }
}
