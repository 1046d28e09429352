//! What a FIT file of a ride has to hold, worked out from the ride log without the program that writes it: for
//! `tests/peers/fit/board.sh`, which holds foreign readers to it.

use sling_core::head_unit::{Assignment, Context, Event};
use sling_core::log::ride::{Entry, Life};
use sling_core::sensor::{Identity, Muscle, Value};
use sling_core::time::{Duration, Instant};
use std::fmt::Write;

const READING_HOLDS: Duration = Duration::from_ms(7000);
const CONTEXT_HOLDS: Duration = Duration::from_ms(5000);

/// The records and the events of a ride of one leg's VL and MG with tHb in g/dL, as two tables.
pub fn tables(entries: &[(Instant, Entry)]) -> (String, String) {
    let origin = entries[0].0;
    let since = |at: Instant| Instant::from_ms(at.as_ms() - origin.as_ms());
    let (at, unix_s) = entries
        .iter()
        .find_map(|(at, it)| match it {
            Entry::Event(Event::WallTime { unix_s, .. }) => Some((*at, *unix_s)),
            _ => None,
        })
        .expect("the time of day is known");
    let start = unix_s - u64::from(at.since(origin).as_s());
    let worn = |muscle| -> Assignment {
        let of = |(_, it): &(Instant, Entry)| match it {
            Entry::Worn(worn) if worn.site.muscle == muscle => Some(*worn),
            _ => None,
        };
        entries.iter().find_map(of).expect("it is worn")
    };
    let [thigh, calf] = [Muscle::VastusLateralis, Muscle::GastrocnemiusMedialis].map(worn);
    let number = |worn: &Assignment| match worn.identity {
        Identity::Ant { number, .. } => number,
        other => panic!("{other:?}"),
    };
    let names =
        [("1st", number(&thigh), "Quad (vl)"), ("2nd", number(&calf), "Calf (mg)")].map(|(place, number, muscle)| {
            format!("{place} SmO2 Sensor {number} on R. {muscle},{place} THb Sensor {number} on R. {muscle}")
        });
    let mut records = format!(
        "timestamp,power,cadence,heart_rate,saturated_hemoglobin_percent,total_hemoglobin_conc,{},Sling D,Sling calf share\n",
        names.join(",")
    );

    let mut rest = entries.iter().peekable();
    let mut state = State::default();
    let mut seconds = Vec::new();
    let end = since(entries.last().expect("there are entries").0).as_ms().div_ceil(1000);
    for second in 0..=end {
        let at = Instant::from_ms(second * 1000);
        while let Some((then, entry)) = rest.next_if(|(then, _)| since(*then) <= at || second == end) {
            state.take(since(*then), entry, [&thigh, &calf]);
        }
        let is_alive = state.alive.is_some_and(|alive| at < alive + READING_HOLDS);
        if is_alive && (!state.rests || second == end) {
            seconds.push(second);
            writeln!(records, "{},{}", start + second, state.row(at)).unwrap();
        }
    }

    let (first, last) = (seconds[0], *seconds.last().expect("there are records"));
    let mut events = format!("timestamp,event,event_type,text\n{},timer,start,\n", start + first);
    for (at, entry) in entries {
        let said = match entry {
            Entry::Event(Event::Alert { pattern, place, level, .. }) => {
                format!("{} {} {}", pattern.code(), place.site, level.code())
            }
            Entry::Event(Event::AlertLevel { pattern, site, level }) => {
                format!("{} {site} {}", pattern.code(), level.code())
            }
            Entry::Event(Event::AlertCleared { pattern, site }) => format!("{} {site} cleared", pattern.code()),
            Entry::Event(Event::Nudge { cue }) => cue.code().to_owned(),
            Entry::Event(Event::Marker { label }) => format!("marker: {label}"),
            _ => continue,
        };
        let second = since(*at).as_ms().div_ceil(1000).clamp(first, last);
        writeln!(events, "{},user_marker,marker,{said}", start + second).unwrap();
    }
    writeln!(events, "{},timer,stop_all,", start + last).unwrap();
    (records, events)
}

#[derive(Default)]
struct State {
    values: [Option<(Instant, Value)>; 2],
    context: [Option<(Instant, u16)>; 3],
    d: Option<(Instant, i16)>,
    alive: Option<Instant>,
    rests: bool,
}

impl State {
    fn take(&mut self, at: Instant, entry: &Entry, worn: [&Assignment; 2]) {
        match entry {
            Entry::Sample { site, reading } => {
                self.alive = Some(at);
                if let Some(place) = worn.iter().position(|worn| worn.site == *site) {
                    self.values[place] = reading.ok().map(|value| (at, value));
                }
            }
            Entry::Context(Context { power, cadence, heart_rate, .. }) => {
                self.alive = Some(at);
                let news = [power.map(|it| it.0), cadence.map(|it| it.0), heart_rate.map(|it| it.0)];
                for (held, news) in self.context.iter_mut().zip(news) {
                    *held = news.map(|value| (at, value)).or(*held);
                }
            }
            Entry::Balance { d_tenths, .. } => self.d = Some((at, *d_tenths)),
            Entry::Life(Life::Paused | Life::Stood | Life::Ended) => self.rests = true,
            Entry::Life(_) => self.rests = false,
            _ => {}
        }
    }

    fn row(&self, at: Instant) -> String {
        let number = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value}"));
        let mut row: Vec<String> = self
            .context
            .iter()
            .map(|held| {
                number(held.filter(|(then, _)| at.since(*then) <= CONTEXT_HOLDS).map(|(_, value)| value.into()))
            })
            .collect();
        let muscles: Vec<String> = self
            .values
            .iter()
            .flat_map(|value| {
                let value = value.filter(|(then, _)| at.since(*then) < READING_HOLDS).map(|(_, value)| value);
                let smo2 = value.map(|value| f64::from(value.smo2.tenths()) / 10.0);
                let thb = value.and_then(|value| value.thb).map(|thb| f64::from(thb.hundredths) / 100.0);
                [number(smo2), number(thb)]
            })
            .collect();
        row.extend_from_slice(&muscles[..2]);
        row.extend(muscles);
        let d = self.d.filter(|(then, _)| at.since(*then) <= CONTEXT_HOLDS).map(|(_, d)| f64::from(d) / 10.0);
        row.push(number(d));
        // The bar is full at 20 points.
        row.push(number(d.map(|d| (50.0 - d.clamp(-20.0, 20.0) * 2.5).round())));
        row.join(",")
    }
}
