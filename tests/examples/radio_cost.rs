//! Takes what a radio hands over to a reading, so many times: for counting its instructions (`tests/figures.sh radio`).
//!
//! ```text
//! radio_cost ant|moxy|train_red COUNT
//! ```
//!
//! Every input is its own. Two runs with different counts differ by the cost of one reading times the difference:
//! start, end and the making of inputs, which are made for the same number whatever COUNT is, cancel out.

use sling_core::sensor::{Reading, Value};
use sling_core::units::{Smo2, Thb, ThbScale};
use sling_core::wire::ant::frame::{Deframer, MAX_FRAME};
use sling_core::wire::ant::message::{ChannelId, Data, Extended, Message};
use sling_core::wire::ant::pages::{Interval, MuscleOxygen, Profile};
use sling_core::wire::gatt::{Moxy, TrainRed};
use std::hint::black_box;

/// Different inputs; they are used in turn.
const INPUTS: u16 = 1000;

fn value(n: u16, scale: ThbScale) -> Value {
    let smo2 = Smo2::from_tenths(400 + n % 400).expect("in range");
    let thb = Some(Thb { hundredths: 1100 + (n % 300) as i16, scale });
    Value { smo2, thb }
}

/// A broadcast with its sender, as a stick in scan mode sends it.
fn ant_frame(n: u16) -> Vec<u8> {
    let page = MuscleOxygen {
        count: n as u8,
        utc_wanted: false,
        ant_fs: false,
        interval: Some(Interval::Ms500),
        reading: Ok(value(n, ThbScale::GramsPerDecilitre)),
        previous: Ok(Smo2::from_tenths(400 + n % 300).expect("in range")),
    };
    let device_type = Profile::MUSCLE_OXYGEN.device_type;
    let channel_id = Some(ChannelId { number: 1234, device_type, pairing: false, transmission: 5 });
    let extended = Extended { channel_id, ..Extended::default() };
    let data = Data { channel: 0, acknowledged: false, page: page.encode(), extended };
    let mut out = [0; MAX_FRAME];
    let size = data.encode(&mut out).expect("room");
    out[..size].to_vec()
}

fn from_ant(deframer: &mut Deframer, mut bytes: &[u8]) -> Option<Reading> {
    let frame = deframer.next_frame(&mut bytes)?;
    let Message::Data(data) = Message::decode(&frame) else { return None };
    data.extended.channel_id.filter(|from| from.device_type == Profile::MUSCLE_OXYGEN.device_type)?;
    MuscleOxygen::decode(&data.page).map(|page| page.reading)
}

fn from_moxy(value: &[u8]) -> Option<Reading> {
    Moxy::decode(value).map(|moxy| moxy.reading)
}

fn from_train_red(value: &[u8]) -> Option<Reading> {
    TrainRed::decode(value).map(|red| red.reading)
}

fn moxy_value(n: u16) -> Vec<u8> {
    let value = value(n, ThbScale::GramsPerDecilitre);
    Moxy { count: n, reading: Ok(value), previous: Ok(value.smo2), time_wanted: false }.encode().to_vec()
}

fn train_red_value(n: u16) -> Vec<u8> {
    TrainRed { reading: Ok(value(n, ThbScale::Arbitrary)), state: 1, quality: 0 }.encode().to_vec()
}

fn main() {
    let usage = "usage: radio_cost ant|moxy|train_red COUNT";
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, count] = &arguments[..] else { panic!("{usage}") };
    let count: usize = count.parse().expect(usage);
    let mut deframer = Deframer::new();
    match what.as_str() {
        "ant" => run(count, ant_frame, |bytes| from_ant(&mut deframer, bytes)),
        "moxy" => run(count, moxy_value, from_moxy),
        "train_red" => run(count, train_red_value, from_train_red),
        _ => panic!("{usage}"),
    }
}

fn run(count: usize, make: fn(u16) -> Vec<u8>, mut read: impl FnMut(&[u8]) -> Option<Reading>) {
    let inputs: Vec<Vec<u8>> = (0..INPUTS).map(make).collect();
    for input in inputs.iter().cycle().take(count) {
        let reading = read(black_box(input));
        assert!(matches!(black_box(reading), Some(Ok(_))), "a reading was lost");
    }
}
