//! The five fields of cron: minute, hour, day of the month, month, day of the week. Numbers, names, lists, ranges and
//! steps; Sunday is 0 and 7. When both days are said, either is enough, as cron has always had it.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::time::Timestamp;

/// A day that comes at all comes within these: a 29th of February, over a century without one.
const DAYS_AHEAD: u32 = 8 * 366 + 2;

/// A line of cron.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    line: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether either day is enough: both are said.
    either_day: bool,
}

/// Why a line is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cron: {0}")]
pub struct CronFault(String);

/// A field: what it is called, its smallest and largest number, and the names of its numbers.
struct Field(&'static str, u8, u8, &'static [&'static str]);

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: [Field; 5] = [
    Field("minute", 0, 59, &[]),
    Field("hour", 0, 23, &[]),
    Field("day of the month", 1, 31, &[]),
    Field("month", 1, 12, &MONTHS),
    Field("day of the week", 0, 7, &WEEKDAYS),
];

impl Cron {
    /// The first time after this one that the line names, by the clock of the zone. A time that the clock leaves out is
    /// the one it goes on with, and one that comes twice counts once, at the first.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let instant = jiff::Timestamp::from_microsecond(after.micros()).ok()?;
        let mut day = instant.to_zoned(zone.clone()).date();
        for _ in 0..DAYS_AHEAD {
            if self.names_day(day) {
                let found = self
                    .times()
                    .filter_map(|time| at(day, time, zone))
                    .filter(|at| *at > after)
                    .min();
                if found.is_some() {
                    return found;
                }
            }
            day = day.checked_add(1.day()).ok()?;
        }
        None
    }

    fn names_day(&self, day: Date) -> bool {
        let has =
            |set: u64, number: i8| u32::try_from(number).is_ok_and(|number| set >> number & 1 == 1);
        let of_month = has(self.days, day.day());
        let of_week = has(self.weekdays, day.weekday().to_sunday_zero_offset());
        let is_day = if self.either_day {
            of_month || of_week
        } else {
            of_month && of_week
        };
        has(self.months, day.month()) && is_day
    }

    fn times(&self) -> impl Iterator<Item = Time> {
        let hours = (0..24i8).filter(|hour| self.hours >> hour & 1 == 1);
        hours.flat_map(|hour| {
            let minutes = (0..60i8).filter(|minute| self.minutes >> minute & 1 == 1);
            minutes.filter_map(move |minute| Time::new(hour, minute, 0, 0).ok())
        })
    }
}

fn at(day: Date, time: Time, zone: &TimeZone) -> Option<Timestamp> {
    let at = day.to_datetime(time).to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_micros(at.timestamp().as_microsecond()))
}

impl FromStr for Cron {
    type Err = CronFault;

    fn from_str(text: &str) -> Result<Self, CronFault> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let Ok(fields) = <[&str; 5]>::try_from(words) else {
            let detail =
                "takes five fields: minute, hour, day of the month, month, day of the week";
            return Err(CronFault(detail.to_owned()));
        };
        let line = fields.join(" ");
        let mut sets = [0u64; 5];
        for ((set, field), word) in sets.iter_mut().zip(&FIELDS).zip(fields) {
            *set = read(field, word)?;
        }
        let [minutes, hours, days, months, weekdays] = sets;
        // Sunday is 0 and 7.
        let weekdays = (weekdays | weekdays >> 7) & 0x7F;
        let either_day = !fields[2].starts_with('*') && !fields[4].starts_with('*');
        let cron = Self {
            line,
            minutes,
            hours,
            days,
            months,
            weekdays,
            either_day,
        };
        let start = Timestamp::from_micros(0);
        if cron.next_after(start, &TimeZone::UTC).is_none() {
            return Err(CronFault("no day is ever like that".to_owned()));
        }
        Ok(cron)
    }
}

fn read(field: &Field, word: &str) -> Result<u64, CronFault> {
    word.split(',')
        .try_fold(0, |set, part| Ok(set | part_of(field, part)?))
}

/// `*`, `5`, `mon`, `1-5`, each with `/2`.
fn part_of(field: &Field, part: &str) -> Result<u64, CronFault> {
    let Field(name, least, most, _) = field;
    let fault = || {
        CronFault(format!(
            "the {name} takes {least} to {most}, lists, ranges and steps such as */15, 1-5 or 1,3"
        ))
    };
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (
            range,
            number(step).filter(|step| *step > 0).ok_or_else(fault)?,
        ),
        None => (part, 1),
    };
    let value = |word: &str| one(field, word).ok_or_else(fault);
    let (from, to) = match range.split_once('-') {
        _ if range == "*" => (*least, *most),
        Some((from, to)) => (value(from)?, value(to)?),
        None if part.contains('/') => (value(range)?, *most),
        None => (value(range)?, value(range)?),
    };
    if from > to {
        return Err(fault());
    }
    let numbers = (from..=to).step_by(usize::from(step));
    Ok(numbers.fold(0, |set, number| set | 1 << number))
}

fn one(field: &Field, word: &str) -> Option<u8> {
    let Field(_, least, most, names) = field;
    let by_name = names
        .iter()
        .position(|name| word.eq_ignore_ascii_case(name));
    let value = match by_name {
        Some(place) => u8::try_from(place).ok()? + least,
        None => number(word)?,
    };
    (least..=most).contains(&&value).then_some(value)
}

fn number(word: &str) -> Option<u8> {
    let is_number = (1..=2).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { word.parse().ok() } else { None }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}
