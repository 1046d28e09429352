//! Real sensors on real riders who only rode: the head unit tells of no muscle.
//!
//! What the recordings are worth here, honestly. They have no power, most have one muscle or the same muscle of both legs, and
//! their efforts last four or five minutes. So:
//!
//! - As they were recorded nothing may be judged, for nothing can be compared at matched power. They hold that no detector
//!   is ready without power, and none speaks.
//! - Two of them are efforts at constant power with rests between. To those a power is given that is the same in every
//!   effort, and none in the rests; that it is constant is the protocol's, how many watts is ours. Played again
//!   and again they are long enough to learn from and then be judged.
//! - No pair of calf and thigh was recorded. Two pairs stand in: one thigh against itself one effort later (raw samples as noisy
//!   as any, 4 to 5 points), and the left thigh as the calf of the right. The noise, the kinetics, the
//!   gaps and the tHb are real; that one of them is a calf is not.
//! - A pair in which nothing is found may be one that nobody looks at. So the same rides with a fall put into the calf have
//!   to be told of.
//!
//! The recordings are not in the repository. Their folder is `SLING_DATA`, else `shared/data` beside the repository. Where it
//! is missing these tests say so and pass, unless `SLING_REQUIRE_DATA=1`.

use sling_core::Input;
use sling_core::head_unit::{Assignment, Config, Context, DisarmReason, Event, PatternKind, Place};
use sling_core::sensor::{Identity, Reading, Reason, Sample, Value};
use sling_core::time::Instant;
use sling_core::units::{Rpm, Smo2, Watts};
use sling_simulator::formats::{Item, Options, Recording, open, parse_site};
use sling_simulator::player::{Player, Ticks};
use sling_simulator::sink::{CollectSink, Collected, event_json};
use std::io::Write as _;
use std::path::PathBuf;

/// The shared folder, if it is there.
fn data() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"));
    let folder = std::env::var_os("SLING_DATA").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var_os("SLING_REQUIRE_DATA").is_some_and(|value| value == "1");
    assert!(!required, "SLING_REQUIRE_DATA=1, and {} is no folder", folder.display());
    aloud(&format!("SKIP detection on real sensors: no folder {}; SLING_DATA names another", folder.display()));
    None
}

/// On the terminal itself, which the test harness does not capture.
fn aloud(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}

/// What a sensor said and when, in s from the start.
type Samples = Vec<(f64, Reading)>;

fn recording(file: &str, sites: &str) -> Option<Recording> {
    let sites = sites.split(',').filter(|site| !site.is_empty()).map(|site| parse_site(site).unwrap()).collect();
    Some(open(&data()?.join(file), &Options { sites }).unwrap_or_else(|error| panic!("{error}")))
}

/// One sensor's own samples: what a file repeats of it is not new.
fn samples(recording: &Recording, wanted: u8) -> Samples {
    let mut last = None;
    let sample = |timed: &sling_simulator::formats::Timed| match timed.item {
        Item::Sample { channel, count, reading } if channel == wanted && last.replace(count) != Some(count) => {
            Some((seconds(timed.at), reading))
        }
        _ => None,
    };
    recording.items.iter().filter_map(sample).collect()
}

fn seconds(at: Instant) -> f64 {
    f64::from(u32::try_from(at.as_ms()).expect("a ride is shorter than a month")) / 1000.0
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times of a ride are small and not negative"
)]
fn instant(s: f64) -> Instant {
    Instant::from_ms((s * 1000.0).round() as u64)
}

/// From `from` to `to`, rebased to zero.
fn cut(samples: &Samples, from: f64, to: f64) -> Samples {
    samples.iter().filter(|(at, _)| (from..to).contains(at)).map(|&(at, reading)| (at - from, reading)).collect()
}

/// One after the other, each `length_s` long.
fn in_a_row(blocks: &[Samples], length_s: f64) -> Samples {
    let starts = (0_u32..).map(|i| f64::from(i) * length_s);
    blocks.iter().zip(starts).flat_map(|(block, start)| block.iter().map(move |&(at, r)| (start + at, r))).collect()
}

/// Lets a muscle fall by `points` from `onset_s` on, with a time constant of 20 s.
fn fall(samples: &Samples, onset_s: f64, points: f64) -> Samples {
    let fallen = |at: f64, value: Value| {
        let by = if at > onset_s { points * (1.0 - ((onset_s - at) / 20.0).exp()) } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
        let tenths = (f64::from(value.smo2.tenths()) - 10.0 * by).clamp(1.0, 1000.0) as u16;
        Value { smo2: Smo2::from_tenths(tenths).unwrap(), ..value }
    };
    samples.iter().map(|&(at, reading)| (at, reading.map(|value| fallen(at, value)))).collect()
}

/// Who rides: sensors with their sites, for so long, with efforts of constant power from and to so many seconds, if the
/// protocol had any.
struct Rider<'a> {
    name: &'a str,
    worn: Vec<(&'a str, Samples)>,
    efforts: Option<Vec<(f64, f64)>>,
    length_s: f64,
}

impl Rider<'_> {
    fn ride(&self) -> Collected {
        let mut config = Config::DEFAULT;
        let mut inputs = Vec::new();
        for (channel, (site, samples)) in (0..).zip(&self.worn) {
            let identity = Identity::Channel(channel);
            config.roster.push(Assignment { identity, site: site.parse().unwrap() }).unwrap();
            for (count, &(at, reading)) in (0_u16..).cycle().zip(samples) {
                inputs.push((instant(at), Input::Sample(Sample { identity, count, reading })));
            }
        }
        let mut at = 0.0;
        while at < self.length_s {
            if let Some(efforts) = &self.efforts {
                let rides = efforts.iter().any(|&(from, to)| (from..to).contains(&at));
                let (power, cadence) = if rides { (250, 88) } else { (0, 0) };
                let context = Context { power: Some(Watts(power)), cadence: Some(Rpm(cadence)), ..Context::default() };
                inputs.push((instant(at), Input::Context(context)));
            }
            at += 1.0;
        }
        inputs.sort_by_key(|(at, _)| *at);
        let (sink, events) = CollectSink::new();
        let mut player = Player::new(vec![Box::new(sink)], Ticks::Deadlines);
        player.play(&Input::Configure(config), Instant::ZERO).unwrap();
        for (at, input) in &inputs {
            player.play(input, *at).unwrap();
        }
        player.finish().unwrap();
        events.take()
    }

    /// The same, and says aloud what was judged and what was not.
    fn rides_in_peace_aloud(&self) -> Vec<(Place, f64)> {
        let judged = self.rides_in_peace();
        let place = |(place, minutes): &(Place, f64)| format!("{} judged for {minutes:.1} min", words(place));
        let places: Vec<String> = judged.iter().map(place).collect();
        let places = if places.is_empty() { "nothing is judged".to_owned() } else { places.join(", ") };
        aloud(&format!("{}: of {:.1} min {places}; no alert", self.name, self.length_s / 60.0));
        judged
    }

    /// Rides, and holds that nothing is told of a muscle; minutes in which each place was judged.
    fn rides_in_peace(&self) -> Vec<(Place, f64)> {
        let events = self.ride();
        let alerts: Vec<_> = events.iter().filter(|(_, event)| is_alert(event)).collect();
        let told: Vec<String> = alerts.iter().map(|(at, event)| event_json(*at, event)).collect();
        assert!(told.is_empty(), "{}: {}", self.name, told.join("\n"));
        judged_min(&events, self.length_s)
    }
}

fn words(place: &Place) -> String {
    let against = place.against.map(|site| format!(" against {site}")).unwrap_or_default();
    format!("{}{against}", place.site)
}

fn is_alert(event: &Event) -> bool {
    matches!(event, Event::Alert { .. })
}

/// How long each place was armed, min.
fn judged_min(events: &Collected, end_s: f64) -> Vec<(Place, f64)> {
    let mut judged: Vec<(Place, f64, Option<f64>)> = Vec::new();
    for (at, event) in events {
        let at = seconds(*at);
        match event {
            Event::Armed { place } => match judged.iter_mut().find(|(known, ..)| known == place) {
                Some((.., since)) => *since = since.or(Some(at)),
                None => judged.push((*place, 0.0, Some(at))),
            },
            Event::Disarmed { place, .. } => {
                if let Some((_, sum, since)) = judged.iter_mut().find(|(known, ..)| known == place) {
                    *sum += since.take().map_or(0.0, |since| at - since);
                }
            }
            _ => {}
        }
    }
    let whole =
        |(place, sum, since): (Place, f64, Option<f64>)| (place, (sum + since.map_or(0.0, |s| end_s - s)) / 60.0);
    judged.into_iter().map(whole).collect()
}

/// Judged as a calf against a thigh, min.
fn pair_min(judged: &[(Place, f64)]) -> f64 {
    let of_pair = |place: &Place| place.site.to_string() == "mg.right" && place.against.is_some();
    judged.iter().filter(|(place, _)| of_pair(place)).map(|(_, minutes)| minutes).sum()
}

#[test]
fn without_power_nothing_is_judged_and_no_alert_is_raised() {
    // Sites as the recordings have them; where theirs are unknown, a calf and a thigh, for which there is most to say.
    for (file, sites) in [
        ("mnirs/moxy_intervals.csv", "vl.right"),
        ("mnirs/moxy-occlusion.xlsx", "vl.left"),
        ("mnirs/moxy_ramp.xlsx", "vl.left,vl.right"),
        ("mnirs/moxy_ramp.xlsx", "mg.right,vl.right"),
        ("mnirs/train.red_intervals.csv", ""),
        ("mnirs/train.red_intervals.csv", "vl.right,mg.right"),
        ("mnirs/vo2master.csv", "vl.left,vl.right,mg.left"),
        ("mnirs_dev/vo2master_moxyunit_example.xlsx", "mg.right,vl.right"),
        ("mnirs_dev/vo2master_moxyunit_example.xlsx", "vl.right,mg.right"),
    ] {
        let Some(recording) = recording(file, sites) else { return };
        let named: Vec<String> = recording.channels.iter().map(|channel| channel.site.unwrap().to_string()).collect();
        let worn = (0..).zip(&named).map(|(channel, site)| (site.as_str(), samples(&recording, channel))).collect();
        let length_s = seconds(recording.items.last().unwrap().at);
        let rider = Rider { name: &format!("{file} as {}", named.join(", ")), worn, efforts: None, length_s };
        assert_eq!(rider.rides_in_peace(), [], "{}: judged without power", rider.name);
        if named.contains(&"mg.right".to_owned()) {
            let asks = |event: &Event| matches!(event, Event::Disarmed { reason: DisarmReason::NoPower, .. });
            assert!(rider.ride().iter().any(|(_, event)| asks(event)), "{}: power is not asked for", rider.name);
        }
    }
}

/// Four efforts of four minutes, by one raw Moxy on a thigh. Each block begins a minute before its effort.
const EFFORT_S: f64 = 245.0;
const BLOCK_S: f64 = 362.0;
const EFFORTS: [f64; 4] = [125.0, 487.0, 850.0, 1213.0];
const BLOCKS: usize = 12;

fn moxy_blocks(from: usize) -> Option<Samples> {
    let whole = samples(&recording("mnirs/moxy_intervals.csv", "vl.right")?, 0);
    let block = |i: usize| {
        let begins = EFFORTS[i % EFFORTS.len()] - 60.0;
        // The one zero in the file is the artefact of another test.
        let mut block = cut(&whole, begins, begins + BLOCK_S - 1.0);
        block.retain(|(_, reading)| reading.is_ok_and(|value| value.smo2.tenths() > 0));
        block
    };
    Some(in_a_row(&(from..from + BLOCKS).map(block).collect::<Vec<_>>(), BLOCK_S))
}

/// A thigh as the calf of itself, one effort later: never the same effort in both.
fn one_effort_later(change: impl Fn(&Samples) -> Samples) -> Option<Rider<'static>> {
    let starts = (0_u32..).take(BLOCKS).map(|i| f64::from(i) * BLOCK_S + 60.0);
    Some(Rider {
        name: "four efforts by Moxy, thrice, against themselves one later",
        worn: vec![("mg.right", change(&moxy_blocks(1)?)), ("vl.right", moxy_blocks(0)?)],
        efforts: Some(starts.map(|start| (start, start + EFFORT_S)).collect()),
        length_s: 12.0 * BLOCK_S,
    })
}

/// Two efforts of five minutes with two Train.Reds, four times over.
const TRAIN_RED_S: f64 = 1200.0;
const TRAIN_RED_EFFORTS: [(f64, f64); 2] = [(62.0, 375.0), (785.0, 1093.0)];

fn train_red(left_as: &'static str, change: impl Fn(&Samples) -> Samples) -> Option<Rider<'static>> {
    let recording = recording("mnirs/train.red_intervals.csv", "")?;
    let four_times = |channel| in_a_row(&vec![cut(&samples(&recording, channel), 0.0, TRAIN_RED_S); 4], TRAIN_RED_S);
    let rounds = (0_u32..4).map(|i| f64::from(i) * TRAIN_RED_S);
    let efforts = rounds.flat_map(|start| TRAIN_RED_EFFORTS.map(|(from, to)| (start + from, start + to)));
    Some(Rider {
        name: if left_as == "mg.right" {
            "two efforts by Train.Red, four times, left as calf"
        } else {
            "two efforts by Train.Red, four times"
        },
        worn: vec![(left_as, change(&four_times(1))), ("vl.right", four_times(0))],
        efforts: Some(efforts.collect()),
        length_s: 4.0 * TRAIN_RED_S,
    })
}

#[test]
fn efforts_of_one_power_raise_no_alert() {
    let Some(rider) = one_effort_later(Samples::clone) else { return };
    let judged = pair_min(&rider.rides_in_peace_aloud());
    assert!(judged >= 20.0, "{}: judged for {judged} min", rider.name);

    let Some(rider) = train_red("mg.right", Samples::clone) else { return };
    let judged = pair_min(&rider.rides_in_peace_aloud());
    assert!(judged >= 20.0, "{}: judged for {judged} min", rider.name);

    // Where they were worn in truth. Whether there is a detector for that is said aloud, not held.
    let Some(rider) = train_red("vl.left", Samples::clone) else { return };
    rider.rides_in_peace_aloud();
    let Some(mut rider) = one_effort_later(Samples::clone) else { return };
    rider.worn.remove(0);
    rider.name = "four efforts by Moxy, thrice, one thigh";
    rider.rides_in_peace_aloud();
}

/// The peace above is not for want of looking.
#[test]
fn a_fall_put_into_the_same_efforts_is_told_of() {
    // A minute into the tenth effort of four minutes; a minute and a half into the seventh of five.
    let moxy_s = 9.0 * BLOCK_S + 60.0 + 60.0;
    let train_red_s = 3.0 * TRAIN_RED_S + TRAIN_RED_EFFORTS[0].0 + 90.0;
    let riders = [
        (moxy_s, EFFORT_S - 60.0, one_effort_later(|calf| fall(calf, moxy_s, 12.0))),
        (train_red_s, 313.0 - 90.0, train_red("mg.right", |calf| fall(calf, train_red_s, 12.0))),
    ];
    for (onset_s, left_s, rider) in riders {
        let Some(rider) = rider else { return };
        let events = rider.ride();
        let alerts: Vec<_> = events.iter().filter(|(_, event)| is_alert(event)).collect();
        let Some((at, Event::Alert { pattern, place, .. })) = alerts.first() else {
            panic!("{}: a fall of 12 points is not told of", rider.name)
        };
        assert_eq!(
            (*pattern, place.site.to_string().as_str()),
            (PatternKind::CalfOverload, "mg.right"),
            "{}",
            rider.name
        );
        let took = seconds(*at) - onset_s;
        assert!((0.0..left_s).contains(&took), "{}: told after {took} s", rider.name);
        aloud(&format!("{}: a fall of 12 points is told of after {took:.0} s", rider.name));
    }
}

/// A spoilt reading stays one, whatever is put into the ride.
#[test]
fn a_fall_invents_no_value() {
    let value = Value { smo2: Smo2::from_tenths(500).unwrap(), thb: None };
    let fallen = fall(&vec![(0.0, Ok(value)), (1000.0, Ok(value)), (1001.0, Err(Reason::Invalid))], 500.0, 12.0);
    let tenths = |reading: Reading| reading.map(|value| value.smo2.tenths());
    assert_eq!(fallen.iter().map(|&(_, r)| tenths(r)).collect::<Vec<_>>(), [Ok(500), Ok(380), Err(Reason::Invalid)]);
}
