//! Random ANT+ pages with what we read in them, and host commands with how we write them, one JSON object a line: for
//! a reader that shares no code with ours (`tests/peers/ant_pages`).
//!
//! ```text
//! ant_pages COUNT        so many of each kind
//! ```
//!
//! A line holds whole frames as a stick sends them, so that framing and extended data are compared too. Where a value
//! comes from two pages (a cadence, a mean power) there are two frames, the earlier one first.

use sling_core::sensor::Reason;
use sling_core::units::Smo2;
use sling_core::wire::Revolutions;
use sling_core::wire::ant::command::Command;
use sling_core::wire::ant::frame::{Deframer, MAX_FRAME};
use sling_core::wire::ant::message::{ChannelId, Data, Extended, Message, Rssi};
use sling_core::wire::ant::pages::{
    Action, CommonPage, CrankTorque, HeartRate, MuscleOxygen, MuscleOxygenCommand, Page, Power, Profile, SpeedCadence,
    decode_revolutions,
};
use std::fmt::Display;
use std::io::{BufWriter, Write};

/// The wheel that speeds are for; the peer is told the same.
const CIRCUMFERENCE_MM: u16 = 2100;

/// A seeded generator of noise (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn byte(&mut self) -> u8 {
        self.next() as u8
    }

    fn u16(&mut self) -> u16 {
        self.next() as u16
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }

    fn page(&mut self, number: u8) -> Page {
        std::array::from_fn(|i| if i == 0 { number } else { self.byte() })
    }

    /// A page number as sensors with a toggle bit send them: mostly their own, sometimes a common one.
    fn toggled_number(&mut self) -> u8 {
        let number = if self.one_in(16) { 0x40 + self.byte() % 0x1E } else { self.byte() % 8 };
        number | if self.one_in(2) { 0x80 } else { 0 }
    }
}

/// A number, or nothing.
fn number<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn smo2(value: Result<Smo2, Reason>) -> String {
    match value {
        Ok(smo2) => smo2.tenths().to_string(),
        Err(reason) => format!("\"{}\"", reason.code()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn turns(it: Revolutions) -> String {
    format!("{{\"time\":{},\"count\":{}}}", it.time, it.count)
}

/// The frame as a stick sends it, and the page as we read it from there.
fn through_a_frame(random: &mut Random, from: ChannelId, page: Page) -> (String, Data) {
    let data = Data {
        channel: 0,
        acknowledged: random.one_in(4),
        page,
        extended: Extended {
            channel_id: Some(from),
            rssi: Some(Rssi::Dbm { value: random.byte() as i8, threshold: random.byte() as i8 }),
            timestamp: random.one_in(2).then_some(random.u16()),
        },
    };
    let mut out = [0; MAX_FRAME];
    let size = data.encode(&mut out).expect("room");
    let frame = Deframer::new().next_frame(&mut &out[..size]).expect("a frame");
    let Message::Data(read) = Message::decode(&frame) else { panic!("data") };
    (hex(&out[..size]), read)
}

fn muscle_oxygen(random: &mut Random) -> (Vec<Page>, u8) {
    let mut page = random.page(MuscleOxygen::PAGE);
    match random.byte() % 16 {
        0 => page[4..].copy_from_slice(&[0xFE, 0xEF, 0xBF, 0xFF]),
        1 => page[4..].fill(0xFF),
        _ => {}
    }
    (vec![page], Profile::MUSCLE_OXYGEN.device_type)
}

fn read_muscle_oxygen(pages: &[Page]) -> String {
    let it = MuscleOxygen::decode(&pages[0]).expect("its page");
    format!(
        "{{\"count\":{},\"utc_wanted\":{},\"ant_fs\":{},\"interval_ms\":{},\"smo2\":{},\"thb\":{},\"previous\":{}}}",
        it.count,
        it.utc_wanted,
        it.ant_fs,
        number(it.interval.map(|interval| interval.duration().as_ms())),
        smo2(it.reading.map(|value| value.smo2)),
        number(it.reading.ok().and_then(|value| value.thb).map(|thb| thb.hundredths)),
        smo2(it.previous)
    )
}

fn common(random: &mut Random) -> (Vec<Page>, u8) {
    let which = 0x50 + random.byte() % 3;
    let mut page = random.page(which);
    if random.one_in(8) {
        page[2..].fill(0xFF);
    }
    (vec![page], Profile::MUSCLE_OXYGEN.device_type)
}

fn read_common(pages: &[Page]) -> String {
    match CommonPage::decode(&pages[0]).expect("a common page") {
        CommonPage::Manufacturer { hardware, manufacturer, model } => {
            format!("{{\"hardware\":{hardware},\"manufacturer\":{manufacturer},\"model\":{model}}}")
        }
        CommonPage::Product { software, supplement, serial } => {
            format!("{{\"software\":{software},\"supplement\":{},\"serial\":{}}}", number(supplement), number(serial))
        }
        CommonPage::Battery(it) => format!(
            "{{\"operating_s\":{},\"voltage_256ths\":{},\"status\":\"{:?}\"}}",
            it.operating_s(),
            number(it.voltage_256ths),
            it.status
        ),
        other => panic!("{other:?}"),
    }
}

fn power(random: &mut Random) -> (Vec<Page>, u8) {
    let mut page = random.page(Power::PAGE);
    for at in [2, 3] {
        if random.one_in(8) {
            page[at] = 0xFF;
        }
    }
    (vec![page], Profile::POWER.device_type)
}

fn read_power(pages: &[Page]) -> String {
    let it = Power::decode(&pages[0]).expect("its page");
    format!(
        "{{\"count\":{},\"percent\":{},\"right\":{},\"cadence\":{},\"accumulated_w\":{},\"power_w\":{}}}",
        it.count,
        number(it.balance.map(|balance| balance.percent)),
        number(it.balance.map(|balance| balance.right)),
        number(it.cadence.map(|rpm| rpm.0)),
        it.accumulated_w,
        it.power.0
    )
}

/// Two pages. The two numbers at each of `places`, a time and what was counted by then, mostly go on as those of a
/// rider do, sometimes jump, and sometimes stand still.
fn pair(random: &mut Random, number: [u8; 2], places: &[(usize, u16, usize, u16)]) -> Vec<Page> {
    let mut pages = number.map(|number| random.page(number));
    for &(time, most_time, counted, most_counted) in places {
        let how = random.byte() % 16;
        let [earlier, later] = &mut pages;
        let mut go_on = |at: usize, most: u16| {
            let step = random.u16() % most;
            let next = u16::from_le_bytes([earlier[at], earlier[at + 1]]).wrapping_add(step);
            later[at..at + 2].copy_from_slice(&next.to_le_bytes());
        };
        match how {
            0 => go_on(time, 1),
            1 => {}
            _ => {
                go_on(time, most_time);
                go_on(counted, most_counted);
            }
        }
    }
    pages.to_vec()
}

/// Up to 4 s, and up to eight turns.
const fn turns_at(time: usize) -> (usize, u16, usize, u16) {
    (time, 4096, time + 2, 9)
}

fn crank_torque(random: &mut Random) -> (Vec<Page>, u8) {
    // Up to 4 s, and up to 64 Nm for eight turns.
    (pair(random, [CrankTorque::PAGE; 2], &[(4, 8192, 6, 16384)]), Profile::POWER.device_type)
}

fn read_crank_torque(pages: &[Page]) -> String {
    let [earlier, later] = [0, 1].map(|i| CrankTorque::decode(&pages[i]).expect("its page"));
    format!(
        "{{\"count\":{},\"ticks\":{},\"cadence\":{},\"period\":{},\"torque\":{},\"power_w\":{}}}",
        later.count,
        later.crank_ticks,
        number(later.cadence.map(|rpm| rpm.0)),
        later.period,
        later.torque,
        number(later.power_since(&earlier).map(|power| power.0))
    )
}

fn heart_rate(random: &mut Random) -> (Vec<Page>, u8) {
    let first = random.toggled_number();
    let mut page = random.page(first);
    if random.one_in(16) {
        page[7] = 0;
    }
    (vec![page], Profile::HEART_RATE.device_type)
}

fn read_heart_rate(pages: &[Page]) -> String {
    let Some(it) = HeartRate::decode(&pages[0]) else { return "null".to_owned() };
    format!("{{\"time\":{},\"count\":{},\"bpm\":{}}}", it.beat_time, it.beat_count, number(it.rate.map(|rate| rate.0)))
}

fn cadence(random: &mut Random) -> (Vec<Page>, u8) {
    let numbers = [random.toggled_number(), random.toggled_number()];
    (pair(random, numbers, &[turns_at(4)]), Profile::CADENCE.device_type)
}

fn speed(random: &mut Random) -> (Vec<Page>, u8) {
    (cadence(random).0, Profile::SPEED.device_type)
}

fn read_turns(pages: &[Page], rate: fn(Revolutions, Revolutions) -> Option<u16>) -> String {
    let Some(later) = decode_revolutions(&pages[1]) else { return "null".to_owned() };
    let rate = decode_revolutions(&pages[0]).and_then(|earlier| rate(later, earlier));
    format!("{{\"turns\":{},\"rate\":{}}}", turns(later), number(rate))
}

fn rpm(later: Revolutions, earlier: Revolutions) -> Option<u16> {
    later.rpm_since(earlier).map(|rpm| rpm.0)
}

fn cm_per_s(later: Revolutions, earlier: Revolutions) -> Option<u16> {
    later.speed_since(earlier, CIRCUMFERENCE_MM).map(|speed| speed.0)
}

fn speed_cadence(random: &mut Random) -> (Vec<Page>, u8) {
    let number = [random.byte(), random.byte()];
    (pair(random, number, &[turns_at(0), turns_at(4)]), Profile::SPEED_CADENCE.device_type)
}

fn read_speed_cadence(pages: &[Page]) -> String {
    let [earlier, later] = [0, 1].map(|i| SpeedCadence::decode(&pages[i]));
    format!(
        "{{\"crank\":{},\"wheel\":{},\"rpm\":{},\"cm_per_s\":{}}}",
        turns(later.crank),
        turns(later.wheel),
        number(rpm(later.crank, earlier.crank)),
        number(cm_per_s(later.wheel, earlier.wheel))
    )
}

/// A command with the name and arguments that the peer's builder of the same frame takes.
fn command(random: &mut Random) -> (Command, &'static str, String) {
    let channel = random.byte() % 8;
    let (value, wide, any) = (random.byte(), random.u16() | 0x0100, random.u16());
    match random.byte() % 13 {
        0 => (Command::Reset, "resetSystem", String::new()),
        1 => (Command::Request { channel, wanted: value }, "requestMessage", format!("{channel},{value}")),
        2 => {
            let kinds = ["receive", "transmit", "receive_shared", "transmit_shared", "receive_only", "transmit_only"];
            let which = usize::from(value) % kinds.len();
            // The peer puts every channel on this network.
            let assign = Command::Assign {
                channel,
                kind: [0x00, 0x10, 0x20, 0x30, 0x40, 0x50][which],
                network: 0,
                extended: None,
            };
            (assign, "assignChannel", format!("{channel},\"{}\"", kinds[which]))
        }
        3 => {
            let channel_id =
                ChannelId { number: any, device_type: value % 128, pairing: false, transmission: random.byte() };
            let ChannelId { device_type, transmission, .. } = channel_id;
            (
                Command::ChannelId { channel, channel_id },
                "setDevice",
                format!("{channel},{any},{device_type},{transmission}"),
            )
        }
        4 => (Command::SearchTimeout { channel, timeout: value }, "searchChannel", format!("{channel},{value}")),
        5 => (Command::Period { channel, period: wide }, "setPeriod", format!("{channel},{wide}")),
        6 => (Command::Frequency { channel, frequency: value }, "setFrequency", format!("{channel},{value}")),
        7 => (Command::ExtendedReceive { on: true }, "setRxExt", String::new()),
        8 => (Command::LibConfig { flags: value }, "libConfig", format!("0,{value}")),
        9 => (Command::OpenScan { sync_only: Some(true) }, "openRxScan", String::new()),
        10 => (Command::Open { channel }, "openChannel", channel.to_string()),
        11 => (Command::Close { channel }, "closeChannel", channel.to_string()),
        _ => (Command::Unassign { channel }, "unassignChannel", channel.to_string()),
    }
}

fn written(command: Command) -> String {
    let mut out = [0; MAX_FRAME];
    let size = command.encode(&mut out).expect("room");
    hex(&out[..size])
}

/// Draws pages, and says their profile.
type Draw = fn(&mut Random) -> (Vec<Page>, u8);
/// What we read, as JSON.
type Read = fn(&[Page]) -> String;

const KINDS: [(&str, Draw, Read); 8] = [
    ("muscle_oxygen", muscle_oxygen, read_muscle_oxygen),
    ("common", common, read_common),
    ("power", power, read_power),
    ("crank_torque", crank_torque, read_crank_torque),
    ("heart_rate", heart_rate, read_heart_rate),
    ("cadence", cadence, |pages| read_turns(pages, rpm)),
    ("speed", speed, |pages| read_turns(pages, cm_per_s)),
    ("speed_cadence", speed_cadence, read_speed_cadence),
];

fn main() -> std::io::Result<()> {
    let count: usize = std::env::args().nth(1).and_then(|count| count.parse().ok()).expect("usage: ant_pages COUNT");
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut random = Random(0x5EED_000A);
    for (kind, draw, read) in KINDS {
        for _ in 0..count {
            let (pages, device_type) = draw(&mut random);
            let from = ChannelId { number: random.u16(), device_type, pairing: false, transmission: random.byte() };
            let heard: Vec<_> = pages.iter().map(|page| through_a_frame(&mut random, from, *page)).collect();
            let frames: Vec<String> = heard.iter().map(|(frame, _)| format!("\"{frame}\"")).collect();
            let pages: Vec<Page> = heard.iter().map(|(_, data)| data.page).collect();
            let (_, last) = heard.last().expect("a page");
            let from = last.extended.channel_id.expect("a sender");
            let Some(Rssi::Dbm { value, threshold }) = last.extended.rssi else { panic!("a strength") };
            writeln!(
                out,
                "{{\"kind\":\"{kind}\",\"frames\":[{}],\"number\":{},\"rssi\":{value},\"threshold\":{threshold},\"ours\":{}}}",
                frames.join(","),
                from.number,
                read(&pages)
            )?;
        }
    }
    for _ in 0..count {
        let (command, name, arguments) = command(&mut random);
        let frame = written(command);
        writeln!(out, "{{\"kind\":\"command\",\"name\":\"{name}\",\"arguments\":[{arguments}],\"ours\":\"{frame}\"}}")?;
    }
    for _ in 0..count {
        let which = usize::from(random.byte() % 4);
        let (action, name) = [
            (Action::SetTime, "setUTCTime"),
            (Action::StartSession, "startSession"),
            (Action::StopSession, "stopSession"),
            (Action::Lap, "setLap"),
        ][which];
        // From the profile's first second to its last; zones from -12 h to +14 h.
        let unix_s = 631_065_600 + random.next() % (1 << 32);
        let offset_min = i16::from(random.byte() % 105) * 15 - 720;
        let page = MuscleOxygenCommand::at(action, unix_s, offset_min).expect("in range").encode();
        let frame = written(Command::Data { channel: 0, acknowledged: true, page });
        writeln!(
            out,
            "{{\"kind\":\"to_sensor\",\"name\":\"{name}\",\"unix_s\":{unix_s},\"offset_min\":{offset_min},\"ours\":\"{frame}\"}}"
        )?;
    }
    out.flush()
}
