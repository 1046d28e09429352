//! What each layout parses to, how sites are given, and what the rules of Sling CSV refuse.

use crate::support::{bytes, options, path, read_text, words};
use sling_simulator::formats::{FormatError, Options, Place, Recording, SiteColumnError, open, read};

fn fixture(file: &str, sites: &str) -> Recording {
    open(&path(file), &options(sites)).unwrap_or_else(|error| panic!("{error}"))
}

fn message(text: &str) -> String {
    read_text(text).unwrap_err().to_string()
}

#[test]
fn sling_csv_keeps_its_time_and_everything_in_it() {
    let recording = fixture("sling.csv", "");
    assert_eq!(
        words(&recording),
        [
            "10.000 seated",
            "10.000 position saddle 0 mm",
            "10.000 200 W, 90 rpm, 120 bpm, 833 cm/s, 15 per mille, 214 d°C",
            "10.000 mg.right #1 62.5 12.31 g/dL",
            "10.000 vl.right #1 55.1 -3.25 au",
            "12.000 mg.right #2 62.5 12.31 g/dL",
            "14.000 marker sun",
            "14.000 205 W, 91 rpm",
            "14.000 mg.right #3 ambient_light",
            "14.000 vl.right #2 55.0 -3.30 au",
            "16.000 standing",
            "16.000 lap",
            "16.000 -5 per mille",
            "16.000 mg.right #4 invalid",
            "16.000 vl.right #3 0.0",
            "18.500 seated",
            "18.500 position saddle +4 mm",
            "18.500 mg.right #5 100.0 12.30 g/dL",
            "18.500 vl.right #4 implausible",
        ]
    );
    assert_eq!(recording.remarks, ["unknown column \"gears\" is passed over"]);
}

#[test]
fn moxy_csv_counts_every_row_and_runs_through_midnight() {
    assert_eq!(
        words(&fixture("moxy_onboard.csv", "vl.right")),
        [
            "0.000 vl.right #1 56.0 12.01 g/dL",
            "2.000 vl.right #2 56.0 12.01 g/dL",
            "4.000 vl.right #3 0.0 0.00 g/dL",
            "6.000 lap",
            "8.000 vl.right #4 71.0 12.05 g/dL",
        ]
    );
}

#[test]
fn moxy_xlsx_has_clock_cells() {
    assert_eq!(
        words(&fixture("moxy_onboard.xlsx", "vl.right")),
        [
            "0.000 vl.right #1 83.0 12.08 g/dL",
            "2.000 vl.right #2 83.0 12.08 g/dL",
            "4.000 vl.right #3 82.0 12.07 g/dL",
            "6.000 lap",
            "6.000 vl.right #4 81.0",
        ]
    );
}

#[test]
fn moxy_with_close_rows_holds_values_through_blanks_and_extremes() {
    let recording = fixture("moxy_two_channels.xlsx", "vl.left,vl.right");
    let left: Vec<String> = words(&recording).into_iter().filter(|line| !line.contains("vl.right")).collect();
    assert_eq!(
        left,
        [
            "0.000 vl.left #1 54.0",
            "0.560 vl.left #1 54.0",
            "1.680 vl.left #1 54.0",
            "2.240 vl.left #2 0.0",
            "2.800 vl.left #3 54.0",
            "3.360 lap",
            "3.360 vl.left #4 100.0",
            "3.920 vl.left #5 52.0",
            "4.480 vl.left #5 52.0",
        ]
    );
    let right: Vec<String> = words(&recording).into_iter().filter(|line| line.contains("vl.right")).collect();
    let counts: Vec<&str> = right.iter().map(|line| line.split(' ').nth(2).unwrap()).collect();
    assert_eq!(counts, ["#1", "#1", "#2", "#2", "#2", "#2", "#3", "#3", "#4"]);
}

#[test]
fn perfpro_has_context_and_a_first_row_without_samples() {
    assert_eq!(
        words(&fixture("perfpro.xlsx", "mg.right,vl.right")),
        [
            "0.000 250 W, 92 rpm, 160 bpm",
            "0.138 251 W, 92 rpm, 161 bpm",
            "0.138 mg.right #1 32.5 13.97 g/dL",
            "0.138 vl.right #1 19.5 13.29 g/dL",
            "0.703 252 W, 92 rpm, 162 bpm",
            "0.703 mg.right #1 32.5 13.97 g/dL",
            "0.703 vl.right #2 31.1 13.94 g/dL",
            "1.266 253 W, 92 rpm, 163 bpm",
            "1.266 mg.right #1 32.5 13.97 g/dL",
            "1.266 vl.right #2 31.1 13.94 g/dL",
            "1.831 lap",
            "1.831 254 W, 92 rpm, 164 bpm",
            "1.831 mg.right #2 34.8 13.59 g/dL",
            "1.831 vl.right #3 0.0 0.00 g/dL",
        ]
    );
}

#[test]
fn vo2master_csv_has_decimal_commas_and_columns_of_zeros() {
    let recording = fixture("vo2master.csv", "mg.right,vl.right,-");
    assert_eq!(
        words(&recording),
        [
            "0.000 130 bpm, 0 cm/s",
            "0.000 mg.right #1 0.0 0.00 g/dL",
            "0.000 vl.right #1 40.9 13.03 g/dL",
            "1.000 131 bpm, 500 cm/s",
            "1.000 mg.right #2 13.8 12.46 g/dL",
            "1.000 vl.right #1 40.9 13.03 g/dL",
            "2.000 131 bpm, 500 cm/s",
            "2.000 mg.right #2 13.8 12.46 g/dL",
            "2.000 vl.right #2 40.9 13.03 g/dL",
            "3.000 0 cm/s",
            "3.000 mg.right #3 13.8 12.46 g/dL",
            "3.000 vl.right #3 41.8 13.03 g/dL",
            "4.000 vl.right #4 42.0 13.04 g/dL",
        ]
    );
    assert_eq!(recording.channels.len(), 2, "- passes a sensor over");
}

#[test]
fn vo2master_units_have_a_row_for_each_packet() {
    assert_eq!(
        words(&fixture("vo2master_units.xlsx", "mg.right,vl.right")),
        [
            "0.000 vl.right #1 35.2",
            "0.720 mg.right #1 39.4",
            "2.030 vl.right #2 35.2",
            "2.640 mg.right #2 39.4",
            "6.010 vl.right #3 99.3",
        ]
    );
    let averages = words(&fixture("vo2master_average.xlsx", "-,vl.right"));
    assert_eq!(
        averages,
        ["0.000 vl.right #1 37.2", "1.000 vl.right #2 35.2", "2.000 vl.right #2 35.2", "3.000 vl.right #3 38.7"]
    );
}

#[test]
fn train_red_reads_unfiltered_values_and_counts_no_repeat() {
    let recording = fixture("train_red_two.csv", "");
    assert_eq!(
        words(&recording),
        [
            "0.000 vl.right #1 67.2 -11.66 au",
            "0.000 mg.left #1 72.1 -7.54 au",
            "0.020 vl.right #1 67.2 -11.66 au",
            "0.020 mg.left #2 72.2 -7.80 au",
            "0.020 vl.right #2 67.7 -11.67 au",
            "0.020 mg.left #3 72.4 -7.44 au",
            "12.120 lap",
            "12.120 vl.right #2 67.7 -11.67 au",
            "12.120 mg.left #4 72.7 -7.36 au",
            "12.160 marker start",
            "12.160 vl.right #3 67.2 -11.61 au",
            "12.160 mg.left #4 72.7 -7.36 au",
        ]
    );
    assert_eq!(
        recording.remarks,
        [
            "sensor position legRightUpperFront is taken for vl.right; --sites says otherwise",
            "sensor position legLeftLowerBack is taken for mg.left; --sites says otherwise",
        ]
    );
    assert!(fixture("train_red_two.csv", "vl.right,lg.left").remarks.is_empty(), "the user has said it");
}

#[test]
fn train_red_comes_with_one_sensor_and_with_all_columns_too() {
    assert_eq!(
        words(&fixture("train_red_one.csv", "")),
        ["0.000 vl.left #1 65.0 3.16 au", "0.090 vl.left #2 64.8 3.53 au", "0.210 vl.left #3 64.9 3.58 au"]
    );
    assert_eq!(
        words(&fixture("train_red_wide.csv", "")),
        [
            "0.000 vl.right #1 65.0 3.16 au",
            "0.000 es.right #1 62.9 3.56 au",
            "0.090 vl.right #2 64.8 3.53 au",
            "0.090 es.right #2 63.0 3.61 au",
            "0.210 lap",
            "0.210 vl.right #3 64.9 3.58 au",
            "0.210 es.right #3 63.2 3.66 au",
            "0.330 vl.right #4 66.3 3.55 au",
        ]
    );
}

#[test]
fn unnamed_sensors_are_listed_with_an_example() {
    let error = open(&path("perfpro.xlsx"), &Options::default()).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "perfpro.xlsx: the file does not say where its 2 sensors are worn: 1 \"SmO2 (0001)\", 2 \"SmO2 (0002)\"; name them \
             in this order, for example --sites mg.right,vl.right (- passes one over)"
        ),
        "{error}"
    );
    let error = open(&path("moxy_onboard.csv"), &Options::default()).unwrap_err().to_string();
    assert!(error.contains("its sensor is worn: 1 \"SmO2 Live\"") && error.contains("--sites mg.right "), "{error}");
}

#[test]
fn sites_must_fit_the_file() {
    let bytes = bytes("perfpro.xlsx");
    let error = read(&bytes[..], &options("mg.right")).unwrap_err();
    assert!(matches!(error, FormatError::SiteCount { found: 1, .. }), "{error}");
    let error = read(&bytes[..], &options("mg.right,mg.right")).unwrap_err();
    assert!(matches!(error, FormatError::DuplicateSite { .. }), "{error}");
    let renamed = fixture("sling.csv", "lg.left,-");
    assert_eq!(renamed.channels.len(), 1);
    assert!(words(&renamed).contains(&"12.000 lg.left #2 62.5 12.31 g/dL".to_string()));
}

#[test]
fn sling_csv_names_the_line_that_is_wrong() {
    for (text, want) in [
        ("t_s,power_w\n1,2\n1,3\n", "line 3, column t_s: found 1 after 1; right would be a later time in every row"),
        (
            "t_s,power_w\n# x\n5,2\n4.5,3\n",
            "line 4, column t_s: found 4.5 after 5; right would be a later time in every row",
        ),
        ("t_s,power_w\nx,2\n", "line 2, column t_s: found \"x\"; right would be a time in seconds such as 12.5"),
        ("t_s,power_w\n,2\n", "line 2, column t_s: found \"\"; right would be a time in seconds such as 12.5"),
        ("t_s,power_w\nnan,2\n", "line 2, column t_s: found \"nan\"; right would be a time in seconds such as 12.5"),
        ("t_s,power_w\n-1,2\n", "line 2, column t_s: found \"-1\"; right would be a time of 0 s or later"),
        (
            "t_s,power_w\n1,-5\n",
            "line 2, column power_w: found \"-5\"; right would be a number of watts from 0 to 65535, or nothing",
        ),
        (
            "t_s,power_w\n1,70000\n",
            "line 2, column power_w: found \"70000\"; right would be a number of watts from 0 to 65535, or nothing",
        ),
        (
            "t_s,posture\n1,sitting\n",
            "line 2, column posture: found \"sitting\"; right would be seated, standing or nothing",
        ),
        (
            "t_s,marker\n1,abcdefghijklmnopqrstuvwxyz\n",
            "line 2, column marker: found \"abcdefghijklmnopqrstuvwxyz\"; right would be a label of at most 24 bytes",
        ),
        (
            "t_s,mg.right.smo2_pct\n1,low\n",
            "line 2, column mg.right.smo2_pct: found \"low\"; right would be a number of percent, ambient, invalid or nothing",
        ),
        (
            "t_s,mg.right.smo2_pct,mg.right.thb_gdl\n1,60,400\n",
            "line 2, column mg.right.thb_gdl: found \"400\"; right would be a number from -327.68 to 327.67, ambient, invalid or \
             nothing",
        ),
        ("t_s,power_w\n1,2,3\n", "line 2: found 3 cells; right would be 2, as in the header"),
        ("t_s,power_w\n1\n2,3\n", "line 2: found 1 cells; right would be 2, as in the header"),
        ("t_s,power_w,power_w\n1,2,3\n", "line 1: column \"power_w\" stands twice in the header"),
        ("power_w,mg.right.smo2_pct\n1,2\n", "line 1: the header looks like Sling CSV but has no column t_s"),
        ("t_s,power_w\n", "line 1: the Sling CSV header has no row of data below it"),
    ] {
        assert_eq!(message(text), want);
    }
}

#[test]
fn sling_csv_refuses_malformed_site_columns() {
    for (column, why) in [
        ("calf.right.smo2_pct", "unknown muscle code"),
        ("mg.smo2_pct", "a muscle and a side with a dot between"),
        ("smo2_pct", "a muscle and a side with a dot between"),
        ("mg.middle.smo2_pct", "the side is left or right"),
        ("mg.right.smo2", "ends in .smo2_pct"),
        ("mg.right", "ends in .smo2_pct"),
        ("mg.right.thb_gdl", "needs the site's .smo2_pct"),
    ] {
        let error = read_text(&format!("t_s,{column}\n1,2\n")).unwrap_err();
        assert!(matches!(error, FormatError::SiteColumn { place: Place::Line(1), .. }), "{column}: {error}");
        assert!(error.to_string().contains(why), "{column}: {error}");
    }
    let error = read_text("t_s,mg.right.smo2_pct,mg.right.thb_gdl,mg.right.thb_au\n1,2,3,4\n").unwrap_err();
    assert!(matches!(error, FormatError::SiteColumn { why: SiteColumnError::TwoScales, .. }), "{error}");
}

#[test]
fn sling_csv_remarks_come_once_and_a_broken_last_line_is_one() {
    let recording =
        read_text("t_s,gears,mg.right.smo2_pct,mg.right.thb_gdl\n1,a,50,12\n2,b,,12\n3,c,,12\n4,d,51,12\n5,e,5")
            .unwrap();
    assert_eq!(
        recording.remarks,
        [
            "unknown column \"gears\" is passed over",
            "mg.right has tHb without SmO2, first in line 3; such cells are passed over",
            "line 6 broke off and is passed over: the file was cut short",
        ]
    );
    assert_eq!(words(&recording), ["1.000 mg.right #1 50.0 12.00 g/dL", "4.000 mg.right #2 51.0 12.00 g/dL"]);
}

#[test]
fn a_broken_last_line_of_a_foreign_format_is_said_too() {
    let text = "mm-dd,hh:mm:ss,SmO2 Live,THb\n02-Jan,10:00:00,50,12\n02-Jan,10:00:02,5";
    let recording = read(text.as_bytes(), &options("mg.right")).unwrap();
    assert_eq!(words(&recording), ["0.000 mg.right #1 50.0 12.00 g/dL"]);
    assert_eq!(recording.remarks, ["line 3 broke off and is passed over: the file was cut short"]);
}

#[test]
fn a_lap_that_appears_after_rows_without_one_begins() {
    let laps =
        |text| words(&read_text(text).unwrap()).into_iter().filter(|line| line.ends_with("lap")).collect::<Vec<_>>();
    assert_eq!(laps("t_s,lap,power_w\n0,,1\n1,1,1\n2,1,1\n3,,1\n4,2,1\n"), ["1.000 lap", "4.000 lap"]);
    assert_eq!(laps("t_s,lap,power_w\n0,1,1\n1,1,1\n2,2,1\n"), ["2.000 lap"]);
}

#[test]
fn a_clock_that_steps_back_in_a_foreign_format_is_said_once() {
    let text = "mm-dd,hh:mm:ss,SmO2 Live,THb\n02-Jan,10:00:00,50,12\n02-Jan,10:00:02,51,12\n02-Jan,09:00:00,52,12\n\
                02-Jan,09:00:02,53,12\n02-Jan,08:00:00,54,12\n";
    let recording = read(text.as_bytes(), &options("mg.right")).unwrap();
    let times: Vec<u64> = recording.items.iter().map(|timed| timed.at.as_ms()).collect();
    assert_eq!(times, [0, 2000, 4000, 6000, 8000]);
    assert_eq!(
        recording.remarks,
        ["the clock goes back by 3602.00 s in line 4; time is carried on from the row before"]
    );
}
