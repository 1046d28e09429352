//! The host of an ANT stick: any bytes in any portions, time in any steps, ports and wishes that come and go. Commands
//! are whole frames, one at a time; none is given while there is no port; a due time is never left behind unserved.
#![no_main]

use sling_core::link::ant::{AntCommand, AntHost, Listing};
use sling_core::link::{RadioState, Trouble};
use sling_core::sensor::{Identity, Sensor, SensorKind};
use sling_core::time::{Duration, Instant};
use sling_core::wire::ant::command::Command;
use sling_core::wire::ant::message::ChannelId;
use sling_fuzz::{Bytes, frame_of};

/// Commands that one input may lead to: one in flight, and one more to open the port anew.
const MOST_AT_ONCE: u32 = 3;

/// An answer to a command, as a stick would give it: without these a fuzzer never gets past the first.
fn answer(last: Option<Command>, code: u8) -> Vec<u8> {
    let (id, payload) = match last {
        None => return Vec::new(),
        Some(Command::Reset) => (0x6F, vec![0x20]),
        Some(Command::Request { wanted: 0x54, .. }) => (0x54, vec![code, 3, 0, 0xBA, 0x36]),
        Some(Command::Request { channel, wanted: 0x52 }) => (0x52, vec![channel, code]),
        Some(Command::Request { channel, wanted: 0x51 }) => (0x51, vec![channel, code, 0, 31, 5]),
        Some(Command::Data { channel, .. }) => (0x40, vec![channel, 1, if code & 1 == 0 { 5 } else { 6 }]),
        Some(command) => (0x40, vec![code >> 4, command.id(), if code & 0x0F < 14 { 0 } else { 0x28 }]),
    };
    let mut frame = vec![0xA4, payload.len() as u8, id];
    frame.extend(payload);
    frame.push(frame.iter().fold(0, |sum, byte| sum ^ byte));
    frame
}

fn hear(host: &mut AntHost, now: Instant, mut bytes: &[u8]) {
    while host.hear(now, &mut bytes).is_some() {}
    assert!(bytes.is_empty(), "bytes are taken");
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut supply = Bytes(bytes);
    let (mut host, mut now) = (AntHost::new(), Instant::ZERO);
    let (mut port, mut last) = (false, None);
    while let Some(what) = supply.u8() {
        match what % 10 {
            0 => {
                port = what & 0x40 == 0;
                host.port(now, if port { Ok(()) } else { Err(Trouble::NoDevice) });
            }
            1 => hear(&mut host, now, supply.portion().unwrap_or_default()),
            2 | 3 => {
                let bytes = answer(last.take(), supply.u8().unwrap_or_default());
                hear(&mut host, now, &bytes);
            }
            4 => now = now + Duration::from_ms(supply.u16().unwrap_or_default().into()),
            5 => now = host.deadline().filter(|&due| due > now).unwrap_or(now),
            6 => now = now.before(Duration::from_ms(supply.u8().unwrap_or_default().into())),
            7 => host.list([Listing::Off, Listing::All, Listing::Near(what)][usize::from(what / 10 % 3)]),
            8 => {
                let number = u16::from(what / 10);
                let wanted = (0..number % 14).map(|n| Sensor {
                    kind: SensorKind::ALL[usize::from(n % 6)],
                    identity: Identity::Ant { number: n + number, transmission: 5 },
                });
                host.want(now, wanted);
            }
            _ => {
                let to = ChannelId { number: what.into(), device_type: 31, pairing: false, transmission: 5 };
                host.send_page(to, [what; 8]);
            }
        }
        let mut commands = 0;
        while let Some(command) = host.poll(now) {
            commands += 1;
            assert!(commands <= MOST_AT_ONCE, "a flood");
            assert!(port, "a command without a port");
            if let AntCommand::Send(bytes) = command {
                last = Some(Command::decode(&frame_of(&bytes)));
                assert!(!matches!(last, Some(Command::Unknown { .. })));
            } else {
                last = None;
            }
        }
        let _ = (host.state(now), host.left_out());
        assert!(port || matches!(host.state(now), RadioState::Unused | RadioState::Trouble(_)));
        // What is due has been done: the next due time lies ahead.
        assert!(host.deadline().is_none_or(|due| due > now), "{:?} is due at {now:?}", host.deadline());
    }
});
