//! Alerts: what was told on this ride, the newest first, each with its place, when it was told and for how long
//! it lasted.

use super::layout::with_status;
use super::list::{Item, Items, List, Text};
use super::{Cells, Page, put};
use crate::alert::Episode;
use crate::draw::{Area, Words};
use crate::field::Snapshot;
use crate::language::Say;
use crate::time::Instant;

/// The page.
pub struct History;

struct Told;

static LIST: List = List { id: "history", title: Say::AlertsTold, items: &Told, empty: Say::NoAlerts };

impl Page for History {
    fn id(&self) -> &'static str {
        "alerts"
    }

    fn title(&self) -> Say {
        Say::AlertsTold
    }

    fn lay_out(&self, _snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        put(cells, page, &LIST);
    }

    fn items(&self) -> Option<&'static dyn Items> {
        Some(&Told)
    }
}

impl Items for Told {
    fn item(&self, snapshot: &Snapshot<'_>, at: usize) -> Option<Item> {
        let (episode, over) = told(snapshot, at)?;
        Some(Item::new(Text::Alert(at as u8), when(snapshot, episode, over)))
    }
}

/// The alert of this place among those told, the newest first, and when it was over.
pub(super) fn told<'a>(snapshot: &Snapshot<'a>, at: usize) -> Option<(&'a Episode, Option<Instant>)> {
    let alerts = snapshot.alerts;
    let on = alerts.episodes().iter().rev().map(|episode| (episode, None));
    let over = alerts.ended().map(|(episode, over)| (episode, Some(*over)));
    on.chain(over).nth(at)
}

/// "after 1:12 h, 6 min": how long after the ride's beginning it was told and how long it lasted.
fn when(snapshot: &Snapshot<'_>, episode: &Episode, over: Option<Instant>) -> Text {
    let since_start = snapshot.now.since(episode.told_at);
    let told_s = snapshot.since_begun.as_s().saturating_sub(since_start.as_s());
    let told = Words::of(format_args!("{}:{:02}", told_s / 3600, told_s / 60 % 60));
    let (say, lasted) = match over {
        Some(over) => (Say::AlertWas, over.since(episode.told_at).as_s().div_ceil(60)),
        None => (Say::AlertIsOn, 0),
    };
    Text::Filled(say, told, lasted)
}
