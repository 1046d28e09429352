//! Alerts: what was told on this ride, the newest first, each with its place, when it was told and for how long
//! it lasted.

use super::layout::with_status;
use super::list::{Item, Items, List};
use super::{Cells, Page, put};
use crate::alert::Episode;
use crate::draw::{Area, Words};
use crate::field::{Choices, Snapshot, alert_line, forms};
use crate::language::{Language, Say};
use crate::time::Instant;

/// The page.
pub struct History;

struct Told;

static LIST: List = List { id: "history", title: Say::AlertsTold, items: &Told, empty: Say::NoAlerts };

impl Page for History {
    fn id(&self) -> &'static str {
        "alerts"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::AlertsTold.long(language)
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
        let alerts = snapshot.alerts;
        let on = alerts.episodes().iter().rev().map(|episode| (episode, None));
        let over = alerts.ended().map(|(episode, over)| (episode, Some(*over)));
        let (episode, over) = on.chain(over).nth(at)?;
        let view = snapshot.view_of(episode);
        Some(Item::new(alert_line(&view, snapshot), when(snapshot, episode, over)))
    }
}

/// "after 1:12 h, 6 min": the ride's time when it was told and how long it lasted.
fn when(snapshot: &Snapshot<'_>, episode: &Episode, over: Option<Instant>) -> Choices {
    let since_start = snapshot.now.since(episode.told_at);
    let told_s = snapshot.ride_time.as_s().saturating_sub(since_start.as_s());
    let told = Words::of(format_args!("{}:{:02}", told_s / 3600, told_s / 60 % 60));
    let (say, lasted) = match over {
        Some(over) => (Say::AlertWas, over.since(episode.told_at).as_s().div_ceil(60)),
        None => (Say::AlertIsOn, 0),
    };
    forms(say, snapshot.language, &[told.as_str(), Words::of(format_args!("{lasted}")).as_str()])
}
