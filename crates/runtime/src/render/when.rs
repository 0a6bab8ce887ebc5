//! Words about time, on the reader's own clock.

use jiff::{ToSpan, tz::TimeZone};
use model::Timestamp;

use super::{Templates, Words};

/// Whose clock and language.
pub(crate) struct Reader<'a> {
    pub(crate) zone: TimeZone,
    pub(crate) languages: Vec<&'a str>,
    pub(crate) now: Timestamp,
}

impl Reader<'_> {
    /// "today at 14:05, Berlin".
    pub(crate) fn when(&self, templates: &Templates, at: Timestamp) -> String {
        let words =
            Words { moment: self.moment(templates, at), place: self.place(), ..Words::default() };
        self.say(templates, "in_place", &words)
    }

    /// "today at 14:05".
    pub(crate) fn moment(&self, templates: &Templates, at: Timestamp) -> String {
        let there = self.zone.to_datetime(at);
        let today = self.zone.to_datetime(self.now).date();
        let near = |days: i64| today.checked_add(days.days()).ok() == Some(there.date());
        let part = match there.date() {
            date if date == today => "today",
            _ if near(1) => "tomorrow",
            _ if near(-1) => "yesterday",
            _ => "on_day",
        };
        let weekday = usize::try_from(there.date().weekday().to_monday_zero_offset());
        let month = usize::try_from(there.date().month() - 1);
        let words = Words {
            time: format!("{:02}:{:02}", there.hour(), there.minute()),
            day: there.date().day().to_string(),
            weekday: self.listed(templates, "weekdays", weekday.unwrap_or_default()),
            month: self.listed(templates, "months", month.unwrap_or_default()),
            ..Words::default()
        };
        self.say(templates, part, &words)
    }

    /// A text that all messages share.
    pub(crate) fn say(&self, templates: &Templates, part: &str, words: &Words) -> String {
        templates.part("common", part, &self.languages, words)
    }

    fn listed(&self, templates: &Templates, list: &str, index: usize) -> String {
        let all = self.say(templates, list, &Words::default());
        all.split_whitespace().nth(index).unwrap_or_default().to_owned()
    }

    /// The city whose clock it is.
    fn place(&self) -> String {
        let name = self.zone.iana_name().unwrap_or("UTC");
        name.rsplit('/').next().unwrap_or(name).replace('_', " ")
    }
}
