use super::testing::{Made, made};
use super::*;
use sling_core::sensor::{Muscle, Reason, Site};

fn abba(points: f32) -> Vec<Made> {
    let easy = Made { power: 100, ..Made::ridden("", 60) };
    let block = |label: &'static str| {
        let percent = if label == "B" { 55.0 + points } else { 55.0 };
        [easy, Made::ridden(label, 240).calf(percent)]
    };
    ["A", "B", "B", "A", "A", "B", "B", "A"].into_iter().flat_map(block).collect()
}

fn fit(session: Session) -> Result<Fit, FitError> {
    compare(vec![session], &Options::default())
}

fn d(fit: &Fit) -> &Comparison {
    fit.comparisons.iter().find(|found| found.what == What::D).unwrap()
}

#[test]
fn a_calf_that_falls_is_more_calf_and_its_thigh_is_unchanged() {
    let fit = fit(made(&abba(-8.0))).unwrap();
    let found = d(&fit);
    assert_eq!((found.from.as_str(), found.to.as_str(), found.pairs.len()), ("A", "B", 4));
    assert_eq!(found.says(), "more calf");
    assert!((found.difference + 8.0).abs() < 0.5 && found.low < -8.0 && found.high > -8.0, "{found:?}");
    assert!(found.direction > 0.99);
    assert_eq!(
        fit.comparisons.iter().map(Comparison::says).collect::<Vec<_>>(),
        ["more calf", "more calf", "no change shown"]
    );
    assert_eq!(fit.left_out, Vec::<String>::new());
}

#[test]
fn nothing_is_no_change_shown_and_a_rise_is_less_calf() {
    assert_eq!(d(&fit(made(&abba(0.0))).unwrap()).says(), "no change shown");
    assert_eq!(d(&fit(made(&abba(8.0))).unwrap()).says(), "less calf");
}

#[test]
fn one_pair_is_too_little_to_say() {
    let parts: Vec<Made> = abba(-8.0).into_iter().take(4).collect();
    assert_eq!(d(&fit(made(&parts)).unwrap()).says(), "too little to say");
}

/// Why nothing could be compared.
fn refusal(session: Session) -> String {
    fit(session).unwrap_err().to_string()
}

#[test]
fn what_is_missing_is_said_in_one_line() {
    assert!(refusal(made(&[Made::ridden("", 600)])).contains("made.csv: no position is marked"));
    assert!(refusal(made(&[Made::ridden("A", 600)])).contains("only position \"A\""));
    let four = ["A", "B", "C", "D"].map(|label| Made::ridden(label, 240));
    assert!(refusal(made(&four)).contains("4 positions (A, B, C, D): at most 3"));
    let options = Options { compare: vec!["A".into(), "X".into()], ..Options::default() };
    let error = compare(vec![made(&abba(0.0))], &options).unwrap_err().to_string();
    assert!(error.contains("--compare X: no such position; there are A, B"), "{error}");
    let options = Options { positions: vec!["a".into(), "b".into()], ..Options::default() };
    assert!(
        compare(vec![made(&abba(0.0))], &options).unwrap_err().to_string().contains("its positions are marked (A, B)")
    );
}

#[test]
fn laps_are_named_one_by_one() {
    let mut session =
        made(&[Made::ridden("", 240), Made::ridden("", 240), Made::ridden("", 240), Made::ridden("", 240)]);
    session.laps = vec![241, 481, 721];
    let named = |names: &str| Options { positions: names.split(',').map(Into::into).collect(), ..Options::default() };
    let error = compare(vec![session.clone()], &named("a,b,b")).unwrap_err().to_string();
    assert!(error.contains("--positions names 3, and there are 4 parts by its laps"), "{error}");
    let fit = compare(vec![session], &named("a,b,b,a")).unwrap();
    assert_eq!(fit.blocks.iter().map(|block| block.position.as_str()).collect::<String>(), "abba");
    assert_eq!(d(&fit).pairs.len(), 2);
}

#[test]
fn a_sensor_that_moved_between_two_blocks_parts_them() {
    let mut session = made(&abba(-8.0)[..4]);
    session.notices = vec![(305, Site::new(Muscle::GastrocnemiusMedialis, Side::Right), Reason::Moved)];
    let fit = fit(session).unwrap();
    assert!(fit.comparisons.iter().all(|found| found.what == What::Thigh), "the thigh's sensor sat still");
    assert!(
        fit.left_out[0]
            .contains("made.csv 0:06:00: blocks 1 (A) and 2 (B): the sensor on mg.right was said to have moved"),
        "{:?}",
        fit.left_out
    );
    assert!(fit.left_out[0].contains("0:05:05"));
}

#[test]
fn a_sensor_that_was_silent_or_came_back_at_another_thb_parts_two_blocks() {
    let silent = |calf| {
        let mut parts = abba(-8.0)[..4].to_vec();
        parts[2] = Made { seconds: 130, calf, thigh: calf, ..parts[2] };
        parts
    };
    let why = refusal(made(&silent(Err(Reason::Lost))));
    assert!(why.contains("mg.right gave no value for 130 s up to made.csv 0:07:10"), "{why}");
    let options = Options { same_application: true, ..Options::default() };
    assert!(compare(vec![made(&silent(Err(Reason::Lost)))], &options).is_ok(), "the user says that it stayed on");
    let mut other = abba(-8.0)[..4].to_vec();
    other[3].thb = 13.0;
    assert!(refusal(made(&other)).contains("tHb of the calf goes from 12.00 to 13.00 g/dL"));
}

#[test]
fn blocks_at_another_power_or_cadence_or_long_after_are_no_pair() {
    let with = |change: fn(&mut Vec<Made>)| {
        let mut parts = abba(-8.0)[..4].to_vec();
        change(&mut parts);
        refusal(made(&parts))
    };
    assert!(with(|parts| parts[3].power = 215).contains("200 W and 215 W, more than 5 % apart"));
    assert!(with(|parts| parts[3].cadence = 94).contains("88 rpm and 94 rpm, more than 4 apart"));
    assert!(with(|parts| parts[2].seconds = 900).contains("begin 19 min apart"));
}

#[test]
fn two_files_are_two_applications_unless_the_sensors_stayed_on() {
    let of = |label: &'static str, percent| Session {
        name: format!("{label}.csv"),
        ..made(&[Made::ridden(label, 300).calf(percent)])
    };
    let files = || vec![of("A", 55.0), of("B", 47.0)];
    let error = compare(files(), &Options::default()).unwrap_err().to_string();
    assert!(error.contains("of two files") && error.contains("-8.0 points, less than the 14 to 18 (MDC)"), "{error}");
    let options = Options { same_application: true, ..Options::default() };
    let fit = compare(files(), &options).unwrap();
    assert_eq!(d(&fit).pairs.len(), 1);
    // Pairs within files count together, whenever the files are from.
    let two = vec![made(&abba(-8.0)), made(&abba(-8.0))];
    assert_eq!(d(&compare(two, &Options::default()).unwrap()).pairs.len(), 8);
}

#[test]
fn three_positions_have_wider_intervals_than_two_of_them() {
    let parts: Vec<Made> = ["A", "B", "C", "C", "B", "A"]
        .into_iter()
        .flat_map(|label| [Made { power: 100, ..Made::ridden("", 60) }, Made::ridden(label, 240)])
        .collect();
    let all = fit(made(&parts)).unwrap();
    assert_eq!(all.comparisons.iter().filter(|found| found.what == What::D).count(), 3);
    let options = Options { compare: vec!["A".into(), "B".into()], ..Options::default() };
    let two = compare(vec![made(&parts)], &options).unwrap();
    let half = |fit: &Fit| {
        let found = d(fit);
        (found.high - found.low) / found.se
    };
    assert!(half(&all) > 1.05 * half(&two), "{} {}", half(&all), half(&two));
}

#[test]
fn every_word_of_a_comparison_is_in_its_json_and_none_of_its_sensors() {
    let json = serde_json::to_value(fit(made(&abba(-8.0))).unwrap()).unwrap();
    assert_eq!(json["comparisons"][0]["verdict"], "more");
    assert_eq!(json["comparisons"][0]["what"], "d");
    assert_eq!(json["blocks"][0]["position"], "A");
    assert!(!json.to_string().contains("identity"));
}
