//! Records of the input log: the fuzzer's bytes as they are, and as payloads whose length and check are right, because
//! no fuzzer guesses a checksum. What is read is written so that it is read again.
#![no_main]

use crc::{CRC_16_IBM_3740, Crc};
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
});

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
