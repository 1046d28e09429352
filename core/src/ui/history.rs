//! Alerts: what was told on this ride, the newest first, each with its place, when it was told and for how long it lasted.

use super::layout::with_status;
use super::list::{Item, Items, List};
use super::{Cells, Page, put};
use crate::alert::{Episode, Level};
use crate::draw::{Area, Words};
use crate::field::{Choices, Snapshot, alert_line};
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

/// "1:12 6 min !!": the ride's time when it was told, how long it lasted, how far it came.
fn when(snapshot: &Snapshot<'_>, episode: &Episode, over: Option<Instant>) -> Choices {
    let since_start = snapshot.now.since(episode.told_at);
    let told_s = snapshot.ride_time.as_s().saturating_sub(since_start.as_s());
    let (hours, minutes) = (told_s / 3600, told_s / 60 % 60);
    let lasted = over.unwrap_or(snapshot.now).since(episode.told_at).as_s().div_ceil(60);
    let mark = match episode.level {
        Level::Info => "",
        Level::Caution => " !",
        Level::Warning => " !!",
    };
    let goes_on = if over.is_none() { "…" } else { "" };
    let whole = Words::of(format_args!("{hours}:{minutes:02} {lasted} min{goes_on}{mark}"));
    let brief = Words::of(format_args!("{hours}:{minutes:02}{mark}"));
    Choices::from_iter([whole, brief])
}
