//! Recordings made by hand, for tests of blocks and pairs.

use super::record::{Row, Session, SiteRows, Spoilt};
use sling_core::sensor::{Muscle, Reason, Side, Site};

/// A part of a recording in which nothing changes.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    pub label: &'static str,
    pub seconds: u32,
    pub power: u16,
    pub cadence: u16,
    pub spoilt: Option<Spoilt>,
    pub calf: Result<f32, Reason>,
    pub thigh: Result<f32, Reason>,
    pub thb: f32,
}

impl Made {
    pub fn ridden(label: &'static str, seconds: u32) -> Self {
        let (calf, thigh) = (Ok(55.0), Ok(50.0));
        Self { label, seconds, power: 200, cadence: 88, spoilt: None, calf, thigh, thb: 12.0 }
    }

    pub fn calf(self, percent: f32) -> Self {
        Self { calf: Ok(percent), ..self }
    }
}

/// The recording of these parts, with a wave of SD 1 on the calf so that there is noise to measure.
pub fn made(parts: &[Made]) -> Session {
    let mut session = Session { name: "made.csv".into(), ..Session::default() };
    let site = |muscle| SiteRows { site: Site::new(muscle, Side::Right), smo2: Vec::new(), thb_gdl: Vec::new() };
    session.sites = vec![site(Muscle::GastrocnemiusMedialis), site(Muscle::VastusLateralis)];
    for part in parts {
        let label = if part.label.is_empty() {
            None
        } else if let Some(at) = session.labels.iter().position(|known| known == part.label) {
            Some(at)
        } else {
            session.labels.push(part.label.to_owned());
            Some(session.labels.len() - 1)
        };
        for _ in 0..part.seconds {
            let second = session.rows.len() as u32 + 1;
            let begun = session.rows.last().map_or(0, |row: &Row| row.begun + u32::from(row.label != label));
            let (power, cadence) = (Some(part.power), Some(part.cadence));
            session.rows.push(Row { second, power, cadence, celsius: None, spoilt: part.spoilt, label, begun });
            let wave = 1.4 * (second as f32 / 11.0).sin();
            session.sites[0].smo2.push(part.calf.map(|percent| percent + wave));
            session.sites[1].smo2.push(part.thigh);
            for rows in &mut session.sites {
                rows.thb_gdl.push(Some(part.thb));
            }
        }
    }
    session
}
