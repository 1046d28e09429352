//! Numbers: one to eight fields in a grid, which the rider chooses.

use super::layout::{grid, is_small, small_pair, widened, with_status};
use super::{Cells, Page};
use crate::config::{Config, MAX_NUMBERS};
use crate::draw::Area;
use crate::field::{Field, POWER, Smo2Field, Snapshot, by_id};
use crate::language::Say;

/// The page.
pub struct Numbers;

/// What is shown while the rider has chosen nothing, where there is room.
const USUAL: [&str; 6] = ["smo2_calf", "smo2_thigh", "thb_calf", "thb_thigh", "power", "cadence"];
/// The most that a small display holds, and a wide one in large text.
const FEW: usize = 4;

/// The fields that are chosen, or the usual ones.
pub(super) fn fields(config: &Config) -> heapless::Vec<&'static dyn Field, MAX_NUMBERS> {
    let mut fields: heapless::Vec<_, MAX_NUMBERS> = config.numbers.iter().filter_map(|id| by_id(id)).collect();
    if fields.is_empty() {
        fields = USUAL.iter().filter_map(|id| by_id(id)).collect();
    }
    fields
}

impl Page for Numbers {
    fn id(&self) -> &'static str {
        "numbers"
    }

    fn title(&self) -> Say {
        Say::Numbers
    }

    fn is_optional(&self) -> bool {
        true
    }

    fn lay_out(&self, snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        if is_small(area) && snapshot.config.numbers.is_empty() {
            return small_pair(cells, page, &[&Smo2Field::CALF, &Smo2Field::THIGH], &POWER);
        }
        let mut fields = fields(snapshot.config);
        let is_wide = area.w > area.h;
        fields.truncate(match (snapshot.config.large_text, is_small(area)) {
            (true, true) => 2,
            // Above an alert there is one row.
            (false, true) if area.h < area.w => 2,
            (true, false) if !is_wide => 3,
            (true, false) | (false, true) => FEW,
            (false, false) => MAX_NUMBERS,
        });
        let most = if is_wide && fields.len() > 4 { 4 } else { 2 };
        // Rows of two, three or four: as square as cells can be, and one or two fields take the whole width.
        let columns = match fields.len() {
            _ if snapshot.config.large_text => {
                if is_wide {
                    2
                } else {
                    1
                }
            }
            0..=2 if area.h >= area.w => 1,
            5..=6 => most.min(3),
            _ => most,
        };
        grid(cells, widened(page), &fields, columns);
    }
}
