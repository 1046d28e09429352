//! Muscles: those that have no place on Balance, Sides or Heads, in large numbers; if there is none, every muscle that is worn.
//! Left leg left and right leg right, from the top of the body down, where both legs wear the same. A small display has room
//! for one row; select turns to the next.

use super::layout::{grid, is_small, with_line};
use super::legs::{pairs, small_row};
use super::{Cells, Page, StatusBar};
use crate::config::MAX_SITES;
use crate::draw::Area;
use crate::field::{Field, Smo2Field, Snapshot};
use crate::language::Say;

/// The page.
pub struct Muscles;

static FIELDS: [&dyn Field; MAX_SITES] = Smo2Field::OTHERS;

impl Page for Muscles {
    fn id(&self) -> &'static str {
        "muscles"
    }

    fn title(&self) -> Say {
        Say::Muscles
    }

    /// There are muscles that no other page shows.
    fn suits(&self, snapshot: &Snapshot<'_>) -> bool {
        snapshot.sites.iter().any(|view| !snapshot.has_place(view.site))
    }

    fn is_optional(&self) -> bool {
        true
    }

    fn lay_out(&self, snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_line(area, cells, &StatusBar::BOTH_LEGS);
        let fields = FIELDS.get(..snapshot.others()).unwrap_or_default();
        let is_wide = area.w > area.h;
        match fields.len() {
            _ if is_small(area) => small_row(cells, page, fields, snapshot.screen.row),
            2..=3 if snapshot.config.large_text && !is_wide => grid(cells, page, fields, 1),
            0..=4 => pairs(fields, page, cells),
            _ => grid(cells, page, fields, if is_wide { 4 } else { 2 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DISPLAYS, Sheet, worn_at};
    use super::super::{cells, describe};
    use super::*;
    use crate::draw::{Canvas, Ink, Theme};
    use crate::field::{Screen, SiteView, with_preview};
    use crate::language::Language;
    use crate::sensor::{Muscle, Reason, Side, Site};
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    /// Where the fields of the page stand, and which muscles they are of.
    fn shown(sites: &[(Muscle, Side)], display: (i16, i16)) -> Vec<(Site, Area)> {
        shown_in(sites, 0, display)
    }

    /// The same after so many presses of select.
    fn shown_in(sites: &[(Muscle, Side)], row: u8, (w, h): (i16, i16)) -> Vec<(Site, Area)> {
        with_preview(|preview| {
            let moment = worn_at(preview, sites);
            let moment = Snapshot { screen: Screen { row, ..moment.screen }, ..moment };
            let number = |id: &str| id.strip_prefix("smo2_other_").and_then(|n| n.parse::<u8>().ok());
            let cells = cells(&Muscles, &moment, w, h);
            let of = |n: u8| moment.at(crate::field::Which::Other(n - 1)).unwrap().site;
            cells.iter().filter_map(|cell| Some((of(number(cell.field.id())?), cell.area))).collect()
        })
    }

    const LEFT: Side = Side::Left;
    const RIGHT: Side = Side::Right;
    /// Calf, thigh, shin and hamstring of both legs, as a roster may name them.
    const EIGHT: [(Muscle, Side); 8] = [
        (Muscle::GastrocnemiusMedialis, RIGHT),
        (Muscle::VastusLateralis, RIGHT),
        (Muscle::TibialisAnterior, RIGHT),
        (Muscle::BicepsFemoris, RIGHT),
        (Muscle::GastrocnemiusMedialis, LEFT),
        (Muscle::VastusLateralis, LEFT),
        (Muscle::TibialisAnterior, LEFT),
        (Muscle::BicepsFemoris, LEFT),
    ];

    #[test]
    fn muscles_without_a_place_elsewhere_stand_left_leg_left_and_from_the_top_down() {
        let (shin, hamstring) = (Muscle::TibialisAnterior, Muscle::BicepsFemoris);
        let muscles = |all: &[(Site, Area)]| all.iter().map(|(site, _)| (site.muscle, site.side)).collect::<Vec<_>>();
        for display in DISPLAYS {
            if display == (176, 176) {
                // A row at a time, round and round.
                for (row, muscle) in [(0, hamstring), (1, shin), (2, hamstring)] {
                    let all = shown_in(&EIGHT, row, display);
                    assert_eq!(muscles(&all), [(muscle, LEFT), (muscle, RIGHT)]);
                    assert!(all[0].1.x < all[1].1.x);
                }
                continue;
            }
            let all = shown(&EIGHT, display);
            let sites = muscles(&all);
            assert_eq!(sites, [(hamstring, LEFT), (hamstring, RIGHT), (shin, LEFT), (shin, RIGHT)], "{display:?}");
            assert!(all[0].1.x < all[1].1.x && all[0].1.y < all[2].1.y && all[0].1.x == all[2].1.x, "{display:?}");
        }
    }

    #[test]
    fn a_second_thigh_and_a_soleus_have_no_place_and_the_heads_of_a_calf_have_one() {
        let worn = [
            (Muscle::Soleus, RIGHT),
            (Muscle::GastrocnemiusLateralis, RIGHT),
            (Muscle::GastrocnemiusMedialis, RIGHT),
            (Muscle::RectusFemoris, LEFT),
            (Muscle::RectusFemoris, RIGHT),
            (Muscle::VastusLateralis, RIGHT),
        ];
        let sites: Vec<_> = shown(&worn, (240, 400)).iter().map(|(site, _)| (site.muscle, site.side)).collect();
        assert_eq!(sites, [(Muscle::RectusFemoris, RIGHT), (Muscle::Soleus, RIGHT)]);
        with_preview(|preview| {
            assert!(Muscles.suits(&worn_at(preview, &worn)));
            assert!(!Muscles.suits(&worn_at(preview, &worn[1..3])) && !Muscles.suits(&worn_at(preview, &[])));
            // Where no muscle is left over, all are shown.
            assert_eq!(shown(&worn[1..3], (240, 400)).len(), 2);
        });
    }

    #[test]
    fn any_muscles_in_any_number_fit_with_their_names_in_every_language() {
        let all: Vec<_> = Muscle::ALL.iter().flat_map(|muscle| [(*muscle, LEFT), (*muscle, RIGHT)]).collect();
        let mut outside = std::collections::BTreeSet::new();
        for n in 0..=8 {
            for start in (0..26).step_by(if n == 0 { 26 } else { n }) {
                let sites: Vec<_> = all.iter().cycle().skip(start).take(n).copied().collect();
                with_preview(|preview| {
                    let worn = worn_at(preview, &sites);
                    let lost = worn.sites.iter().map(|view| SiteView { smo2: Err(Reason::AmbientLight), ..*view });
                    let lost = Snapshot { sites: lost.collect(), ..worn.clone() };
                    for (language, moment) in Language::ALL.into_iter().flat_map(|it| [(it, &worn), (it, &lost)]) {
                        let moment = Snapshot { language, ..moment.clone() };
                        for (w, h) in DISPLAYS {
                            for cell in cells(&Muscles, &moment, w, h) {
                                let mut sheet = Sheet::new(Theme::Day);
                                cell.field.draw(&moment, &mut sheet, cell.area);
                                sheet.fill(cell.area, Ink::Paper);
                                if sheet.bytes().iter().any(|&b| b != 0) {
                                    let mut words = String::new();
                                    cell.field.describe(&moment, &mut words).unwrap();
                                    outside.insert(std::format!("{w}x{h} {n}: {words}"));
                                }
                            }
                        }
                    }
                    let mut words = String::new();
                    describe(&Muscles, &worn, 240, 400, &mut words).unwrap();
                    // The battery has one too.
                    assert_eq!(words.matches('%').count(), 2 * worn.others() + 1, "{words}");
                });
            }
        }
        assert!(outside.is_empty(), "{} cases: {outside:#?}", outside.len());
    }
}
