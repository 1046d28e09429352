//! Fields of both houses on a foreign framebuffer.

use sling_core::draw::Area;
use sling_core::field::{FIELDS, Field, SiteView, Snapshot, with_preview};
use sling_core::sensor::Reason;
use sling_foreign_field::{Columns, Framebuffer};

/// The pixels that were drawn in an area, and outside it.
fn drawn(framebuffer: &Framebuffer, area: Area) -> (usize, usize) {
    let all = (0..320).flat_map(|y| (0..200).map(move |x| (x, y)));
    let (inside, outside): (Vec<_>, Vec<_>) = all
        .filter(|&(x, y)| framebuffer.is_drawn(x, y))
        .partition(|&(x, y)| area.contains(&Area::new(x as i16, y as i16, 1, 1)));
    (inside.len(), outside.len())
}

#[test]
fn a_field_of_its_own_and_each_of_ours_stay_in_their_areas() {
    with_preview(|snapshot| {
        let ours = FIELDS.iter().copied();
        for field in ours.chain([&Columns as &dyn Field]) {
            let (w, h) = field.smallest();
            for area in [Area::new(11, 17, w, h), Area::new(11, 17, 180, 290)] {
                let mut framebuffer = Framebuffer::new(200, 320);
                framebuffer.show(field, snapshot, area);
                let all = usize::from(area.w.unsigned_abs()) * usize::from(area.h.unsigned_abs());
                // The area is cleared, so all of it has changed, and nothing else.
                assert_eq!(drawn(&framebuffer, area), (all, 0), "{} in {area:?}", field.id());
            }
        }
    });
}

#[test]
fn its_own_field_shows_what_it_says() {
    with_preview(|snapshot| {
        let say = |snapshot: &Snapshot<'_>| {
            let mut words = String::new();
            Columns.describe(snapshot, &mut words).unwrap();
            words
        };
        assert_eq!(say(snapshot), "calf 48 % thigh 61 % ");
        let lost = snapshot.calf.map(|view| SiteView { smo2: Err(Reason::Lost), ..view });
        let lost = Snapshot { calf: lost, ..snapshot.clone() };
        assert_eq!(say(&lost), "calf not known thigh 61 % ");
        let area = Area::new(0, 0, 40, 100);
        let pictures = [snapshot, &lost].map(|moment| {
            let mut framebuffer = Framebuffer::new(200, 320);
            framebuffer.show(&Columns, moment, area);
            framebuffer
        });
        // A column of 48 rows is not what no reading looks like.
        let differ = (0..100).any(|y| pictures[0].pixel(5, y) != pictures[1].pixel(5, y));
        assert!(differ);
    });
}
