//! ANT: the serial protocol of sticks and modules, and the ANT+ data pages.

pub mod command;
pub mod frame;
pub mod message;
pub mod pages;

#[cfg(test)]
mod tests {
    use super::frame::tests::CAPTURED;
    use super::frame::{Deframer, MAX_FRAME, encode};
    use super::message::{Data, Message};
    use super::pages::{CommonPage, CrankTorque, HeartRate, MuscleOxygen, Power, SpeedCadence, decode_revolutions};
    use crate::wire::tests::Xorshift;

    fn read_everything(data: &Data) {
        let page = &data.page;
        let _ = (MuscleOxygen::decode(page), CommonPage::decode(page), Power::decode(page), CrankTorque::decode(page));
        let _ = (HeartRate::decode(page), SpeedCadence::decode(page), decode_revolutions(page));
    }

    /// Noise, damaged frames and good ones, in portions of any length, from bytes to pages.
    #[test]
    fn no_stream_can_break_the_way_from_bytes_to_pages() {
        let mut random = Xorshift(0x5EED_0005);
        let mut deframer = Deframer::new();
        let (mut messages, mut pages) = (0, 0);
        for _ in 0..200_000 {
            let mut stream = [0; MAX_FRAME];
            let mut size = match random.next() % 4 {
                0 => {
                    stream.fill_with(|| random.next() as u8);
                    MAX_FRAME
                }
                1 => {
                    let frame = CAPTURED[random.next() as usize % CAPTURED.len()];
                    stream[..frame.len()].copy_from_slice(frame);
                    frame.len()
                }
                _ => {
                    let mut payload = [0; 38];
                    payload.fill_with(|| random.next() as u8);
                    let id = [0x40, 0x4E, 0x4F, 0x5D, 0x5E, 0x6F, random.next() as u8][random.next() as usize % 7];
                    encode(id, &payload[..=random.next() as usize % 38], &mut stream).unwrap()
                }
            };
            if random.next().is_multiple_of(4) {
                stream[random.next() as usize % size] ^= random.next() as u8;
            }
            if random.next().is_multiple_of(8) {
                size = random.next() as usize % size;
            }
            let cut = random.next() as usize % (size + 1);
            for mut portion in [&stream[..cut], &stream[cut..size]] {
                while let Some(frame) = deframer.next_frame(&mut portion) {
                    messages += 1;
                    if let Message::Data(data) = Message::decode(&frame) {
                        pages += 1;
                        read_everything(&data);
                    }
                }
            }
            if random.next().is_multiple_of(16) {
                while deframer.flush().is_some() {}
            }
        }
        assert!(messages > 50_000 && pages > 20_000, "{messages} {pages}");
        assert!(deframer.discarded() > 0);
    }
}
