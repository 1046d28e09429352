//! Every page in every state on every display: what is drawn, and the words for it.

use crate::image::Image;
use crate::panel::{PANELS, Panel};
use crate::picture::around;
use crate::states::{NORMAL, STATES};
use sling_core::draw::{Area, Canvas, Ink, MonoFrame, Theme};
use sling_core::field::{Field, Snapshot};
use sling_core::ui::{self, PAGES};
use sling_simulator::display::page_rgb_in;

/// One of them.
pub struct Screen {
    /// The display, as in [`Panel::name`].
    pub canvas: &'static str,
    /// The page's id.
    pub page: &'static str,
    /// The state's name.
    pub state: &'static str,
    /// What is drawn.
    pub image: Image,
    /// What is said.
    pub words: String,
}

impl Screen {
    /// The name in file names.
    pub fn name(&self) -> String {
        format!("{}-{}", self.page, self.state)
    }

    /// Whether the others of its page are compared with it.
    pub fn is_normal(&self) -> bool {
        self.state == NORMAL
    }
}

/// All of them, display by display and page by page, the normal state first.
pub fn all() -> Vec<Screen> {
    let ridden: Vec<_> = STATES.iter().map(|state| (state, state.ridden())).collect();
    let mut all = Vec::new();
    for panel in &PANELS {
        for (at, page) in (0..).zip(PAGES) {
            for (state, unit) in &ridden {
                if state.shown.is_on(panel.display) {
                    all.extend(state.on_page(unit, at, |snapshot| {
                        let Panel { display, name: canvas, .. } = *panel;
                        let (w, h) = panel.size();
                        let rgb = page_rgb_in(display, unit.config().theme, *page, snapshot);
                        let mut words = String::new();
                        // Words always have room in a string.
                        let _ = ui::describe(*page, snapshot, w, h, &mut words);
                        let image = Image::from_rgb(w as usize, h as usize, &rgb);
                        Screen { canvas, page: page.id(), state: state.name, image, words }
                    }));
                }
            }
        }
    }
    all
}

/// What a field draws outside its area: the smallest area around it, on the display that it is on.
pub fn strays(snapshot: &Snapshot<'_>, area: Area, field: &dyn Field) -> Option<Area> {
    let mut sheet: MonoFrame<544, 544, { 68 * 544 }> = MonoFrame::new(Theme::Day);
    // A sheet that is larger than any display, with air at the left and at the top.
    let moved = Area::new(area.x + AIR, area.y + AIR, area.w, area.h);
    field.draw(snapshot, &mut sheet, moved);
    sheet.fill(moved, Ink::Paper);
    if sheet.bytes().iter().all(|&byte| byte == 0) {
        return None;
    }
    let points = (0..544).flat_map(|y| (0..544).map(move |x| (x, y))).filter(|&(x, y)| sheet.pixel(x, y));
    points.map(|(x, y)| Area::new(x - AIR, y - AIR, 1, 1)).reduce(|all, one| around(&all, &one))
}

const AIR: i16 = 32;
