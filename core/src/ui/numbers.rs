//! Numbers: one to eight fields in a grid, which the rider chooses.

use super::layout::{grid, is_small, widened, with_status};
use super::{Cells, Page};
use crate::config::MAX_NUMBERS;
use crate::draw::Area;
use crate::field::{Field, Snapshot, by_id};
use crate::language::{Language, Say};

/// The page.
pub struct Numbers;

/// What is shown while the rider has chosen nothing.
const USUAL: [&str; 6] = ["smo2_calf", "smo2_thigh", "thb_calf", "thb_thigh", "power", "cadence"];
/// The most that a small display holds.
const FEW: usize = 4;

impl Page for Numbers {
    fn id(&self) -> &'static str {
        "numbers"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::Numbers.long(language)
    }

    fn is_optional(&self) -> bool {
        true
    }

    fn lay_out(&self, snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        let chosen = &snapshot.config.numbers;
        let mut fields: heapless::Vec<&'static dyn Field, MAX_NUMBERS> =
            chosen.iter().filter_map(|id| by_id(id)).collect();
        if fields.is_empty() {
            fields = USUAL.iter().filter_map(|id| by_id(id)).collect();
        }
        fields.truncate(if is_small(area) { FEW } else { MAX_NUMBERS });
        let most = if area.w > area.h && fields.len() > 4 { 4 } else { 2 };
        // Rows of two, three or four: as square as cells can be, and one or two fields take the whole width.
        let columns = match fields.len() {
            0..=2 if area.w < area.h => 1,
            5..=6 => most.min(3),
            _ => most,
        };
        grid(cells, widened(page), &fields, columns);
    }
}
