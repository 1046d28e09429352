//! Ride: the ride as a whole rests, goes on, is over, or another begins; and what a rider should know of its record.

use super::layout::with_status;
use super::list::{Chosen, Item, Items, List, Text};
use super::{Cells, Page, put};
use crate::draw::{Area, Words};
use crate::field::{RideState, Snapshot};
use crate::input::{RideAct, StorageResult};
use crate::language::Say;

/// The page.
pub struct Ride;

struct Deeds;

static LIST: List = List { id: "ride", title: Say::Ride, items: &Deeds, empty: Say::Ride };

impl Page for Ride {
    fn id(&self) -> &'static str {
        "ride"
    }

    fn title(&self) -> Say {
        Say::Ride
    }

    fn lay_out(&self, _snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        put(cells, page, &LIST);
    }

    fn items(&self) -> Option<&'static dyn Items> {
        Some(&Deeds)
    }
}

impl Items for Deeds {
    fn item(&self, snapshot: &Snapshot<'_>, at: usize) -> Option<Item> {
        let deed = |name, act| Item::with(Text::Said(name), Text::Nothing, Chosen::Ride(act));
        let (first, can_end) = match snapshot.ride_state {
            RideState::Riding | RideState::Standing => (deed(Say::PauseRide, RideAct::Pause), true),
            RideState::Paused => (deed(Say::GoOn, RideAct::Resume), true),
            RideState::Over => (deed(Say::NewRide, RideAct::Begin), false),
        };
        let end = Item { asks: true, ..deed(Say::EndRide, RideAct::End) };
        let deeds = [Some(first), can_end.then_some(end)];
        deeds.into_iter().chain(facts(snapshot)).flatten().nth(at)
    }
}

/// What there is to know.
fn facts(snapshot: &Snapshot<'_>) -> [Option<Item>; 3] {
    let restart = |(_, at): &(_, _)| Item::new(Text::Said(Say::Restart), Text::Words(Words::of(format_args!("{at}"))));
    [
        Some(Item::new(Text::Said(Say::Clock), clock(snapshot))),
        Some(Item::new(Text::Said(Say::Recording), Text::Said(recording(snapshot)))),
        snapshot.crashed.map(restart),
    ]
}

fn clock(snapshot: &Snapshot<'_>) -> Text {
    match snapshot.minute_of_day() {
        Some(minute) => Text::Words(Words::of(format_args!("{}:{:02}", minute / 60, minute % 60))),
        None => Text::Said(Say::Unknown),
    }
}

fn recording(snapshot: &Snapshot<'_>) -> Say {
    match snapshot.storage {
        StorageResult::Full => Say::StorageFull,
        StorageResult::Failed => Say::Fails,
        StorageResult::Written if snapshot.ride_state == RideState::Over => Say::Off,
        StorageResult::Written => Say::On,
    }
}

#[cfg(test)]
mod tests {
    use super::super::describe;
    use super::*;
    use crate::field::with_preview;
    use crate::input::Label;
    use crate::time::Instant;
    extern crate std;
    use std::string::String;

    fn said(moment: &Snapshot<'_>) -> String {
        let mut words = String::new();
        describe(&Ride, moment, 240, 400, &mut words).expect("a string takes it");
        words
    }

    #[test]
    fn it_offers_what_suits_the_ride_and_asks_before_it_is_over() {
        let states = [
            (RideState::Riding, "Pause", Some(RideAct::Pause)),
            (RideState::Standing, "Pause", Some(RideAct::Pause)),
            (RideState::Paused, "Go on", Some(RideAct::Resume)),
            (RideState::Over, "New ride", Some(RideAct::Begin)),
        ];
        with_preview(|preview| {
            for (ride_state, words, act) in states {
                let moment = Snapshot { ride_state, ..preview.clone() };
                let page = said(&moment);
                assert!(page.contains(words), "{page}");
                let first = Deeds.item(&moment, 0).and_then(|item| item.act);
                assert_eq!(first, act.map(Chosen::Ride));
                let end = Deeds.item(&moment, 1).expect("a second line");
                let can_end = ride_state != RideState::Over;
                assert_eq!((end.act.is_some(), end.asks), (can_end, can_end));
            }
        });
    }

    #[test]
    fn what_is_not_known_or_not_recorded_is_said_in_words() {
        with_preview(|preview| {
            let label = (Instant::ZERO, Label::try_from("keeper.rs:88").expect("short"));
            let well = said(preview);
            assert!(well.contains("Time of day 10:12") && well.contains("Recording on"), "{well}");
            assert!(!well.contains("Restart"), "{well}");
            let ill = said(&Snapshot {
                wall_time: None,
                storage: StorageResult::Full,
                crashed: Some(&label),
                ..preview.clone()
            });
            for words in ["Time of day unknown", "Recording no room left", "Restart keeper.rs:88"] {
                assert!(ill.contains(words), "{words} not in {ill}");
            }
        });
    }
}
