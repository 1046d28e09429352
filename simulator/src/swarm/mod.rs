//! The swarm: many short rides, each drawn from its seed with everything that can go wrong, each watched by the same
//! rules ([`Watch`]). First anything may break; then, after the calm, all must recover.
//!
//! What comes out for a seed depends on the seed, the minutes and the way to the head unit alone: not on who rides it, how
//! many ride at once, or which shard it is in. A ride that breaks a rule is shrunk ([`shrink`]) to the fewest of its
//! faults and deeds that still break it, as far as a bounded number of rides goes.

mod draw;
mod probe;
mod shrink;
mod watch;

pub use draw::{Drawn, Piece, draw, name_of};
pub use shrink::{MOST_RIDES, Shrunk, shrink};
pub use watch::{Finding, OnAir, Plant, Seen, Watch, moment};

use crate::airwaves::Airwaves;
use crate::display::Display;
use crate::error::CommandError;
use crate::player::{Player, Ticks};
use crate::ride::{Flow, Ride, Via};
use crate::scenario::Scenario;
use crate::sink::{DigestSink, Sink};
use sling_core::Input;
use sling_core::head_unit::{Config, RideDigest};
use sling_core::log::{MAX_RECORD, Reader, Writer};
use sling_core::time::Instant;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// One ride of so many also writes its log, which is replayed: it must say and show the same.
const REPLAYED: u64 = 8;
/// And one of so many compares what is redrawn with what would be drawn whole, where it is on the reference display.
const LOOKED_AT: u64 = 3;

/// What to ride.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The first seed; those after it follow.
    pub first_seed: u64,
    /// How many there are in all shards together.
    pub count: u64,
    /// This part of them, from 1, of so many.
    pub shard: (u64, u64),
    /// How long a ride is.
    pub minutes: u32,
    /// How samples reach the head unit; drawn if `None`.
    pub via: Option<Via>,
    /// Rides at once.
    pub jobs: usize,
    /// Only these pieces of a ride; all if `None`.
    pub only: Option<Vec<usize>>,
    /// What is broken on purpose.
    pub plant: Option<Plant>,
}

impl Plan {
    /// The seeds of this shard. Every seed is in one shard of `n` and in no other.
    pub fn seeds(&self) -> Vec<u64> {
        let (part, of) = self.shard;
        (0..self.count).filter(|n| n % of.max(1) == part.saturating_sub(1)).map(|n| self.first_seed + n).collect()
    }

    /// The ride of a seed.
    pub fn draw(&self, seed: u64) -> Drawn {
        draw(seed, self.minutes, self.via)
    }
}

/// What became of a ride.
#[derive(Clone, Debug)]
pub struct Ridden {
    /// As it was drawn.
    pub drawn: Drawn,
    /// What was ridden of it.
    pub kept: Vec<usize>,
    /// What was seen.
    pub seen: Seen,
    /// How often each kind of fault landed, by its name; none of those that were left out.
    pub landed: BTreeMap<String, u64>,
    /// The fewest pieces that still break the rule.
    pub shrunk: Option<Shrunk>,
}

impl Ridden {
    /// What is wrong, if anything is.
    pub const fn finding(&self) -> Option<&Finding> {
        self.seen.finding.as_ref()
    }
}

/// Rides the plan, and hands over each ride when it is done, in whatever order; `stop` ends it before the next ride.
/// What comes back is in the order of seeds.
pub fn swarm(plan: &Plan, stop: &AtomicBool, done: &(dyn Fn(&Ridden) + Sync)) -> Vec<Ridden> {
    quiet_panics();
    let seeds = plan.seeds();
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut ridden = Vec::new();
        while !stop.load(Ordering::Relaxed)
            && let Some(&seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let drawn = plan.draw(seed);
            let all: Vec<usize> = (0..drawn.pieces.len()).collect();
            let kept =
                plan.only.clone().map_or(all, |only| only.into_iter().filter(|at| *at < drawn.pieces.len()).collect());
            let mut it = ride(&drawn, &kept, plan.plant);
            if it.finding().is_some() {
                it.shrunk = Some(shrink(&it, plan.plant, stop));
            }
            done(&it);
            ridden.push(it);
        }
        ridden
    };
    let mut ridden: Vec<Ridden> = thread::scope(|scope| {
        let handles: Vec<_> = (0..plan.jobs.max(1)).map(|_| scope.spawn(worker)).collect();
        let joined = handles.into_iter().map(thread::ScopedJoinHandle::join);
        joined.flat_map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    ridden.sort_by_key(|it| it.drawn.seed);
    ridden
}

thread_local! {
    /// A ride of the swarm is on in this thread: what its panic says is kept here instead of printed.
    static RIDES: Cell<bool> = const { Cell::new(false) };
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Panics of rides are findings, not talk.
fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if RIDES.get() {
                SAID.set(info.to_string().split_whitespace().collect::<Vec<_>>().join(" "));
            } else {
                usual(info);
            }
        }));
    });
}

/// Rides what was drawn, with these of its pieces.
pub fn ride(drawn: &Drawn, kept: &[usize], plant: Option<Plant>) -> Ridden {
    quiet_panics();
    let seen = Rc::new(RefCell::new(Seen::default()));
    let mut landed = BTreeMap::new();
    RIDES.set(true);
    let result = catch_unwind(AssertUnwindSafe(|| watched(drawn, kept, plant, &seen, &mut landed)));
    RIDES.set(false);
    let mut seen = seen.borrow().clone();
    let at = seen.until;
    let wrong = match result {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(("ride does not end", error.to_string())),
        Err(_) => Some(("panic", SAID.take())),
    };
    if let Some((rule, words)) = wrong {
        seen.finding.get_or_insert(Finding { rule, at, words });
    }
    Ridden { drawn: drawn.clone(), kept: kept.to_vec(), seen, landed, shrunk: None }
}

fn watched(
    drawn: &Drawn,
    kept: &[usize],
    plant: Option<Plant>,
    found: &RefCell<Seen>,
    landed: &mut BTreeMap<String, u64>,
) -> Result<(), CommandError> {
    let scenario = Scenario::parse("swarm", &drawn.text(kept))?;
    let mut ride = Ride::simulated(&scenario, drawn.seed);
    let mut sent = None;
    if let Some(over) = drawn.via.over() {
        let mut airwaves = Airwaves::new(&scenario, drawn.seed, over);
        sent = Some(OnAir { sent: airwaves.sent(), collided: airwaves.collided() });
        ride = ride.on_air(airwaves);
    }
    let landings = ride.landings();
    let looks = drawn.display == Display::SharpPortrait && drawn.seed.is_multiple_of(LOOKED_AT);
    let (watch, seen) = Watch::new(&scenario, drawn.calm, sent, looks, plant);
    let mut sinks: Vec<Box<dyn Sink>> = vec![Box::new(watch)];
    let mut kept_log = None;
    if drawn.seed.is_multiple_of(REPLAYED) {
        let ((digests, digest), (keeps, log)) = (DigestSink::new(), Logged::new());
        sinks.extend([Box::new(digests) as Box<dyn Sink>, Box::new(keeps)]);
        kept_log = Some((digest, log));
    }
    let config =
        Config { screen: drawn.display.size(), language: drawn.language, theme: drawn.theme.into(), ..Config::DEFAULT };
    let mut player = Player::of(&mut ride, sinks);
    // What was seen up to a panic is known, too.
    let played = {
        let _at_end = AtEnd(|| {
            if let Ok(seen) = seen.try_borrow() {
                found.replace(seen.clone());
            }
        });
        ride.play(&config, None, |input, at| {
            player.play(input, at)?;
            Ok(Flow::Continue)
        })
    };
    let kinds = kept.iter().filter_map(|&at| drawn.pieces.get(at)?.words.strip_prefix("fault ")?.split(' ').next());
    for (kind, count) in kinds.zip(landings.map(|landings| landings.counts()).unwrap_or_default()) {
        *landed.entry(kind.to_owned()).or_default() += count;
    }
    if seen.borrow().finding.is_some() {
        return Ok(());
    }
    played?;
    if let Some((digest, log)) = kept_log {
        let (digest, again) = (*digest.borrow(), replayed(&log.borrow())?);
        if digest != again {
            let words = format!("{digest} became {again}");
            let at = seen.borrow().until;
            found.borrow_mut().finding.get_or_insert(Finding { rule: "log replays otherwise", at, words });
        }
    }
    Ok(())
}

/// Does something when it is over, whatever way it ends.
struct AtEnd<F: FnMut()>(F);

impl<F: FnMut()> Drop for AtEnd<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A log in memory.
struct Logged {
    bytes: Rc<RefCell<Vec<u8>>>,
    writer: Writer,
}

impl Logged {
    fn new() -> (Self, Rc<RefCell<Vec<u8>>>) {
        let bytes = Rc::default();
        (Self { bytes: Rc::clone(&bytes), writer: Writer::new() }, bytes)
    }
}

impl Sink for Logged {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        let mut buffer = [0; MAX_RECORD + 4];
        let n = self.writer.encode(at, input, &mut buffer).map_err(io::Error::other)?;
        self.bytes.borrow_mut().extend_from_slice(&buffer[..n]);
        Ok(())
    }
}

/// What the inputs of a log say and show.
fn replayed(log: &[u8]) -> Result<RideDigest, CommandError> {
    let (digests, digest) = DigestSink::new();
    let mut player = Player::new(vec![Box::new(digests)], Ticks::InInputs);
    let (mut reader, mut taken) = (Reader::new(), 0);
    let damage = |offset: usize, error| CommandError::Log { file: "swarm".to_owned(), offset: offset as u64, error };
    while let Some(record) = reader.decode(&log[taken..]).map_err(|error| damage(taken, error))? {
        taken += record.length;
        player.play(&record.input, record.at)?;
    }
    let digest = *digest.borrow();
    Ok(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan =
        Plan { first_seed: 1, count: 6, shard: (1, 1), minutes: 10, via: None, jobs: 2, only: None, plant: None };

    type Seen = (u64, Option<Finding>, RideDigest, Option<Vec<usize>>);

    fn results(plan: &Plan) -> Vec<Seen> {
        let ridden = swarm(plan, &AtomicBool::new(false), &|_| ());
        let shrunk = |it: &Ridden| it.shrunk.as_ref().map(|shrunk| shrunk.kept.clone());
        ridden.iter().map(|it| (it.drawn.seed, it.finding().cloned(), it.seen.digest, shrunk(it))).collect()
    }

    #[test]
    fn what_comes_of_a_seed_is_the_same_whoever_rides_it() {
        let all = results(&PLAN);
        assert_eq!(all.iter().map(|it| it.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(results(&Plan { jobs: 1, ..PLAN }), all);
        let parts = (1..=3).flat_map(|part| results(&Plan { shard: (part, 3), ..PLAN }));
        let mut parts: Vec<_> = parts.collect();
        parts.sort_by_key(|it| it.0);
        assert_eq!(parts, all);
        // Different seeds are different rides.
        assert_ne!(all[0].2, all[1].2);
    }

    #[test]
    fn shards_part_the_seeds() {
        for of in 1..=7 {
            let part = |part| Plan { first_seed: 40, count: 23, shard: (part, of), ..PLAN }.seeds();
            let mut seeds: Vec<u64> = (1..=of).flat_map(part).collect();
            seeds.sort_unstable();
            assert_eq!(seeds, (40..63).collect::<Vec<_>>());
        }
    }

    /// The first seed whose ride has full storage, among other things.
    fn ride_with_full_storage() -> Drawn {
        let is_full = |drawn: &Drawn| drawn.pieces.iter().any(|it| it.words.starts_with("fault storage_full"));
        let mut drawn = (0..).map(|seed| draw(seed, 10, None));
        drawn.find(|drawn| is_full(drawn) && drawn.pieces.len() > 6).expect("seeds without end")
    }

    #[test]
    fn what_is_planted_is_found_shrunk_to_what_it_needs_and_happens_again() {
        let drawn = ride_with_full_storage();
        let all: Vec<usize> = (0..drawn.pieces.len()).collect();
        assert_eq!(ride(&drawn, &all, None).finding(), None);
        for (plant, rule) in [(Plant::Rule, "planted"), (Plant::Panic, "panic")] {
            let plan = Plan { first_seed: drawn.seed, count: 1, plant: Some(plant), ..PLAN };
            let ridden = swarm(&plan, &AtomicBool::new(false), &|_| ());
            let [it] = &ridden[..] else { panic!("{} rides", ridden.len()) };
            let finding = it.finding().expect("what was planted");
            assert_eq!(finding.rule, rule);
            assert!(rule != "panic" || finding.words.contains("a panic that was planted"), "{}", finding.words);
            let shrunk = it.shrunk.as_ref().expect("a failing ride is shrunk");
            let [piece] = shrunk.kept[..] else { panic!("{:?}", shrunk.kept) };
            assert!(drawn.pieces[piece].words.starts_with("fault storage_full"));
            assert!(shrunk.rides <= MOST_RIDES);
            // By the numbers that are printed.
            let again = swarm(&Plan { only: Some(vec![piece]), ..plan }, &AtomicBool::new(false), &|_| ());
            assert_eq!(again[0].finding(), Some(&shrunk.finding));
        }
    }

    /// Found by seed 20110: what was heard first of a sensor that came back was measured before it went.
    #[test]
    fn a_sensor_that_comes_back_is_heard_with_what_it_measures_then() {
        let head = "version = 1\nname = \"Back\"\nduration = \"10 min\"\n\
                    [[sensor]]\nsite = \"mg.right\"\nkind = \"moxy\"\nradio = \"ant\"\n";
        let pieces = [
            "[[fault]]\nkind = \"loss\"\nfraction = 1.0\nat = \"56 s\"\nduration = \"5 s\"\n",
            "[[fault]]\nkind = \"out_of_range\"\nsite = \"mg.right\"\nat = \"60 s\"\nduration = \"90 s\"\n",
        ];
        let pieces = pieces.map(|text| Piece { text: text.to_owned(), words: String::new() }).to_vec();
        let calm = Instant::from_ms(360_000);
        let drawn = Drawn { head: head.to_owned(), pieces, calm, ..draw(1, 10, Some(Via::Ant)) };
        assert_eq!(ride(&drawn, &[0, 1], None).finding(), None);
    }

    #[test]
    fn a_swarm_that_is_stopped_knows_what_it_has_ridden() {
        let stop = AtomicBool::new(false);
        let ridden = swarm(&Plan { jobs: 1, ..PLAN }, &stop, &|_| stop.store(true, Ordering::Relaxed));
        assert_eq!(ridden.len(), 1);
    }
}
