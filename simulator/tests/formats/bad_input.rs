//! Input that nobody meant: cut short, mixed up, random, endless, or built to do harm.

use crate::support::{FIXTURES, bytes, is_text, options};
use proptest::prelude::*;
use sling_simulator::formats::{FormatError, LOG_MAGIC, Options, Place, read};
use std::cell::Cell;
use std::fmt::Write as _;
use std::io::{self, Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Ten gigabytes of one byte behind a start, and a count of what was taken of it.
struct Endless<'a> {
    start: &'a [u8],
    byte: u8,
    left: u64,
    taken: &'a Cell<u64>,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = if self.start.is_empty() {
            let size = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
            buffer[..size].fill(self.byte);
            self.left -= size as u64;
            size
        } else {
            self.start.read(buffer)?
        };
        self.taken.set(self.taken.get() + size as u64);
        Ok(size)
    }
}

/// Reads `start` and ten gigabytes of `byte`: the error, and how many bytes it took.
fn endless(start: &[u8], byte: u8) -> (FormatError, u64) {
    let taken = Cell::new(0);
    let source = Endless { start, byte, left: 10_000_000_000, taken: &taken };
    let error = read(source, &Options::default()).unwrap_err();
    (error, taken.get())
}

#[test]
fn ten_gigabytes_of_zeros_end_at_once() {
    let (error, taken) = endless(&[], 0);
    assert!(matches!(error, FormatError::Unknown { .. }), "{error}");
    assert!(taken <= 64 * 1024, "{taken} bytes taken");
}

#[test]
fn a_header_with_zeros_behind_it_ends_at_once() {
    for (file, _) in FIXTURES.iter().filter(|(file, _)| is_text(file)) {
        let mut start = bytes(file);
        // Beyond what is looked at to tell the format.
        while start.len() < 20_000 {
            start.splice(0..0, *b"# filler\n");
        }
        let (error, taken) = endless(&start, 0);
        assert!(matches!(error, FormatError::NotText { found: 0, .. }), "{file}: {error}");
        assert!(taken <= start.len() as u64 + 64 * 1024, "{file}: {taken} bytes taken");
    }
}

#[test]
fn a_line_without_end_ends_at_its_limit() {
    for start in [&b""[..], b"t_s,power_w\n1,2\n"] {
        let (error, taken) = endless(start, b'7');
        assert!(matches!(error, FormatError::LineTooLong { .. }), "{error}");
        assert!(taken <= 256 * 1024, "{taken} bytes taken");
    }
}

#[test]
fn endless_blank_lines_end_at_the_limit_of_a_file() {
    let (error, taken) = endless(b"t_s,power_w\n1,2\n", b'\n');
    assert!(matches!(error, FormatError::FileTooLarge { limit_mib: 256 }), "{error}");
    assert!(taken <= 257 * 1024 * 1024, "{taken} bytes taken");
}

#[test]
fn what_is_no_recording_says_what_it_begins_with() {
    for (input, want) in [
        (&b""[..], "the file is empty"),
        (b"\n\n\n", "it begins with nothing but blanks"),
        (b"hello, world\n1,2\n", "it begins with \"hello\""),
        (b"\x7fELF\x02\x01\x01\x00", "it begins with the bytes 7f 45 4c 46 02 01 01 00"),
        (b"time,smo2\n1,2\n", "it begins with \"time\""),
        (b"mm-dd,hh:mm:ss,HR\n", "looks like Moxy but has no column SmO2 Live"),
        (b"Time,MS,MSDiff,Watts\n", "looks like PerfPRO but has no column SmO2 (<sensor>)"),
        (b"Time[s],HR[bpm]\n", "looks like VO2 Master but has no column SmO2[%]"),
        (b"Timestamp (seconds passed),Lap/Event\n", "looks like Train.Red but has no column SmO2"),
        (b"mm-dd,hh:mm:ss,SmO2 Live\n", "the Moxy header has no row of data below it"),
        (b"mm-dd,hh:mm:ss,SmO2 Live\n1,2,3\n", "line 2, column hh:mm:ss: found \"2\""),
        (b"Time[s],SmO2[%]\n1,--\n", "line 2, column SmO2[%]: found \"--\""),
        (b"t_s,power_w\n1,\"2\n", "line 2: a quoted cell is not closed"),
        (b"t_s,power_w\n1,\xff\n", "line 2, byte 14 of the file: found 0xff"),
        (b"PK\x03\x04", "the xlsx container is damaged or cut short (it ends at byte 4)"),
    ] {
        let error = read(input, &options("mg.right")).unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
        assert!(!error.contains('\n'), "one line: {error}");
    }
}

#[test]
fn our_own_log_is_handed_back() {
    let log = [LOG_MAGIC, &[0, 1, 2, 3]].concat();
    assert!(matches!(read(&log[..], &Options::default()), Err(FormatError::IsLog)));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &log).unwrap();
    let opened = sling_simulator::formats::open(file.path(), &Options::default());
    assert!(matches!(opened, Err(FormatError::IsLog)));
}

#[test]
fn a_missing_file_is_named() {
    let error = sling_simulator::formats::open("no/such.csv".as_ref(), &Options::default()).unwrap_err();
    assert!(error.to_string().starts_with("no/such.csv: cannot be read: "), "{error}");
}

#[test]
fn every_fixture_cut_at_every_byte_gives_a_recording_or_an_error() {
    for (file, sites) in FIXTURES {
        let whole = bytes(file);
        let options = options(sites);
        let items = read(&whole[..], &options).unwrap().items.len();
        for end in 0..whole.len() {
            match read(&whole[..end], &options) {
                Ok(recording) => {
                    assert!(is_text(file), "{file} cut at {end}: half a container is none");
                    assert!(recording.items.len() <= items, "{file} cut at {end}");
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
}

#[test]
fn too_many_sensors_are_refused() {
    let columns: Vec<String> = (0..9).map(|i| format!("SmO2 ({i})")).collect();
    let text = format!("Time,MS,MSDiff,{}\n0,0,0\n", columns.join(","));
    let error = read(text.as_bytes(), &Options::default()).unwrap_err();
    assert!(matches!(error, FormatError::TooMany { what: "sensors", limit: 8, .. }), "{error}");
}

#[test]
fn too_many_columns_are_refused() {
    let text = ",".repeat(300);
    let error = read(text.as_bytes(), &Options::default()).unwrap_err();
    assert!(matches!(error, FormatError::TooMany { what: "columns", place: Place::Line(1), .. }), "{error}");
}

/// A workbook like the fixture `file`, with the parts in `changed` in place of its own.
fn workbook_with(file: &str, changed: &[(&str, &[u8])]) -> Vec<u8> {
    let mut source = ZipArchive::new(Cursor::new(bytes(file))).unwrap();
    let mut target = ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for index in 0..source.len() {
        let mut part = source.by_index(index).unwrap();
        let name = part.name().unwrap().to_string();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        if let Some((_, new)) = changed.iter().find(|(changed, _)| *changed == name) {
            content = new.to_vec();
        }
        target.start_file(name, deflated).unwrap();
        target.write_all(&content).unwrap();
    }
    target.finish().unwrap().into_inner()
}

const SHEET: &str = "xl/worksheets/sheet1.xml";
const STRINGS: &str = "xl/sharedStrings.xml";

fn read_sheet(sheet: &[u8]) -> Result<sling_simulator::formats::Recording, FormatError> {
    read(&workbook_with("vo2master_average.xlsx", &[(SHEET, sheet)])[..], &options("mg.right,vl.right"))
}

#[test]
fn a_zip_bomb_is_refused_while_it_inflates() {
    let blanks = vec![b' '; 200 << 20];
    let bomb = workbook_with("vo2master_average.xlsx", &[(SHEET, &blanks)]);
    assert!(bomb.len() < 1 << 20, "it is a bomb: {} bytes", bomb.len());
    let error = read(&bomb[..], &Options::default()).unwrap_err();
    assert!(matches!(&error, FormatError::Inflates { part, .. } if part == SHEET), "{error}");

    // The container lies about the size: every 32-bit field that holds it says 1000.
    let (true_size, small) = ((200_u32 << 20).to_le_bytes(), 1000_u32.to_le_bytes());
    let mut liar = bomb;
    let places: Vec<usize> = (0..liar.len() - 4).filter(|&at| liar[at..at + 4] == true_size).collect();
    assert!(!places.is_empty(), "the lie has a place");
    for at in places {
        liar[at..at + 4].copy_from_slice(&small);
    }
    let error = read(&liar[..], &Options::default()).unwrap_err();
    assert!(matches!(error, FormatError::Inflates { .. } | FormatError::Container { .. }), "{error}");
}

#[test]
fn more_strings_than_any_workbook_has_are_refused() {
    let strings = format!("<sst>{}</sst>", "<si/>".repeat(1_100_000));
    let crowded = workbook_with("perfpro.xlsx", &[(STRINGS, strings.as_bytes())]);
    let error = read(&crowded[..], &Options::default()).unwrap_err().to_string();
    assert!(error.contains("at most a million shared strings"), "{error}");
}

#[test]
fn a_sheet_that_claims_to_be_vast_costs_nothing() {
    let sheet =
        br#"<worksheet><dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="str"><v>a</v></c></row>
        <row r="1048576"><c r="B1048576"><v>1</v></c></row></sheetData></worksheet>"#;
    assert!(matches!(read_sheet(sheet), Err(FormatError::Unknown { .. })));
}

#[test]
fn worksheets_say_where_they_are_wrong() {
    for (cells, want) in [
        ("<row r=\"1\"><c r=\"A99999999999\"><v>1</v></c></row>", "not a recording that Sling reads"),
        (
            "<row r=\"1\"><c r=\"ZZZZZZZZZZ1\"><v>1</v></c></row>",
            "found \"ZZZZZZZZZZ1\"; right would be a cell reference",
        ),
        ("<row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row>", "sheet row 1: more than 256 columns"),
        ("<row r=\"-1\"><c r=\"A1\"><v>1</v></c></row>", "found \"-1\"; right would be a row number"),
        ("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>99999</v></c></row>", "right would be the index of a shared string"),
        ("<row r=\"1\"><c r=\"A1\"><v>1..2</v></c></row>", "found \"1..2\"; right would be a number"),
        ("<row r=\"1\"><c r=\"A1\"><v>1", "not well-formed"),
        ("<row r=\"1\"></c></row>", "not well-formed"),
    ] {
        let sheet = format!("<worksheet><sheetData>{cells}</sheetData></worksheet>");
        let error = read_sheet(sheet.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
    }
    let strings = br#"<sst count="4000000000" uniqueCount="18446744073709551615"><si><t>a</t></si></sst>"#;
    let claims = workbook_with("perfpro.xlsx", &[(STRINGS, strings)]);
    assert!(read(&claims[..], &Options::default()).is_err(), "claims about counts are not believed");
    let sheet = br#"<worksheet><sheetData><row r="3"><c r="A3" t="str"><v>Time[s]</v></c><c r="B3" t="str"><v>SmO2[%]</v></c></row>
        <row r="7"><c r="A7"><v>1</v></c><c r="B7" t="str"><v>much</v></c></row></sheetData></worksheet>"#;
    let error = read_sheet(sheet).unwrap_err().to_string();
    assert!(error.contains("sheet row 7, column SmO2[%]: found \"much\""), "{error}");
}

#[test]
fn a_zip_that_is_no_workbook_says_what_is_missing() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("notes.txt", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"hello").unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    let error = read(&bytes[..], &Options::default()).unwrap_err().to_string();
    assert!(error.contains("holds no xl/_rels/workbook.xml.rels"), "{error}");
}

/// What must hold of anything that is read.
fn check(input: &[u8], sites: &str) {
    match read(input, &options(sites)) {
        Ok(recording) => {
            assert!(recording.items.windows(2).all(|pair| pair[0].at <= pair[1].at), "time runs forward");
            assert!(recording.channels.iter().all(|channel| channel.site.is_some()));
        }
        Err(error) => assert!(!error.to_string().contains('\n'), "one line: {error}"),
    }
}

/// A fixture with some bytes overwritten, a part repeated and a part taken out.
fn mutated() -> impl Strategy<Value = (Vec<u8>, &'static str)> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8);
    let part = || (any::<prop::sample::Index>(), 0_usize..60);
    (0..FIXTURES.len(), edits, part(), part()).prop_map(|(which, edits, repeated, removed)| {
        let (file, sites) = FIXTURES[which];
        let mut bytes = bytes(file);
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            // Half of the time a byte that means something in text.
            bytes[at] = if byte < 128 { b",\n\"0-.:#eE1 9T,"[usize::from(byte) % 15] } else { byte };
        }
        let at = repeated.0.index(bytes.len());
        let again = bytes[at..(at + repeated.1).min(bytes.len())].to_vec();
        bytes.splice(at..at, again);
        let at = removed.0.index(bytes.len());
        let end = (at + removed.1 / 4).min(bytes.len());
        bytes.drain(at..end);
        (bytes, sites)
    })
}

/// A workbook whose sheet or strings have bytes overwritten before they are packed.
fn mutated_part() -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6);
    (prop::sample::select(vec![SHEET, STRINGS, "xl/workbook.xml", "xl/_rels/workbook.xml.rels"]), edits).prop_map(
        |(part, edits)| {
            let mut archive = ZipArchive::new(Cursor::new(bytes("perfpro.xlsx"))).unwrap();
            let mut content = Vec::new();
            archive.by_name(part).unwrap().read_to_end(&mut content).unwrap();
            for (at, byte) in edits {
                let at = at.index(content.len());
                content[at] = if byte < 160 { b"<>/=\"&;09AZ r?!-"[usize::from(byte) % 16] } else { byte };
            }
            workbook_with("perfpro.xlsx", &[(part, &content)])
        },
    )
}

/// Cases of a property: 512, or as many as `PROPTEST_CASES` says.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(512)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(input in prop::collection::vec(any::<u8>(), 0..600)) {
        check(&input, "mg.right");
    }

    #[test]
    fn arbitrary_bytes_below_a_header_never_panic(
        which in 0_usize..5,
        input in "[-0-9.,:\"#a-z \n\u{e9}\u{0}]{0,200}",
    ) {
        let header = [
            "t_s,power_w,lap,posture,position,marker,mg.right.smo2_pct,mg.right.thb_gdl\n",
            "mm-dd,hh:mm:ss,SmO2 Live,THb,Lap\n",
            "Time,MS,MSDiff,Watts,HR,Cadence,Speed,Grade%,Lap,SmO2 (1),ThB (1)\n",
            "Time[s],HR[bpm],SmO2[%],THb[THb],RPM[rpm],Speed[km/h]\n",
            "Timestamp (seconds passed),Lap/Event,,SmO2,SmO2 unfiltered,O2HB unfiltered,HHb unfiltered\n",
        ][which];
        check(format!("{header}{input}").as_bytes(), "mg.right");
    }

    #[test]
    fn numbers_of_any_size_below_a_header_never_panic(rows in prop::collection::vec(
        (any::<f64>(), any::<f64>(), any::<f64>(), any::<i32>()), 1..20,
    )) {
        for header in [
            "t_s,mg.right.smo2_pct,mg.right.thb_gdl,power_w",
            "Time[s],SmO2[%],THb[THb],HR[bpm]",
            "MS,SmO2 (1),ThB (1),Watts,Time,MSDiff",
            "Timestamp (seconds passed),SmO2,HHb unfiltered,O2HB unfiltered,Lap/Event",
        ] {
            let mut text = format!("{header}\n");
            for (a, b, c, d) in &rows {
                writeln!(text, "{a:e},{b:e},{c:e},{d}").unwrap();
            }
            check(text.as_bytes(), "mg.right");
        }
    }

    #[test]
    fn mutated_fixtures_never_panic((input, sites) in mutated()) {
        check(&input, sites);
    }

    #[test]
    fn mutated_parts_of_a_workbook_never_panic(input in mutated_part()) {
        check(&input, "mg.right,vl.right");
    }
}
