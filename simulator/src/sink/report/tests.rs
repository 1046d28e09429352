//! Reports of made-up rides, played through the whole head unit.

use super::ReportSink;
use super::ride::Ride;
use super::summary::findings;
use crate::player::{Player, Ticks};
use crate::sink::WholeFile;
use sling_core::Input;
use sling_core::head_unit::{Assignment, Config, Context, Event, Level, PatternKind, Place};
use sling_core::sensor::{Identity, Muscle, Reading, Reason, Sample, Side, Site, Value};
use sling_core::time::Instant;
use sling_core::units::{Bpm, Rpm, Smo2, Thb, ThbScale, Watts};
use std::ops::Range;

const CALF: Muscle = Muscle::GastrocnemiusMedialis;
const THIGH: Muscle = Muscle::VastusLateralis;
const RIGHT_PAIR: [Site; 2] = [Site::new(CALF, Side::Right), Site::new(THIGH, Side::Right)];

/// A ride on rolling roads, by its seconds.
struct Script {
    duration_s: u32,
    sites: Vec<Site>,
    has_power: bool,
    /// When the calf is lower, and by how much, points.
    overload: Option<(Range<u32>, f32)>,
    /// When the first sensor sees light.
    light: Range<u32>,
    /// When the second is silent.
    hole: Range<u32>,
    laps: Vec<u32>,
    markers: Vec<(u32, &'static str)>,
    positions: Vec<(u32, &'static str)>,
    /// Every sensor is silent for 12 s of every 40.
    is_flaky: bool,
    title: String,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            duration_s: 2400,
            sites: RIGHT_PAIR.to_vec(),
            has_power: true,
            overload: None,
            light: 0..0,
            hole: 0..0,
            laps: Vec::new(),
            markers: Vec::new(),
            positions: Vec::new(),
            is_flaky: false,
            title: "Evening ride".into(),
        }
    }
}

impl Script {
    /// Everything that a report can show of two muscles.
    fn eventful() -> Self {
        Self {
            overload: Some((1214..1574, 11.0)),
            light: 1800..1840,
            hole: 2000..2120,
            laps: vec![600, 1200, 1210, 1800],
            markers: vec![(1000, "<b onclick=alert(1)>x"), (1020, "left hand numb")],
            positions: vec![(0, "saddle as found"), (1700, "saddle +4 mm")],
            ..Self::default()
        }
    }

    fn play(&self) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        let sink = ReportSink::new(
            WholeFile::create(&path).unwrap(),
            self.title.clone(),
            "rolling.toml".into(),
            "sling run rolling.toml --seed 7 --report report.html".into(),
        );
        let mut player = Player::new(vec![Box::new(sink)], Ticks::Deadlines);
        let mut config = Config::default();
        for (i, &site) in self.sites.iter().enumerate() {
            config.roster.push(Assignment { identity: identity(i), site }).unwrap();
        }
        player.play(&Input::Configure(config), Instant::ZERO).unwrap();
        let mut rider = Rider::new(self.sites.len());
        for s in 0..self.duration_s {
            let at = Instant::from_ms(u64::from(s) * 1000 + 300);
            for input in self.inputs(s, &mut rider) {
                player.play(&input, at).unwrap();
            }
        }
        player.pass_time(Instant::from_ms(u64::from(self.duration_s) * 1000 + 301)).unwrap();
        player.finish().unwrap();
        std::fs::read_to_string(path).unwrap()
    }

    fn inputs(&self, s: u32, rider: &mut Rider) -> Vec<Input<'static>> {
        let power = 200.0 + 70.0 * (s as f32 / 37.0).sin() + 20.0 * (s as f32 / 5.3).sin();
        rider.step(power);
        let mut inputs = vec![Input::Context(Context {
            power: self.has_power.then_some(Watts(power as u16)),
            cadence: Some(Rpm((88.0 + 3.0 * (s as f32 / 11.0).sin()) as u16)),
            heart_rate: Some(Bpm((110.0 + rider.lagged / 6.0) as u16)),
            ..Context::default()
        })];
        for (i, site) in self.sites.iter().enumerate() {
            let is_silent = i == 1 && self.hole.contains(&s) || self.is_flaky && s % 40 < 12;
            if s.is_multiple_of(2) && !is_silent {
                let reading = self.reading(s, i, *site, rider);
                inputs.push(Input::Sample(Sample { identity: identity(i), count: (s / 2) as u16, reading }));
            }
        }
        let label = |text: &str| text.try_into().unwrap();
        inputs.extend(self.laps.iter().filter(|&&at| at == s).map(|_| Input::Lap));
        inputs.extend(self.markers.iter().filter(|(at, _)| *at == s).map(|(_, text)| Input::Marker(label(text))));
        inputs.extend(self.positions.iter().filter(|(at, _)| *at == s).map(|(_, text)| Input::Position(label(text))));
        inputs
    }

    fn reading(&self, s: u32, i: usize, site: Site, rider: &mut Rider) -> Reading {
        if i == 0 && self.light.contains(&s) {
            return Err(Reason::AmbientLight);
        }
        let (level, gain) = if site.muscle.is_calf() { (62.0, 0.13) } else { (58.0, 0.19) };
        let shift = match &self.overload {
            // In half a minute: a level that jumps is a sensor that has moved.
            Some((when, points)) if site.muscle.is_calf() && when.contains(&s) => {
                points * ((s - when.start) as f32 / 30.0).min(1.0)
            }
            _ => 0.0,
        };
        let percent = level - gain * (rider.lagged - 200.0) - shift + rider.noise(i);
        Ok(Value {
            smo2: Smo2::from_tenths((percent * 10.0) as u16).unwrap(),
            thb: Some(Thb { hundredths: 1234, scale: ThbScale::GramsPerDecilitre }),
        })
    }
}

fn identity(i: usize) -> Identity {
    Identity::Ant { number: 51_234 + i as u16, transmission: 1 }
}

/// Lagged power and coloured noise, the same every time.
struct Rider {
    lagged: f32,
    state: u32,
    noise: Vec<f32>,
}

impl Rider {
    fn new(sites: usize) -> Self {
        Self { lagged: 200.0, state: 1, noise: vec![0.0; sites] }
    }

    fn step(&mut self, power: f32) {
        self.lagged += (power - self.lagged) / 20.0;
    }

    fn noise(&mut self, i: usize) -> f32 {
        self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let white = (self.state >> 8) as f32 / 8_388_608.0 - 1.0;
        self.noise[i] = 0.8 * self.noise[i] + 0.8 * white;
        self.noise[i]
    }
}

/// Every `x` of the lines of a class on the right side, as the pieces that are drawn without lifting the pen.
fn pieces(page: &str, class: &str) -> Vec<Vec<f32>> {
    let side = page.split("<h3>Right side: SmO2</h3>").nth(1).unwrap();
    let wide = side.split("<svg role=\"img\" class=\"wide\"").nth(1).unwrap().split("</svg>").next().unwrap();
    let start = format!("<path class=\"{class}\" d=\"");
    let path = wide.split(start.as_str()).nth(1).unwrap().split('"').next().unwrap();
    let piece = |piece: &str| {
        piece.split('L').map(|point| point.split(' ').next().unwrap().parse().unwrap()).collect::<Vec<f32>>()
    };
    path.split('M').filter(|text| !text.is_empty()).map(piece).collect()
}

fn x_of(second: f32, duration_s: f32) -> f32 {
    52.0 + (1000.0 - 52.0 - 14.0) * second / duration_s
}

#[test]
fn the_same_ride_gives_the_same_bytes() {
    assert_eq!(Script::eventful().play(), Script::eventful().play());
}

#[test]
fn no_line_crosses_a_gap() {
    let page = Script::eventful().play();
    // The value stands for 7 s after the last sample, and 1 s passes before the next is in a tick.
    for (class, gap) in [("line thigh", 2007.0..2119.0), ("line calf", 1802.0..1839.0)] {
        let (from, to) = (x_of(gap.start, 2400.0), x_of(gap.end, 2400.0));
        let pieces = pieces(&page, class);
        assert!(pieces.len() > 1, "{class} is one piece");
        for piece in &pieces {
            assert!(piece.iter().all(|&x| x <= from || x >= to), "{class} has a point in its gap");
            assert!(piece.iter().all(|&x| x <= from) || piece.iter().all(|&x| x >= to), "{class} crosses its gap");
        }
    }
}

#[test]
fn the_reasons_of_gaps_are_named() {
    let page = Script::eventful().play();
    assert!(page.contains(">light leak</text>"));
    assert!(page.contains(">no data</text>"));
    assert!(page.contains(">learning</text>"));
    assert!(page.contains("The right thigh gave no value for"), "{}", summary(&page));
}

#[test]
fn what_was_typed_is_inert() {
    let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    let page = Script { title: hostile.into(), ..Script::eventful() }.play();
    for markup in ["<script", "<img", "<b ", "</b>"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("&lt;b onclick=alert(1)&gt;x"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img"));
    assert!(page.contains("default-src 'none'"));
    for elsewhere in ["http:", "https:", "//", "src=", "href="] {
        let said = page.replace("src=x onerror", "");
        assert!(!said.contains(elsewhere), "{elsewhere}");
    }
}

#[test]
fn sensor_numbers_are_left_out() {
    let page = Script::eventful().play();
    assert!(!page.contains("51234"));
    assert!(
        page.contains("It does not hold the sensors&#39; numbers")
            || page.contains("does not hold the sensors' numbers")
    );
}

#[test]
fn half_a_day_with_four_muscles_and_many_marks_stays_small() {
    let script = Script {
        duration_s: 12 * 3600,
        sites: vec![RIGHT_PAIR[0], RIGHT_PAIR[1], Site::new(CALF, Side::Left), Site::new(THIGH, Side::Left)],
        overload: Some((20_000..20_400, 11.0)),
        light: 30_000..30_040,
        hole: 40_000..40_012,
        laps: (1..12 * 3600).step_by(60).collect(),
        markers: (1..12 * 3600).step_by(30).map(|s| (s, "<i>a marker</i>")).collect(),
        ..Script::default()
    };
    let page = script.play();
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
    assert!(page.contains("Left leg: calf against thigh") && page.contains("Right leg: calf against thigh"));
    // A hole shorter than a column still lifts the pen.
    let broken = pieces(&page, "line thigh");
    let at = x_of(40_008.0, 43_200.0);
    let crosses = |piece: &Vec<f32>| piece.iter().any(|&x| x < at - 2.0) && piece.iter().any(|&x| x > at + 2.0);
    assert!(!broken.iter().any(crosses));
}

#[test]
fn eight_muscles_all_day_stay_small_whether_they_come_and_go_or_not() {
    for is_flaky in [false, true] {
        let right = Muscle::ALL[..7].iter().map(|&muscle| Site::new(muscle, Side::Right));
        let sites = right.chain([Site::new(CALF, Side::Left)]).collect();
        let laps = (1..12 * 3600).step_by(60).collect();
        let page = Script { duration_s: 12 * 3600, sites, is_flaky, laps, ..Script::default() }.play();
        assert!(page.len() < 1_500_000, "{} bytes", page.len());
        assert!(page.contains("more, which are not shown here"));
    }
}

#[test]
fn sensor_numbers_are_shown_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let sink = ReportSink::new(WholeFile::create(&path).unwrap(), String::new(), String::new(), String::new());
    let mut player = Player::new(vec![Box::new(sink.with_sensor_numbers())], Ticks::Deadlines);
    let mut config = Config::default();
    config.roster.push(Assignment { identity: identity(0), site: RIGHT_PAIR[0] }).unwrap();
    player.play(&Input::Configure(config), Instant::ZERO).unwrap();
    for s in 0..10 {
        player.play(&Input::Tick, Instant::from_ms(s * 1000)).unwrap();
    }
    player.finish().unwrap();
    let page = std::fs::read_to_string(path).unwrap();
    assert!(page.contains("ANT+ 51234") && page.contains("It names the sensors by their numbers"));
}

fn summary(page: &str) -> &str {
    page.split("<h2>Summary</h2>").nth(1).unwrap().split("</section>").next().unwrap()
}

#[test]
fn the_summary_says_what_was_seen_and_what_was_not() {
    let cases = [
        (
            Script::eventful(),
            vec![
                "One alert, calf overload: from 0:20:",
                "for 6 min, the right calf was lower",
                "against the right thigh",
                "judged for",
            ],
        ),
        (
            Script::default(),
            vec![
                "No alert was given: nothing that Sling looks for was seen while detection was ready",
                "judged for",
                "still learning",
            ],
        ),
        (
            Script { has_power: false, duration_s: 900, ..Script::default() },
            vec!["cannot be said: detection was never ready", "never judged", "no power reading", "(15 min)"],
        ),
        (
            Script { sites: vec![RIGHT_PAIR[0]], duration_s: 600, ..Script::default() },
            vec!["Calf and thigh were not compared"],
        ),
        (
            Script { sites: vec![RIGHT_PAIR[1]], duration_s: 600, ..Script::default() },
            vec!["no leg carried both", "nothing that Sling looks for was seen while detection was ready"],
        ),
        (Script { sites: vec![], duration_s: 600, ..Script::default() }, vec!["No muscle oxygen sensor was assigned"]),
        (Script { duration_s: 0, ..Script::default() }, vec!["detection was never ready"]),
    ];
    for (script, words) in cases {
        let page = script.play();
        for expected in words {
            assert!(summary(&page).contains(expected), "no \"{expected}\" in {}", summary(&page));
        }
    }
}

/// Alerts of every pattern, given to the report as events: the sentence and the row of each are in its own measure.
#[test]
fn every_pattern_is_told_by_what_was_seen_in_its_own_measure() {
    let (calf, thigh) = (RIGHT_PAIR[0], RIGHT_PAIR[1]);
    let left = Site::new(THIGH, Side::Left);
    let (shin, ham) = (Muscle::TibialisAnterior, Muscle::BicepsFemoris);
    let (outer, points) = (Site::new(Muscle::GastrocnemiusLateralis, Side::Right), "by about 24 points");
    let right = |muscle| Site::new(muscle, Side::Right);
    let cases = [
        (PatternKind::CalfOverload, calf, Some(thigh), "the right calf was lower against the right thigh", points),
        (PatternKind::VlFatigue, thigh, Some(calf), "the right thigh was lower against the right calf", points),
        (PatternKind::TibialisOverload, right(shin), Some(thigh), "tibialis anterior was lower against", points),
        (PatternKind::AntagonistImbalance, right(ham), Some(thigh), "biceps femoris and the right thigh", points),
        (PatternKind::HeadImbalance, calf, Some(outer), "were further apart, or nearer", points),
        (PatternKind::SideImbalance, thigh, Some(left), "the right thigh and the left thigh were", points),
        (PatternKind::LoadShift, calf, Some(thigh), "shared efforts of equal power", "by about 24\u{a0}%"),
        (PatternKind::OutflowRestriction, calf, None, "SmO2 of the right calf was lower", "tHb had risen"),
        (PatternKind::Compression, calf, None, "SmO2 of the right calf was lower", "tHb had fallen"),
        (PatternKind::SlowRecovery, thigh, None, "took longer than before", "about 24\u{a0}% longer"),
    ];
    assert_eq!(cases.map(|(kind, ..)| kind), PatternKind::ALL);
    for (pattern, site, against, what, by_how_much) in cases {
        let mut ride = Ride { duration_s: 1200, ..Ride::default() };
        let alert = Event::Alert {
            pattern,
            place: Place { site, against },
            level: Level::Info,
            strength_tenths: 240,
            since: Instant::from_ms(600_000),
        };
        ride.event(Instant::from_ms(700_000), &alert);
        let sentence = findings(&ride).join(" ");
        assert!(sentence.contains(what) && sentence.contains(by_how_much), "{sentence}");
        assert!(sentence.starts_with("One alert, ") && sentence.contains("from 0:10:00, for 10 min"), "{sentence}");
        for claim in ["diagnos", "injur", "weak", "damage", "overuse"] {
            assert!(!sentence.contains(claim), "{sentence}");
        }
    }
}

#[test]
fn laps_and_positions_have_their_rows() {
    let page = Script::eventful().play();
    let laps = page.split("<caption>Laps</caption>").nth(1).unwrap().split("</table>").next().unwrap();
    assert_eq!(laps.matches("<th scope=\"row\">").count(), 5);
    let positions = page.split("<caption>Positions</caption>").nth(1).unwrap().split("</table>").next().unwrap();
    assert_eq!(positions.matches("<th scope=\"row\">").count(), 2);
}

#[test]
fn every_chart_has_a_name_and_every_element_is_closed() {
    let page = Script::eventful().play();
    assert_eq!(
        page.matches("role=\"img\"").count(),
        page.matches("aria-label=\"SmO2 over").count()
            + page.matches("aria-label=\"D of").count()
            + page.matches("aria-label=\"Power:").count()
    );
    for name in [
        "svg",
        "table",
        "figure",
        "figcaption",
        "section",
        "tr",
        "td",
        "ul",
        "li",
        "p",
        "text",
        "dl",
        "div",
        "h2",
        "h3",
    ] {
        let opened = page.matches(&format!("<{name}>")).count() + page.matches(&format!("<{name} ")).count();
        assert_eq!(opened, page.matches(&format!("</{name}>")).count(), "{name}");
    }
}

/// Pages of all kinds, whole; `SLING_LOOK=folder cargo test -p sling-simulator pages_of_every_kind` leaves them to look at.
#[test]
fn pages_of_every_kind_are_whole() {
    let look = std::env::var_os("SLING_LOOK").map(std::path::PathBuf::from);
    let both = vec![
        RIGHT_PAIR[0],
        RIGHT_PAIR[1],
        Site::new(CALF, Side::Left),
        Site::new(THIGH, Side::Left),
        Site::new(Muscle::TibialisAnterior, Side::Right),
    ];
    for (name, script) in [
        ("two", Script::eventful()),
        ("both", Script { sites: both, duration_s: 3 * 3600, ..Script::eventful() }),
        ("quiet", Script::default()),
        ("one", Script { sites: vec![RIGHT_PAIR[0]], ..Script::eventful() }),
        ("none", Script { sites: vec![], ..Script::eventful() }),
        ("no_power", Script { has_power: false, ..Script::eventful() }),
    ] {
        let page = script.play();
        assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"), "{name}");
        if let Some(folder) = &look {
            std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
        }
    }
}
