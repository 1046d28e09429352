//! Records of the input log and blocks of the ride log: the fuzzer's bytes as they are, and as payloads whose length and check are right, because
//! no fuzzer guesses a checksum. What is read is written so that it is read again.
#![no_main]

use crc::{CRC_16_IBM_3740, CRC_32_ISO_HDLC, Crc};
use sling_core::log::ride::{Block, Piece, Pieces, Sealed};
use sling_core::log::{HEADER_LEN, MAX_RECORD, Reader, Writer, check_header};
use sling_core::time::Instant;
use sling_fuzz::Bytes;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if check_header(bytes).is_ok() {
        read(&bytes[HEADER_LEN..]);
    }
    read(bytes);
    let (mut supply, mut records) = (Bytes(bytes), Vec::new());
    while let Some(payload) = supply.portion() {
        records.extend((payload.len() as u16).to_le_bytes());
        records.extend(Crc::<u16>::new(&CRC_16_IBM_3740).checksum(payload).to_le_bytes());
        records.extend_from_slice(payload);
    }
    read(&records);
    read_blocks(bytes);
    let (mut supply, mut blocks) = (Bytes(bytes), Vec::new());
    while let Some(payload) = supply.portion() {
        let payload = &payload[..payload.len() / 4 * 4];
        let mut block = b"SB\x01\x00".to_vec();
        block.extend((payload.len() as u16).to_le_bytes());
        block.extend([1, 0, 7, 0, 0, 0]);
        let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&[&block, payload].concat());
        blocks.extend(block);
        blocks.extend(crc.to_le_bytes());
        blocks.extend_from_slice(payload);
    }
    read_blocks(&blocks);
});

fn read_blocks(bytes: &[u8]) {
    let mut covered = 0;
    for piece in Pieces::new(bytes) {
        match piece {
            Piece::Damage(damage) => covered += damage.length,
            Piece::Block(block) => {
                covered += block.bytes.len();
                // What is read is written so that it is read again; what of it is too long now, is so again.
                let (mut first, mut second) = (Block::new(), Block::new());
                copy(&block, &mut first);
                let first = first.seal(block.ride, block.number);
                copy(&first, &mut second);
                assert_eq!(second.seal(block.ride, block.number).bytes, first.bytes);
            }
        }
    }
    assert_eq!(covered, bytes.len());
}

fn copy(from: &Sealed<'_>, to: &mut Block) {
    for (at, entry) in from.entries() {
        if to.push(at, &entry).is_err() {
            return;
        }
    }
}

fn read(mut bytes: &[u8]) {
    let mut reader = Reader::new();
    while let Ok(Some(record)) = reader.decode(bytes) {
        assert!(record.length <= bytes.len());
        bytes = &bytes[record.length..];
        // Compared as bytes: a float that is no number is not equal to itself.
        let mut written = [0; MAX_RECORD + 4];
        let size = Writer::new().encode(record.at, &record.input, &mut written).expect("what was a record is one");
        let again = Reader::new().decode(&written[..size]).expect("a record").expect("whole");
        assert_eq!((again.at, again.length), (record.at, size));
        let mut rewritten = [0; MAX_RECORD + 4];
        let length = Writer::new().encode(again.at, &again.input, &mut rewritten).expect("no longer than before");
        assert_eq!(rewritten[..length], written[..size]);
        assert!(again.at >= Instant::ZERO);
    }
}
