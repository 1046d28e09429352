//! The recordings that this project did not make replay to the end, and every artefact that is known of them is seen.
//!
//! They are not in the repository. Their folder is `SLING_DATA`, else `shared/data` beside the repository. Where it is
//! missing these tests say so and pass, unless `SLING_REQUIRE_DATA=1`.

use sling_core::sensor::{Reading, Site};
use sling_simulator::formats::{FormatError, Item, Options, Recording, Timed, open, parse_site};
use std::io::Write as _;
use std::path::PathBuf;

/// The shared folder, if it is there.
fn data() -> Option<PathBuf> {
    let dir = std::env::var_os("SLING_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")), PathBuf::from);
    if dir.is_dir() {
        return Some(dir);
    }
    let required = std::env::var_os("SLING_REQUIRE_DATA").is_some_and(|value| value == "1");
    assert!(!required, "SLING_REQUIRE_DATA=1, and {} is no folder", dir.display());
    // On the terminal itself, which the test harness does not capture.
    let words = "SKIP recordings of real sensors";
    let _ = writeln!(std::io::stderr(), "{words}: no folder {}; SLING_DATA names another", dir.display());
    None
}

fn options(sites: &str) -> Options {
    let sites = sites.split(',').filter(|site| !site.is_empty());
    Options { sites: sites.map(|site| parse_site(site).unwrap()).collect() }
}

/// One sample of a channel: time in ms, count, reading.
type Sample = (u64, u16, Reading);

fn samples(recording: &Recording, wanted: u8) -> Vec<Sample> {
    let sample = |timed: &Timed| match timed.item {
        Item::Sample { channel, count, reading } if channel == wanted => Some((timed.at.as_ms(), count, reading)),
        _ => None,
    };
    recording.items.iter().filter_map(sample).collect()
}

/// The samples without those that repeat the one before.
fn new_samples(samples: &[Sample]) -> Vec<Sample> {
    let mut new = samples.to_vec();
    new.dedup_by_key(|(_, count, _)| *count);
    new
}

fn tenths(samples: &[Sample]) -> Vec<u16> {
    samples.iter().map(|(_, _, reading)| reading.unwrap().smo2.tenths()).collect()
}

fn how_often(values: &[u16], wanted: u16) -> usize {
    values.iter().filter(|&&value| value == wanted).count()
}

fn laps(recording: &Recording) -> usize {
    recording.items.iter().filter(|timed| timed.item == Item::Lap).count()
}

fn duration_s(recording: &Recording) -> u64 {
    recording.items.last().unwrap().at.as_ms() / 1000
}

fn steps_ms(samples: &[Sample]) -> Vec<u64> {
    samples.windows(2).map(|pair| pair[1].0 - pair[0].0).collect()
}

/// Opens a shared file, checks what holds for all of them, and returns it.
fn replay(file: &str, sites: &str) -> Option<Recording> {
    let recording = open(&data()?.join(file), &options(sites)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(recording.items.first().unwrap().at.as_ms(), 0, "{file} is rebased");
    assert!(recording.items.windows(2).all(|pair| pair[0].at <= pair[1].at), "{file}: time runs forward");
    let named: Vec<Site> = recording.channels.iter().map(|channel| channel.site.unwrap()).collect();
    if !sites.is_empty() {
        assert_eq!(named, options(sites).sites.into_iter().flatten().collect::<Vec<_>>());
    }
    Some(recording)
}

#[test]
fn moxy_intervals_is_native_and_keeps_its_zero_and_its_swings() {
    let Some(recording) = replay("mnirs/moxy_intervals.csv", "vl.right") else { return };
    let samples = samples(&recording, 0);
    let smo2 = tenths(&samples);
    assert_eq!((samples.len(), new_samples(&samples).len(), duration_s(&recording)), (931, 931, 1860));
    assert!(steps_ms(&samples).iter().all(|&step| step == 2000));
    assert_eq!(how_often(&smo2, 0), 1);
    let swings = smo2.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) >= 100).count();
    assert!(swings > 20, "Live is read, not Averaged: {swings}");
    assert!(samples.iter().all(|(_, _, reading)| reading.unwrap().thb.is_some()));
    assert!(recording.remarks.is_empty());
}

#[test]
fn moxy_occlusion_is_native_and_falls_to_12_percent() {
    let Some(recording) = replay("mnirs/moxy-occlusion.xlsx", "vl.left") else { return };
    let samples = samples(&recording, 0);
    let smo2 = tenths(&samples);
    assert_eq!((samples.len(), new_samples(&samples).len(), duration_s(&recording)), (530, 530, 1058));
    assert!(steps_ms(&samples).iter().all(|&step| step == 2000));
    assert_eq!((smo2[0], smo2.iter().min(), smo2.iter().max()), (830, Some(&110), Some(&890)));
}

#[test]
fn moxy_ramp_keeps_its_injected_artefacts_and_counts_held_values_once() {
    for (file, rows, laps_wanted) in [("mnirs/moxy_ramp.xlsx", 2202, 2), ("mnirs_dev/moxy_ramp_example.xlsx", 2203, 2)]
    {
        let Some(recording) = replay(file, "vl.left,vl.right") else { return };
        let (left, right) = (samples(&recording, 0), samples(&recording, 1));
        assert_eq!((left.len(), right.len()), (rows - 108, rows), "{file}: 108 blanks are no samples");
        let smo2 = tenths(&left);
        assert_eq!((how_often(&smo2, 0), how_often(&smo2, 1000)), (13, 10), "{file}");
        let smo2 = tenths(&right);
        assert_eq!((how_often(&smo2, 0), how_often(&smo2, 1000)), (0, 0), "{file}");
        assert_eq!((laps(&recording), duration_s(&recording)), (laps_wanted, 1209), "{file}");
        // 1209 s at one sample in 2.0 to 2.1 s; the left sensor is blank for a minute of it.
        assert_eq!((new_samples(&left).len(), new_samples(&right).len()), (585, 603), "{file}");
        let held = new_samples(&right).windows(2).all(|pair| pair[0].2 != pair[1].2 || pair[1].0 - pair[0].0 >= 2000);
        assert!(held, "{file}");
    }
}

#[test]
fn perfpro_drops_its_row_of_zeros_and_its_empty_columns() {
    let Some(recording) = replay("mnirs/perfpro-mre.xlsx", "vl.left,vl.right") else { return };
    let (left, right) = (samples(&recording, 0), samples(&recording, 1));
    assert_eq!((left.len(), right.len()), (24, 24));
    assert_eq!((left[0].0, tenths(&left)[0], tenths(&right)[0]), (138, 325, 195));
    assert_eq!(left[0].2.unwrap().thb.unwrap().hundredths, 1397);
    let contexts: Vec<_> = recording
        .items
        .iter()
        .filter_map(|timed| if let Item::Context(context) = timed.item { Some(context) } else { None })
        .collect();
    assert_eq!(contexts.len(), 25);
    assert!(contexts.iter().all(|c| c.power.is_some() && c.heart_rate.is_some() && c.cadence.is_some()));
    assert!(contexts.iter().all(|c| c.speed.is_none() && c.grade.is_none()));
}

#[test]
fn vo2master_csv_has_three_sensors_with_decimal_commas() {
    let Some(recording) = replay("mnirs/vo2master.csv", "vl.left,vl.right,mg.left") else { return };
    let first = samples(&recording, 0);
    assert_eq!((tenths(&first)[0], tenths(&first)[1], first[1].2.unwrap().thb.unwrap().hundredths), (0, 138, 1246));
    for (channel, rows) in [(0, 239), (1, 240), (2, 239)] {
        let samples = samples(&recording, channel);
        let new = new_samples(&samples).len();
        assert_eq!(samples.len(), rows);
        assert!((115..=135).contains(&new), "one sample in about two seconds: {new}");
    }
    assert_eq!(duration_s(&recording), 239);
}

#[test]
fn vo2master_averages_hold_what_the_units_sent_in_the_asynchronous_file() {
    let Some(averages) = replay("mnirs_dev/vo2master_dataaverage_example.xlsx", "vl.left,vl.right") else { return };
    let Some(units) = replay("mnirs_dev/vo2master_moxyunit_example.xlsx", "vl.left,vl.right") else { return };
    for (channel, packets) in [(0, 1197), (1, 1198)] {
        let (held, native) = (samples(&averages, channel), samples(&units, channel));
        assert_eq!((held.len(), native.len(), new_samples(&native).len()), (2400, packets, packets));
        let counted = new_samples(&held).len();
        assert!(counted.abs_diff(packets) <= 5, "held values count as often as packets came: {counted}");
        let missed = steps_ms(&native).iter().filter(|&&step| step > 3000).count();
        assert!((7..=9).contains(&missed), "missed packets: {missed}");
    }
    let spikes = tenths(&samples(&units, 1));
    assert!([712, 993, 984].iter().all(|&spike| how_often(&spikes, spike) == 1));
}

#[test]
fn train_red_has_bursts_duplicate_stamps_gaps_and_repeats() {
    for (file, rows, duplicates, gap, sites) in [
        ("mnirs/train.red_intervals.csv", 11_995, 2156, 12_070, "vl.right vl.left"),
        ("mnirs_dev/train.red_interval_example.csv", 12_001, 2157, 11_510, "vl.right es.right"),
    ] {
        let Some(recording) = replay(file, "") else { return };
        let named: Vec<String> = recording.channels.iter().map(|channel| channel.site.unwrap().to_string()).collect();
        assert_eq!(named.join(" "), sites, "{file}");
        assert_eq!(recording.remarks.len(), 2, "{file}: two positions are assumed: {:?}", recording.remarks);
        let (right, left) = (samples(&recording, 0), samples(&recording, 1));
        assert_eq!((right.len(), left.len()), (rows, rows), "{file}");
        let steps = steps_ms(&right);
        assert_eq!(steps.iter().filter(|&&step| step == 0).count(), duplicates, "{file}");
        assert_eq!(steps.iter().copied().filter(|&step| step > 3000).collect::<Vec<_>>(), [gap, 11_080], "{file}");
        // The export repeats the right sensor whenever the left one speaks: 6.6 thousand samples in 12 thousand rows,
        // and five times for 11 to 12 s on end.
        let new = new_samples(&right);
        assert!((6570..6580).contains(&new.len()), "{file}: {}", new.len());
        assert!((11_340..11_360).contains(&new_samples(&left).len()), "{file}");
        let silent = steps_ms(&new).iter().filter(|&&step| step > 10_000).count();
        assert_eq!(silent, 7, "{file}: five dropouts of one sensor and two of both");
        assert_eq!(right[0].2.unwrap().thb.unwrap().hundredths, -1166, "O2Hb + HHb = -6.96 - 4.70");
        assert_eq!(tenths(&right)[0], 672, "unfiltered 67.15, not filtered 67.7");
    }
    let Some(laps_file) = replay("mnirs/train.red_intervals.csv", "") else { return };
    assert_eq!(laps(&laps_file), 4);
}

#[test]
fn train_red_names_its_sites_where_it_can() {
    let Some(recording) = replay("mnirs/train.red-mre.csv", "") else { return };
    let named: Vec<String> = recording.channels.iter().map(|channel| channel.site.unwrap().to_string()).collect();
    assert_eq!(named, ["vl.right", "vl.left"]);
    assert!(recording.remarks.is_empty(), "nothing was assumed");
    assert_eq!(samples(&recording, 0).len(), 409);
}

#[test]
fn unnamed_sensors_ask_for_sites_and_say_how() {
    let Some(dir) = data() else { return };
    for (file, sensors) in [
        ("mnirs/moxy_intervals.csv", 1),
        ("mnirs/moxy_ramp.xlsx", 2),
        ("mnirs/perfpro-mre.xlsx", 2),
        ("mnirs/vo2master.csv", 3),
    ] {
        let error = open(&dir.join(file), &Options::default()).unwrap_err();
        let FormatError::In { error: inner, .. } = &error else { panic!("{error}") };
        assert!(matches!(&**inner, FormatError::NeedSites { channels, .. } if channels.len() == sensors), "{error}");
        assert!(error.to_string().contains("--sites mg.right"), "{error}");
    }
}

/// Our own reader of worksheets sees what another one does.
#[test]
fn worksheets_have_the_rows_that_calamine_sees() {
    use calamine::{Reader, Xlsx, open_workbook};
    for (file, first, smo2) in [
        ("mnirs/moxy-occlusion.xlsx", 3, 2),
        ("mnirs/moxy_ramp.xlsx", 6, 2),
        ("mnirs_dev/moxy_ramp_example.xlsx", 6, 2),
        ("mnirs_dev/vo2master_moxyunit_example.xlsx", 1, 3),
        ("mnirs_dev/vo2master_dataaverage_example.xlsx", 1, 2),
    ] {
        let Some(dir) = data() else { return };
        let mut workbook: Xlsx<_> = open_workbook(dir.join(file)).unwrap();
        let sheet = workbook.worksheet_range_at(0).unwrap().unwrap();
        // The range may begin below the sheet's first row.
        let skip = first - sheet.start().unwrap().0 as usize;
        let column = smo2 - sheet.start().unwrap().1 as usize;
        let theirs: Vec<u16> = sheet
            .rows()
            .skip(skip)
            .filter_map(|row| calamine::DataType::as_f64(&row[column]))
            .map(|pct| (pct * 10.0).round() as u16)
            .collect();
        let sites = if file.contains("occlusion") { "vl.left" } else { "vl.left,vl.right" };
        let Some(recording) = replay(file, sites) else { return };
        assert_eq!(tenths(&samples(&recording, 0)), theirs, "{file}");
    }
}
