//! Every page in every state on every display: what is drawn, and the words for it.

use crate::image::Image;
use crate::panel::{PANELS, Panel};
use crate::states::{NORMAL, STATES};
use sling_core::draw::{Area, Canvas, Ink, MonoFrame, Theme};
use sling_core::field::{Field, Snapshot};
use sling_core::ui::{self, PAGES};
use sling_simulator::display::{Display, page_rgb_in};

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

/// Every state is shown on these; on the others, those that are for everywhere.
const ALL_STATES_ON: [Display; 2] = [Display::SharpPortrait, Display::SharpLandscape];

/// All of them, display by display and page by page, the normal state first.
pub fn all() -> Vec<Screen> {
    let ridden: Vec<_> = STATES.iter().map(|state| (state, state.ridden())).collect();
    let mut all = Vec::new();
    for panel in &PANELS {
        for (at, page) in (0..).zip(PAGES) {
            for (state, unit) in &ridden {
                if state.everywhere || ALL_STATES_ON.contains(&panel.display) {
                    all.extend(state.on_page(unit, at, |snapshot| {
                        let Panel { display, name: canvas, .. } = *panel;
                        let (w, h) = panel.size();
                        let rgb = page_rgb_in(display, unit.config().theme, *page, snapshot);
                        let mut words = String::new();
                        let said = ui::describe(*page, snapshot, w, h, &mut words);
                        assert!(said.is_ok(), "words always have room in a string");
                        let image = Image::from_rgb(w as usize, h as usize, &rgb);
                        Screen { canvas, page: page.id(), state: state.name, image, words }
                    }));
                }
            }
        }
    }
    all
}

/// Whether a field draws outside its area, on a sheet that is larger than any display.
pub fn is_outside(snapshot: &Snapshot<'_>, area: Area, field: &dyn Field) -> bool {
    let mut sheet: MonoFrame<544, 544, { 68 * 544 }> = MonoFrame::new(Theme::Day);
    // Air at the left and at the top.
    let moved = Area::new(area.x + 32, area.y + 32, area.w, area.h);
    field.draw(snapshot, &mut sheet, moved);
    sheet.fill(moved, Ink::Paper);
    sheet.bytes().iter().any(|&byte| byte != 0)
}
