//! A ride as Sling CSV, the plain recording format: what was put in, so that it can be replayed.

use super::{Sink, Target};
use sling_core::head_unit::{Config, Context, Posture};
use sling_core::sensor::{Identity, Reason, Sample, Site};
use sling_core::time::Instant;
use sling_core::units::{Thb, ThbScale};
use sling_core::{HeadUnit, Input, Output};
use std::collections::HashMap;
use std::io::{self, Write};

/// Columns before the sites'.
const PLAIN: [&str; 10] = [
    "t_s",
    "power_w",
    "cadence_rpm",
    "heart_rate_bpm",
    "speed_mps",
    "grade_pct",
    "temperature_c",
    "posture",
    "position",
    "marker",
];

/// Collects rows and writes the file at the end, when it is known which columns there are.
///
/// Inputs of one millisecond share a row. Rows are made of samples, finished ones and those that the head unit heard by radio.
pub struct CsvSink {
    file: Target,
    sites: Vec<Site>,
    by_identity: HashMap<Identity, Site>,
    counts: HashMap<Identity, u16>,
    scales: HashMap<Site, ThbScale>,
    rows: Vec<Row>,
    laps: u16,
}

#[derive(Default)]
struct Row {
    at: Instant,
    plain: HashMap<&'static str, String>,
    sites: HashMap<Site, (String, String)>,
    lap: Option<u16>,
}

impl CsvSink {
    /// Into `file`.
    pub fn new(file: impl Into<Target>) -> Self {
        Self {
            file: file.into(),
            sites: Vec::new(),
            by_identity: HashMap::new(),
            counts: HashMap::new(),
            scales: HashMap::new(),
            rows: Vec::new(),
            laps: 1,
        }
    }

    fn row(&mut self, at: Instant, fits: impl Fn(&Row) -> bool) -> &mut Row {
        let same = self.rows.last().is_some_and(|row| row.at >= at && fits(row));
        if !same {
            // Times are strictly increasing in the format: what does not fit moves on by a millisecond.
            let at = self.rows.last().map_or(at, |row| Instant::from_ms(at.as_ms().max(row.at.as_ms() + 1)));
            self.rows.push(Row { at, ..Row::default() });
        }
        let last = self.rows.len() - 1;
        &mut self.rows[last]
    }

    fn configure(&mut self, config: &Config) {
        for assignment in &config.roster {
            self.by_identity.insert(assignment.identity, assignment.site);
            if !self.sites.contains(&assignment.site) {
                self.sites.push(assignment.site);
            }
        }
    }

    fn sample(&mut self, at: Instant, sample: &Sample) {
        let Some(&site) = self.by_identity.get(&sample.identity) else { return };
        if self.counts.insert(sample.identity, sample.count) == Some(sample.count) {
            return;
        }
        let cells = match sample.reading {
            Ok(value) => (tenths(i64::from(value.smo2.tenths())), value.thb.map_or_else(String::new, hundredths)),
            Err(Reason::AmbientLight) => ("ambient".into(), String::new()),
            // What was over 100 % came without its number, and none is made up for it.
            Err(Reason::Invalid | Reason::Implausible) => ("invalid".into(), String::new()),
            Err(_) => return,
        };
        if let Some(scale) = sample.reading.ok().and_then(|value| value.thb).map(|thb| thb.scale) {
            self.scales.insert(site, scale);
        }
        self.row(at, |row| !row.sites.contains_key(&site)).sites.insert(site, cells);
    }

    fn context(&mut self, at: Instant, context: &Context) {
        let cells = [
            ("power_w", context.power.map(|x| x.0.to_string())),
            ("cadence_rpm", context.cadence.map(|x| x.0.to_string())),
            ("heart_rate_bpm", context.heart_rate.map(|x| x.0.to_string())),
            ("speed_mps", context.speed.map(|x| format!("{:.2}", f64::from(x.0) / 100.0))),
            ("grade_pct", context.grade.map(|x| tenths(i64::from(x.0)))),
            ("temperature_c", context.temperature.map(|x| tenths(i64::from(x.0)))),
        ];
        for (column, cell) in cells {
            if let Some(cell) = cell {
                self.plain(at, column, cell);
            }
        }
    }

    fn plain(&mut self, at: Instant, column: &'static str, cell: String) {
        self.row(at, |row| !row.plain.contains_key(column)).plain.insert(column, cell);
    }

    fn write(&mut self) -> io::Result<()> {
        let used: Vec<&str> = PLAIN[1..]
            .iter()
            .copied()
            .filter(|column| self.rows.iter().any(|r| r.plain.contains_key(column)))
            .collect();
        let with_laps = self.rows.iter().any(|row| row.lap.is_some());
        let mut header = vec!["t_s".to_owned()];
        header.extend(used.iter().map(|&column| column.to_owned()));
        if with_laps {
            header.push("lap".to_owned());
        }
        for site in &self.sites {
            header.push(format!("{site}.smo2_pct"));
            if let Some(scale) = self.scales.get(site) {
                let unit = if *scale == ThbScale::GramsPerDecilitre { "gdl" } else { "au" };
                header.push(format!("{site}.thb_{unit}"));
            }
        }
        writeln!(self.file, "{}", header.join(","))?;
        for row in &self.rows {
            let ms = row.at.as_ms();
            let mut cells = vec![format!("{}.{:03}", ms / 1000, ms % 1000)];
            cells.extend(used.iter().map(|column| row.plain.get(column).cloned().unwrap_or_default()));
            if with_laps {
                cells.push(row.lap.map_or_else(String::new, |lap| lap.to_string()));
            }
            for site in &self.sites {
                let (smo2, thb) = row.sites.get(site).cloned().unwrap_or_default();
                cells.push(smo2);
                if self.scales.contains_key(site) {
                    cells.push(thb);
                }
            }
            writeln!(self.file, "{}", cells.join(","))?;
        }
        Ok(())
    }
}

impl Sink for CsvSink {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        match input {
            Input::Configure(config) => self.configure(config),
            Input::Sample(sample) => self.sample(at, sample),
            Input::Context(context) => self.context(at, context),
            Input::Posture(Posture::Seated) => self.plain(at, "posture", "seated".into()),
            Input::Posture(Posture::Standing) => self.plain(at, "posture", "standing".into()),
            Input::Position(label) => self.plain(at, "position", plain_text(label)),
            Input::Marker(label) => self.plain(at, "marker", plain_text(label)),
            Input::Lap => {
                self.laps += 1;
                let lap = self.laps;
                self.row(at, |row| row.lap.is_none()).lap = Some(lap);
            }
            _ => {}
        }
        Ok(())
    }

    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        match output {
            Output::Sample(sample) => self.input(at, &Input::Sample(*sample)),
            Output::Context(context) => self.input(at, &Input::Context(*context)),
            _ => Ok(()),
        }
    }

    fn finish(&mut self, _unit: &HeadUnit) -> io::Result<()> {
        self.write()?;
        self.file.keep()
    }
}

fn tenths(x: i64) -> String {
    format!("{}{}.{}", if x < 0 { "-" } else { "" }, x.abs() / 10, x.abs() % 10)
}

fn hundredths(thb: Thb) -> String {
    let x = i32::from(thb.hundredths);
    format!("{}{}.{:02}", if x < 0 { "-" } else { "" }, x.abs() / 100, x.abs() % 100)
}

/// The format needs no quoting, so a label cannot hold what would end its cell.
fn plain_text(label: &str) -> String {
    label.chars().map(|c| if c == ',' || c == '"' || c.is_control() { ' ' } else { c }).collect()
}
