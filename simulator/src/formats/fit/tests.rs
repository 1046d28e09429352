use super::samples::{self, Raw, START, Value as V};
use super::*;
use crate::formats::{self, FormatError};
use proptest::prelude::*;
use rustyfit::profile::mesgdef;
use rustyfit::profile::typedef::BodyLocation;
use rustyfit::{Decoder, DecoderEvent, StreamingIterator};
use sling_core::head_unit::{Assignment, Event};
use sling_core::log::fit;
use sling_core::log::ride::{Entry, Life};
use sling_core::sensor::{Identity, Muscle, Reading, Reason, Side, Site, Value};
use sling_core::units::{Smo2, Thb, ThbScale};
use std::cell::Cell;
use std::convert::Infallible;
use std::path::Path;

fn site(text: &str) -> Site {
    text.parse().expect("a site")
}

fn sites_of(recording: &Recording) -> Vec<String> {
    recording.channels.iter().map(|channel| channel.site.map_or("-".into(), |site| site.to_string())).collect()
}

/// As a replay reads: this reader, then the sites.
fn open(bytes: &[u8], sites: &[Site]) -> Result<Recording, FormatError> {
    let options = Options { sites: sites.iter().copied().map(Some).collect() };
    formats::read(bytes, &options)
}

/// This reader alone.
fn alone(bytes: &[u8]) -> Result<Recording, FitError> {
    read(bytes, &Options::default())
}

/// (seconds, count, SmO2 in tenths or reason) of a channel.
fn samples_of(recording: &Recording, wanted: u8) -> Vec<(u64, u16, Result<u16, Reason>)> {
    let samples = recording.items.iter().filter_map(|timed| match timed.item {
        Item::Sample { channel, count, reading } if channel == wanted => {
            Some((timed.at.as_ms() / 1000, count, reading.map(|value| value.smo2.tenths())))
        }
        _ => None,
    });
    samples.collect()
}

fn thb_of(recording: &Recording, wanted: u8) -> Vec<Option<i16>> {
    let readings = recording.items.iter().filter_map(|timed| match timed.item {
        Item::Sample { channel, reading: Ok(value), .. } if channel == wanted => Some(value.thb),
        _ => None,
    });
    readings.map(|thb| thb.map(|thb| thb.hundredths)).collect()
}

fn others(recording: &Recording) -> Vec<(u64, Item)> {
    let others = recording.items.iter().filter(|timed| !matches!(timed.item, Item::Sample { .. } | Item::Context(_)));
    others.map(|timed| (timed.at.as_ms() / 1000, timed.item.clone())).collect()
}

fn says(recording: &Recording, words: &str) -> bool {
    recording.remarks.iter().any(|remark| remark.contains(words))
}

#[test]
fn the_committed_fixtures_are_what_their_generator_writes() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/formats");
    for (name, bytes) in samples::all() {
        assert_eq!(std::fs::read(directory.join(name)).ok(), Some(bytes), "{name}");
    }
}

#[test]
fn a_bare_native_field_needs_a_site_and_then_reads() {
    let bytes = samples::native();
    assert_eq!(alone(&bytes).expect("a ride").channels[0].site, None, "left to the caller");
    let error = open(&bytes, &[]).expect_err("no site").to_string();
    assert!(error.contains("native fields 57 (SmO2) and 54 (tHb)") && error.contains("--sites"), "{error}");

    let recording = open(&bytes, &[site("vl.left")]).expect("a ride");
    assert_eq!(sites_of(&recording), ["vl.left"]);
    // The value at 1 s repeats that at 0 s; at 2 s it has stood for two; at 4 s there is none; the zero stays.
    let expected = [(0, 0, 600), (1, 0, 600), (2, 1, 600), (3, 2, 598), (5, 3, 0), (6, 4, 590), (7, 5, 589)];
    assert_eq!(samples_of(&recording, 0)[..7], expected.map(|(s, count, tenths)| (s, count, Ok(tenths))));
    assert_eq!(thb_of(&recording, 0)[0], Some(1234));
    assert_eq!(others(&recording), [(3, Item::Posture(Posture::Standing)), (6, Item::Lap)]);
    let Item::Context(context) = &recording.items[0].item else { panic!("the context comes first") };
    let expected = Context {
        power: Some(Watts(200)),
        cadence: Some(Rpm(90)),
        heart_rate: Some(Bpm(140)),
        speed: Some(CmPerS(833)),
        grade: Some(GradeTenths(-25)),
        temperature: Some(CelsiusTenths(210)),
    };
    assert_eq!(*context, expected);
    let at_two = recording.items.iter().find(|timed| timed.at == Instant::from_ms(2000)).map(|timed| &timed.item);
    assert_eq!(at_two, Some(&Item::Context(Context { power: Some(Watts(202)), cadence: None, ..expected })));
}

#[test]
fn two_moxy_data_fields_are_two_sensors() {
    let recording = open(&samples::moxy_ciq(), &[]).expect("a ride");
    assert_eq!(sites_of(&recording), ["vl.right", "mg.right"]);
    assert_eq!(recording.channels[0].label, "1st SmO2 Sensor 1234 on R. Quad");
    let quad: Vec<_> = samples_of(&recording, 0).iter().map(|sample| (sample.0, sample.2)).collect();
    assert_eq!(quad, [(0, Ok(610)), (1, Ok(600)), (2, Ok(590)), (4, Ok(570)), (5, Ok(560))]);
    assert_eq!(samples_of(&recording, 1).len(), 6);
    assert_eq!(thb_of(&recording, 1)[0], Some(1150));
    assert!(says(&recording, "quad is taken for the vastus lateralis, vl.right"), "{:?}", recording.remarks);
    assert!(says(&recording, "calf is taken for the gastrocnemius medialis, mg.right"), "{:?}", recording.remarks);

    let swapped = open(&samples::moxy_ciq(), &[site("rf.right"), site("lg.right")]).expect("a ride");
    assert_eq!(sites_of(&swapped), ["rf.right", "lg.right"]);
    assert!(swapped.remarks.is_empty(), "nothing is assumed: {:?}", swapped.remarks);
}

#[test]
fn a_karoo_ride_pairs_its_fields_by_sensor() {
    let recording = open(&samples::karoo(), &[]).expect("a ride");
    assert_eq!(sites_of(&recording), ["mg.left", "vl.left"]);
    assert_eq!(samples_of(&recording, 1)[0], (2, 0, Ok(444)));
    assert_eq!(thb_of(&recording, 1)[0], Some(1250));
}

#[test]
fn body_temperature_is_no_muscle() {
    let recording = open(&samples::core_temperature(), &[]).expect("a ride");
    assert_eq!(sites_of(&recording), ["bf.left"]);
    assert_eq!(samples_of(&recording, 0)[3], (3, 3, Ok(530)));
    assert!(says(&recording, "\"Core Body Temperature\" (unit \"°C\") claims native field 57 (SmO2) but is none"));
    assert!(says(&recording, "\"Skin Temperature\" (unit \"°C\") claims native field 54 (tHb) but is none"));
    assert!(says(&recording, "developer field 7 of developer 7 has no description"));
}

#[test]
fn whole_numbers_take_their_scale_or_the_native_one() {
    let recording = open(&samples::integers(), &[]).expect("a ride");
    assert_eq!(sites_of(&recording), ["mg.right", "rf.right"]);
    assert_eq!(
        samples_of(&recording, 0).iter().map(|s| (s.0, s.2)).collect::<Vec<_>>(),
        [(0, Ok(655)), (2, Ok(655)), (3, Ok(655))]
    );
    assert_eq!(thb_of(&recording, 0)[0], Some(1234));
    assert_eq!(samples_of(&recording, 1)[0], (0, 0, Ok(543)));
    assert!(says(&recording, "without a scale: taken in the native field's scale, 1/10"), "{:?}", recording.remarks);
}

#[test]
fn compressed_time_stamps_and_big_endian_read_alike() {
    let recording = open(&samples::compressed_big_endian(), &[site("vl.right")]).expect("a ride");
    let expected = [(0, 500), (9, 501), (18, 502), (27, 503), (36, 504), (45, 505)];
    let samples: Vec<_> = samples_of(&recording, 0).iter().map(|sample| (sample.0, sample.2)).collect();
    assert_eq!(samples, expected.map(|(second, tenths)| (second, Ok(tenths))));
    assert_eq!(thb_of(&recording, 0), [None, Some(1200), Some(1200), Some(1200), Some(1200), Some(1200)]);
}

#[test]
fn a_chained_file_goes_on_with_the_same_sensor_and_says_that_its_clock_went_back() {
    let recording = open(&samples::chained_clock_back(), &[]).expect("a ride");
    assert_eq!(sites_of(&recording), ["ta.left"]);
    let expected = [(0, 400), (1, 410), (2, 420), (2, 500), (3, 510), (4, 520)];
    let samples: Vec<_> = samples_of(&recording, 0).iter().map(|sample| (sample.0, sample.2)).collect();
    assert_eq!(samples, expected.map(|(second, tenths)| (second, Ok(tenths))));
    assert!(says(&recording, "the recorder's clock was set back by 3602 s"), "{:?}", recording.remarks);
}

#[test]
fn sentinels_and_impossible_values_keep_their_meaning() {
    let mut raw = Raw::new(false);
    for (second, smo2) in [1022, 1023, 1001, 6550, 1000].into_iter().enumerate() {
        raw.message(1, 20, &[(253, V::U32(START + second as u32)), (57, V::U16(smo2)), (54, V::U16(4095))], &[]);
    }
    let recording = open(&raw.finish(), &[site("vl.right")]).expect("a ride");
    let readings: Vec<_> = samples_of(&recording, 0).into_iter().map(|sample| sample.2).collect();
    assert_eq!(
        readings,
        [Err(Reason::AmbientLight), Err(Reason::Invalid), Err(Reason::Implausible), Err(Reason::Implausible), Ok(1000)]
    );
    assert_eq!(thb_of(&recording, 0), [None]);
}

#[test]
fn a_field_of_the_wrong_size_is_passed_over_not_padded() {
    let mut raw = Raw::new(false);
    raw.message(1, 20, &[(253, V::U32(START)), (57, V::U8(60)), (7, V::U16(200))], &[]);
    let recording = open(&raw.finish(), &[]).expect("a ride");
    assert!(recording.channels.is_empty());
    assert!(says(&recording, "field 57 of message 20 has 1 bytes of type 0x02 where the FIT profile has 2"));
    assert!(says(&recording, "there is no muscle oxygen in this file"));
}

#[test]
fn two_sensors_on_one_site_are_not_guessed_apart() {
    let mut raw = Raw::new(false);
    raw.describe(0, 0, 0x88, "SmO2 Sensor 1 on R. Quad", "%", None);
    raw.describe(0, 1, 0x88, "SmO2 Sensor 2 on R. Quad", "%", None);
    raw.message(1, 20, &[(253, V::U32(START))], &[(0, 0, V::F32(50.0)), (0, 1, V::F32(60.0))]);
    let bytes = raw.finish();
    let error = open(&bytes, &[]).expect_err("one site, two sensors");
    assert!(matches!(error, FormatError::DuplicateSite { site: taken } if taken == site("vl.right")), "{error}");
    let recording = open(&bytes, &[site("vl.right"), site("vm.right")]).expect("a ride");
    assert_eq!(sites_of(&recording), ["vl.right", "vm.right"]);
}

#[test]
fn damage_is_named_with_its_offset() {
    let good = samples::moxy_ciq();
    let last = good.len();
    let damage = |at: usize, xor: u8| {
        let mut bytes = good.clone();
        bytes[at] ^= xor;
        alone(&bytes).expect_err("damaged")
    };
    let header = damage(12, 1);
    assert!(matches!(header, FitError::Checksum { offset: 12, .. }), "{header}");
    let data = damage(last - 1, 1);
    assert!(matches!(data, FitError::Checksum { offset, .. } if offset == last - 2), "{data}");
    let value = damage(last - 5, 1);
    assert!(matches!(value, FitError::Checksum { .. }), "{value}");
    let no_length = {
        let mut bytes = good.clone();
        bytes[4..8].fill(0);
        alone(&bytes).expect_err("unfinished")
    };
    assert!(matches!(no_length, FitError::Unfinished { offset: 4, .. }), "{no_length}");
    let trailing = alone(&[good.clone(), vec![0; 20]].concat()).expect_err("not chained");
    assert!(matches!(trailing, FitError::NotFit { offset, .. } if offset == last), "{trailing}");
    let no_records = alone(&Raw::new(false).finish()).expect_err("no records");
    assert!(matches!(no_records, FitError::NoRecords { .. }), "{no_records}");
    let text = alone(b"Time[s],SmO2[%]").expect_err("text");
    assert!(text.to_string().starts_with("offset 0: found [54, 69, 6d, 65"), "{text}");
    let empty = alone(b"").expect_err("empty");
    assert!(matches!(empty, FitError::NotFit { offset: 0, .. }), "{empty}");
}

#[test]
fn a_file_that_ends_early_is_an_error_at_every_byte() {
    for (name, bytes) in samples::all() {
        let whole = (1..bytes.len()).find(|at| end_of_part(&bytes[..*at], 0).is_ok());
        for length in 1..bytes.len() {
            if Some(length) == whole && name.contains("chained") {
                continue;
            }
            let error = alone(&bytes[..length]).expect_err("cut short");
            assert!(error.to_string().contains(&format!("offset {length}: the file ends here")), "{error}");
        }
    }
}

#[test]
fn definitions_that_only_cost_time_are_refused() {
    let mut raw = Raw::new(false);
    raw.define(1, 20, &[(253, V::U32(0))], &[(0, 0, V::Text("", 0))]);
    let empty = alone(&raw.finish()).expect_err("a field of no bytes");
    assert!(matches!(empty, FitError::Absurd { what: "a developer field of 0 bytes", .. }), "{empty}");

    let mut raw = Raw::new(false);
    for index in 0..5 {
        for number in 0..255 {
            raw.describe(index, number, 0x88, "Battery", "V", None);
        }
    }
    let many = alone(&raw.finish()).expect_err("many descriptions");
    assert!(matches!(many, FitError::Absurd { what: "more than 1024 developer fields", .. }), "{many}");
}

/// A ride through the writer: three seconds of silence from the calf, a reason, a lap.
fn ride() -> Vec<(Instant, Entry)> {
    let [mg, vl] = roster().map(|worn| worn.site);
    let mut inputs = Vec::new();
    for second in 0..60_u16 {
        let at = Instant::from_ms(5_000 + u64::from(second) * 1000);
        if second == 30 {
            inputs.push((at, Entry::Event(Event::Lap { number: 2 })));
        }
        let context = Context { power: Some(Watts(200 + second)), speed: Some(CmPerS(833)), ..Context::default() };
        inputs.push((at, Entry::Context(context)));
        let reading = if second == 20 { Err(Reason::AmbientLight) } else { value(600 - second, 1234) };
        inputs.push((at, Entry::Sample { site: vl, reading }));
        if !(40..50).contains(&second) {
            let reading = value(700 - second, 1150);
            inputs.push((at, Entry::Sample { site: mg, reading }));
        }
    }
    inputs
}

fn value(tenths: u16, hundredths: i16) -> Reading {
    let thb = Some(Thb { hundredths, scale: ThbScale::GramsPerDecilitre });
    Smo2::from_tenths(tenths).map(|smo2| Value { smo2, thb }).ok_or(Reason::Implausible)
}

fn roster() -> [Assignment; 2] {
    [
        Assignment {
            identity: Identity::Ble { address: [1, 2, 3, 4, 0x16, 0x2e] },
            site: Site::new(Muscle::GastrocnemiusMedialis, Side::Left),
        },
        Assignment {
            identity: Identity::Ant { number: 1234, transmission: 5 },
            site: Site::new(Muscle::VastusLateralis, Side::Left),
        },
    ]
}

fn written(ride: &[(Instant, Entry)]) -> Vec<u8> {
    try_to_write(ride, 1_748_757_600).expect("a FIT file")
}

fn try_to_write(ride: &[(Instant, Entry)], unix_s: u64) -> Result<Vec<u8>, fit::FitError<Infallible>> {
    let (at, mut bytes) = (ride.first().map_or(Instant::ZERO, |(at, _)| *at), Vec::new());
    let start = [(at, Entry::Event(Event::WallTime { unix_s, offset_min: 0 }))];
    let worn = roster().map(|worn| (at, Entry::Worn(worn)));
    fit::write(|| start.iter().chain(&worn).chain(ride).cloned(), &mut |more: &[u8]| {
        bytes.extend_from_slice(more);
        Ok(())
    })?;
    Ok(bytes)
}

#[test]
fn what_the_writer_wrote_the_reader_reads() {
    let bytes = written(&ride());
    assert_eq!(bytes, written(&ride()), "the same inputs give the same bytes");
    let recording = open(&bytes, &[]).expect("our own file");
    assert_eq!(sites_of(&recording), ["vl.left", "mg.left"], "the primary first, in native and developer fields once");
    assert_eq!(recording.remarks.len(), 1, "only that native fields repeat the first sensor: {:?}", recording.remarks);
    assert!(says(&recording, "the native fields repeat \"1st SmO2 Sensor 1234 on L. Quad (vl)\""));
    let expected: Vec<_> = (0..60).filter(|second| *second != 20).map(|s| (s, Ok(600 - s as u16))).collect();
    let quad: Vec<_> = samples_of(&recording, 0).iter().map(|sample| (sample.0, sample.2)).collect();
    assert_eq!(quad, expected);
    // The calf's last value holds for seven seconds, then there is none.
    let calf: Vec<_> = samples_of(&recording, 1).iter().map(|sample| sample.0).collect();
    assert_eq!(calf, (0..46).chain(50..60).collect::<Vec<_>>());
    assert_eq!(thb_of(&recording, 1)[0], Some(1150));
    assert_eq!(others(&recording), [(30, Item::Lap)]);
    assert_eq!(
        recording.items[0].item,
        Item::Context(Context { power: Some(Watts(200)), speed: Some(CmPerS(833)), ..Context::default() })
    );
}

#[test]
fn the_writer_refuses_what_fit_cannot_say_and_writes_nothing() {
    let empty = try_to_write(&[], 1_748_757_600).expect_err("nothing to write");
    assert_eq!(empty, fit::FitError::Empty);
    let before_fit = try_to_write(&ride(), 0).expect_err("1970");
    assert_eq!(before_fit, fit::FitError::Time { unix_s: 0 });
    let many: Vec<_> =
        Muscle::ALL.iter().flat_map(|&muscle| [Side::Left, Side::Right].map(|it| Site::new(muscle, it))).collect();
    let many: Vec<_> =
        many.iter().map(|&site| (Instant::ZERO, Entry::Sample { site, reading: value(600, 1200) })).collect();
    assert!(try_to_write(&many, 1_748_757_600).is_ok(), "there is room for every muscle");
    // A ride that is another when it is gone through again.
    let passes = Cell::new(0);
    let changing = || {
        passes.set(passes.get() + 1);
        ride().into_iter().take(10 + passes.get())
    };
    assert_eq!(fit::write(changing, &mut |_: &[u8]| Ok::<(), Infallible>(())), Err(fit::FitError::Changed));
    // What cannot be put where it belongs is said with the first bytes.
    let full = fit::write(|| ride().into_iter(), &mut |_: &[u8]| Err("no room"));
    assert_eq!(full, Err(fit::FitError::Put("no room")));
}

#[test]
fn arbitrary_units_keep_their_scale_and_stay_out_of_the_native_field() {
    let thb = Some(Thb { hundredths: -250, scale: ThbScale::Arbitrary });
    let reading = Smo2::from_tenths(600).map(|smo2| Value { smo2, thb }).ok_or(Reason::Implausible);
    let site = roster()[1].site;
    let bytes = written(&[(Instant::ZERO, Entry::Sample { site, reading })]);
    let recording = open(&bytes, &[]).expect("our own file");
    assert_eq!(recording.items[0].item, Item::Sample { channel: 0, count: 0, reading });
    assert!(
        says(&recording, "\"2nd SmO2 Sensor 5678 on L. Calf (mg)\" never gives a value"),
        "{:?}",
        recording.remarks
    );
}

fn messages(ride: &[(Instant, Entry)], number: MesgNum) -> Vec<Message> {
    let (bytes, mut messages) = (written(ride), Vec::new());
    let mut decoder = Decoder::new();
    let mut stream = decoder.stream(bytes.as_slice());
    while let Some(event) = stream.next() {
        if let DecoderEvent::Message(message) = event.expect("well-formed") {
            messages.extend((message.num == number).then(|| message.clone()));
        }
    }
    messages
}

/// Ten seconds, one sample and one power each; a lap at the fourth.
fn ten_seconds() -> Vec<(Instant, Entry)> {
    let site = roster()[1].site;
    let second = |second: u16| {
        let at = Instant::from_ms(u64::from(second) * 1000);
        let lap = (second == 4).then_some((at, Entry::Event(Event::Lap { number: 2 })));
        let context = Context { power: Some(Watts(200 + 10 * second)), ..Context::default() };
        let smo2 = Smo2::from_tenths(600 - 10 * second).ok_or(Reason::Implausible);
        let reading = smo2.map(|smo2| Value { smo2, thb: None });
        lap.into_iter().chain([(at, Entry::Context(context)), (at, Entry::Sample { site, reading })])
    };
    (0..10).flat_map(second).collect()
}

#[test]
fn laps_and_session_sum_up_their_own_records() {
    let laps = messages(&ten_seconds(), MesgNum::LAP);
    let spread = |lap: mesgdef::Lap| {
        let smo2 = [
            lap.avg_saturated_hemoglobin_percent,
            lap.min_saturated_hemoglobin_percent,
            lap.max_saturated_hemoglobin_percent,
        ];
        assert!(lap.avg_total_hemoglobin_conc.iter().all(|thb| *thb == u16::MAX), "no tHb was sent");
        (lap.total_elapsed_time, lap.avg_power, lap.max_power, smo2.map(|values| values[0]))
    };
    let laps: Vec<_> = laps.iter().map(|message| spread(mesgdef::Lap::from(message))).collect();
    assert_eq!(laps, [(4_000, 215, 230, [585, 570, 600]), (5_000, 265, 290, [535, 510, 560])]);
    let session = mesgdef::Session::from(&messages(&ten_seconds(), MesgNum::SESSION)[0]);
    assert_eq!((session.num_laps, session.total_elapsed_time, session.avg_power), (2, 9_000, 245));
    assert_eq!(*session.avg_saturated_hemoglobin_percent, [555]);
}

#[test]
fn while_the_ride_rests_no_record_is_written_and_the_timer_stands() {
    let mut ride = ten_seconds();
    let at = |second: u64| Instant::from_ms(second * 1000);
    let rest = [(at(5), Entry::Life(Life::Paused)), (at(8), Entry::Life(Life::Resumed))];
    ride.extend(rest);
    ride.sort_by_key(|(at, entry)| (*at, matches!(entry, Entry::Life(_))));
    let date = |message: &Message| mesgdef::Record::from(message).timestamp.0;
    let records: Vec<_> = messages(&ride, MesgNum::RECORD).iter().map(date).collect();
    let since: Vec<_> = records.iter().map(|date| date - records[0]).collect();
    assert_eq!(since, [0, 1, 2, 3, 4, 8, 9]);
    let session = mesgdef::Session::from(&messages(&ride, MesgNum::SESSION)[0]);
    assert_eq!((session.total_elapsed_time, session.total_timer_time), (9_000, 6_000));
    let laps: Vec<_> =
        messages(&ride, MesgNum::LAP).iter().map(|lap| mesgdef::Lap::from(lap).total_timer_time).collect();
    assert_eq!(laps, [4_000, 2_000]);
}

/// Timer times of the laps and of the session, and the timer's events: seconds since the first record, start or not.
fn timed(ride: &[(Instant, Entry)]) -> (Vec<u32>, u32, Vec<(u32, bool)>) {
    let first = mesgdef::Record::from(&messages(ride, MesgNum::RECORD)[0]).timestamp.0;
    let laps = messages(ride, MesgNum::LAP).iter().map(|lap| mesgdef::Lap::from(lap).total_timer_time / 1000).collect();
    let session = mesgdef::Session::from(&messages(ride, MesgNum::SESSION)[0]).total_timer_time / 1000;
    let events = messages(ride, MesgNum::EVENT);
    let events = events.iter().map(|message| {
        let event = mesgdef::Event::from(message);
        (event.timestamp.0 - first, event.event_type == rustyfit::profile::typedef::EventType::START)
    });
    (laps, session, events.collect())
}

#[test]
fn a_ride_rests_and_goes_on_in_every_way() {
    let life = |second: u64, life| (Instant::from_ms(second * 1000), Entry::Life(life));
    let site = roster()[1].site;
    let with = |mut more: Vec<(Instant, Entry)>, from: u64| {
        more.extend(
            (from..40).map(|s| (Instant::from_ms(s * 1000), Entry::Sample { site, reading: value(600, 1200) })),
        );
        more.sort_by_key(|(at, entry)| (*at, matches!(entry, Entry::Sample { .. })));
        more
    };
    // Cut and switched on again, or ended and begun anew: it goes on.
    for again in [Life::Begun, Life::PowerOn, Life::Resumed] {
        let ride = with(vec![life(9, Life::Ended), life(20, again)], 0);
        assert_eq!(timed(&ride), (vec![28], 28, vec![(0, true), (9, false), (20, true), (39, false)]));
    }
    // A lap is begun while it rests.
    let lap = (Instant::from_ms(20_000), Entry::Event(Event::Lap { number: 2 }));
    let ride = with(vec![life(11, Life::Paused), lap, life(30, Life::Resumed)], 0);
    assert_eq!(timed(&ride), (vec![11, 9], 20, vec![(0, true), (11, false), (30, true), (39, false)]));
    // It rests before there was anything to record.
    let ride = with(vec![life(1, Life::Paused), life(5, Life::Resumed)], 6);
    assert_eq!(timed(&ride), (vec![33], 33, vec![(0, true), (33, false)]));
    // What is said before the first record and after the last is dated to them.
    let marker = |s: u64| (Instant::from_ms(s * 1000), Entry::Event(Event::Marker { label: "here".parse().unwrap() }));
    let ride = with(vec![marker(1), marker(100)], 6);
    let dates: Vec<_> = timed(&ride).2.iter().map(|event| event.0).collect();
    assert_eq!(dates, [0, 0, 39, 39]);
}

#[test]
fn a_sensor_is_described_with_its_place() {
    let infos = messages(&ten_seconds(), MesgNum::DEVICE_INFO);
    let info = mesgdef::DeviceInfo::from(&infos[1]);
    assert_eq!((info.device_type, info.sensor_position), (31, BodyLocation::LEFT_QUAD));
    assert_eq!((info.ant_device_number, info.serial_number), (1234, 1234));
    assert_eq!(&*info.descriptor, "vl.left");
    let info = mesgdef::DeviceInfo::from(&infos[2]);
    assert_eq!((info.sensor_position, info.serial_number), (BodyLocation::LEFT_CALF, 0x0304_162e));
}

#[test]
fn a_silent_night_between_two_inputs_costs_no_records() {
    let mut inputs = ride();
    let (at, sample) = (Instant::from_ms(12 * 3_600_000), inputs[1].1.clone());
    inputs.push((at, sample));
    let recording = open(&written(&inputs), &[]).expect("our own file");
    let records = recording.items.iter().filter(|timed| timed.at > Instant::from_ms(60_000)).count();
    assert!(records < 20, "{records}");
}

/// xorshift64*, for damage that is the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}

/// Makes both checksums right again, so that damage reaches the decoder.
fn mend(bytes: &mut [u8]) {
    if bytes.len() > 16 {
        let data = (bytes.len() - 16) as u32;
        bytes[4..8].copy_from_slice(&data.to_le_bytes());
        let header = samples::crc(&bytes[..12]);
        bytes[12..14].copy_from_slice(&header.to_le_bytes());
        let end = bytes.len() - 2;
        let sum = samples::crc(&bytes[14..end]);
        bytes[end..].copy_from_slice(&sum.to_le_bytes());
    }
}

#[test]
fn no_damage_makes_it_panic() {
    let mut dice = Dice(1);
    let mut read_well = 0;
    for (_, good) in samples::all().into_iter().filter(|(name, _)| !name.contains("chained")) {
        for _ in 0..3_000 {
            let mut bytes = good.clone();
            for _ in 0..=dice.below(4) {
                let at = dice.below(bytes.len());
                bytes[at] = dice.below(256) as u8;
            }
            if dice.below(4) == 0 {
                bytes.truncate(17 + dice.below(bytes.len() - 17));
            }
            bytes[0] = 14;
            bytes[8..12].copy_from_slice(b".FIT");
            mend(&mut bytes);
            match alone(&bytes) {
                Ok(recording) => {
                    read_well += 1;
                    assert!(recording.items.is_sorted_by_key(|timed| timed.at));
                    assert!(recording.items.len() <= bytes.len(), "memory is bounded by the file");
                }
                Err(error) => assert!(error.to_string().starts_with("offset "), "{error}"),
            }
        }
    }
    assert!(read_well > 1_000, "the damage must reach past the checksums: {read_well}");
}

/// Cases of a property: 512, or as many as `PROPTEST_CASES` says.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(512)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_in_a_well_formed_envelope_are_read_or_refused(data in prop::collection::vec(any::<u8>(), 1..600)) {
        let mut bytes = vec![14, 0x20, 0x54, 0x08, 0, 0, 0, 0, b'.', b'F', b'I', b'T', 0, 0];
        bytes.extend(data);
        bytes.extend([0, 0]);
        mend(&mut bytes);
        if let Err(error) = alone(&bytes) {
            prop_assert!(error.to_string().starts_with("offset "));
        }
    }

    #[test]
    fn any_bytes_at_all_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(alone(&bytes).is_err());
    }

    #[test]
    fn every_value_survives_writing_and_reading(
        tenths in prop::collection::vec(0_u16..=1000, 1..40),
        hundredths in 0_i16..4000,
    ) {
        let site = roster()[1].site;
        let ride: Vec<_> = tenths.iter().enumerate().map(|(second, tenths)| {
            let reading = value(*tenths, hundredths);
            (Instant::from_ms(second as u64 * 1000), Entry::Sample { site, reading })
        }).collect();
        let recording = open(&written(&ride), &[]).expect("our own file");
        prop_assert_eq!(sites_of(&recording), ["vl.left"]);
        let back: Vec<_> = samples_of(&recording, 0).into_iter().map(|sample| sample.2).collect();
        prop_assert_eq!(back, tenths.iter().map(|tenths| Ok(*tenths)).collect::<Vec<_>>());
        prop_assert!(thb_of(&recording, 0).iter().all(|thb| *thb == Some(hundredths)));
    }
}
