//! Rows of the worksheets in an xlsx workbook, in bounded memory.
//!
//! An xlsx file is a zip container of XML parts. Only four kinds of part are inflated (the list of sheets, its
//! relations, the shared strings, the sheets), and all of them together stay below a bound that is counted while
//! inflating: what the container declares about its sizes is not believed. Sheets are then read cell by cell, so a
//! sheet that claims to reach from A1 to XFD1048576 costs nothing.
//!
//! Not calamine: with overflow checks on, as everywhere in this workspace, it panics on a cell reference such as
//! `A99999999999`, and it reserves memory for as many shared strings as a file claims to have.

use super::error::{FormatError, Place, printable};
use super::limits::{COLUMNS, INFLATED_BYTES, MIB};
use super::table::{Cell, Row, Rows};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::HashMap;
use std::io::{Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// Sheets of a workbook that are looked into.
const SHEETS: usize = 16;
/// Shared strings of a workbook: a day of Moxy's rows has 150 thousand clock times.
const STRINGS: usize = 1_000_000;

/// An opened workbook.
pub struct Workbook {
    parts: Parts,
    strings: Vec<String>,
    sheets: Vec<String>,
}

impl Workbook {
    /// Opens the container and reads its list of sheets and its shared strings.
    pub fn open(bytes: Vec<u8>) -> Result<Self, FormatError> {
        let mut parts = Parts::open(bytes)?;
        let targets = relations(parts.need("xl/_rels/workbook.xml.rels")?)?;
        let sheets = sheet_parts(parts.need("xl/workbook.xml")?, &targets)?;
        let strings = match parts.get("xl/sharedStrings.xml")? {
            Some(part) => shared_strings(part)?,
            None => Vec::new(),
        };
        Ok(Self { parts, strings, sheets })
    }

    /// How many worksheets there are to look into.
    pub fn sheets(&self) -> usize {
        self.sheets.len()
    }

    /// The rows of the worksheet `index`.
    pub fn rows(&mut self, index: usize) -> Result<SheetRows<'_>, FormatError> {
        let part = self.parts.need(&self.sheets[index])?;
        Ok(SheetRows { xml: Xml::new(part), strings: &self.strings, row: 0 })
    }
}

/// One inflated part.
struct Part {
    name: String,
    bytes: Vec<u8>,
}

/// The container, and how much may still be inflated from it.
struct Parts {
    archive: ZipArchive<Cursor<Vec<u8>>>,
    size: u64,
    names: HashMap<String, usize>,
    left: u64,
}

impl Parts {
    fn open(bytes: Vec<u8>) -> Result<Self, FormatError> {
        let size = bytes.len() as u64;
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| container(size, error))?;
        // Some writers vary the case and the slashes of part names. A name that is no text is none of ours.
        let names = archive
            .file_names()
            .enumerate()
            .filter_map(|(i, name)| Some((name.ok()?.replace('\\', "/").to_lowercase(), i)))
            .collect();
        Ok(Self { archive, size, names, left: INFLATED_BYTES })
    }

    fn need(&mut self, name: &str) -> Result<Part, FormatError> {
        self.get(name)?.ok_or_else(|| FormatError::NoPart { part: name.to_string() })
    }

    fn get(&mut self, name: &str) -> Result<Option<Part>, FormatError> {
        let Some(&index) = self.names.get(&name.to_lowercase()) else { return Ok(None) };
        let size = self.size;
        let file = self.archive.by_index(index).map_err(|error| container(size, error))?;
        let mut bytes = Vec::new();
        file.take(self.left + 1).read_to_end(&mut bytes).map_err(|error| container(size, ZipError::Io(error)))?;
        self.left = self
            .left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| FormatError::Inflates { part: name.to_string(), limit_mib: INFLATED_BYTES / MIB })?;
        Ok(Some(Part { name: name.to_string(), bytes }))
    }
}

fn container(bytes: u64, source: ZipError) -> FormatError {
    FormatError::Container { bytes, source }
}

/// A part being read as XML.
struct Xml {
    part: String,
    reader: Reader<Cursor<Vec<u8>>>,
    buffer: Vec<u8>,
}

impl Xml {
    fn new(part: Part) -> Self {
        Self { part: part.name, reader: Reader::from_reader(Cursor::new(part.bytes)), buffer: Vec::new() }
    }

    fn next(&mut self) -> Result<Event<'_>, FormatError> {
        self.buffer.clear();
        self.reader.read_event_into(&mut self.buffer).map_err(|source| FormatError::Xml {
            part: self.part.clone(),
            offset: self.reader.error_position(),
            source,
        })
    }

    /// The error for `found` at the present position.
    fn wrong(&self, found: &str, want: &'static str) -> FormatError {
        FormatError::Sheet {
            part: self.part.clone(),
            offset: self.reader.buffer_position(),
            found: format!("\"{}\"", printable(found)),
            want,
        }
    }

    fn cut(&self, want: &'static str) -> FormatError {
        FormatError::Sheet {
            part: self.part.clone(),
            offset: self.reader.buffer_position(),
            found: "the end".into(),
            want,
        }
    }

    /// The text up to the end of the element whose start tag was just read; phonetic hints are left out.
    fn text(&mut self) -> Result<String, FormatError> {
        let mut text = String::new();
        let mut depth = 0_u32;
        let mut hint = None;
        loop {
            match self.next()? {
                Event::Start(tag) => {
                    depth += 1;
                    if hint.is_none() && tag.local_name().as_ref() == "rPh" {
                        hint = Some(depth);
                    }
                }
                Event::End(_) if depth == 0 => return Ok(text),
                Event::End(_) => {
                    if hint == Some(depth) {
                        hint = None;
                    }
                    depth -= 1;
                }
                Event::Text(part) if hint.is_none() => text.push_str(&part.xml10_content()),
                Event::CData(part) if hint.is_none() => text.push_str(&part.xml10_content()),
                Event::GeneralRef(part) if hint.is_none() => text.push(referred(&part)),
                Event::Eof => return Err(self.cut("a closing tag")),
                _ => {}
            }
        }
    }
}

/// The character behind `&lt;`, `&#10;` and the like.
fn referred(reference: &quick_xml::events::BytesRef<'_>) -> char {
    match reference.as_ref() {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => reference.resolve_char_ref().ok().flatten().unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

/// An attribute by its name without prefix.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    Some(found.value.into_owned())
}

/// Relation id -> part name.
fn relations(part: Part) -> Result<HashMap<String, String>, FormatError> {
    let mut xml = Xml::new(part);
    let mut targets = HashMap::new();
    loop {
        match xml.next()? {
            Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == "Relationship" => {
                if let (Some(id), Some(target)) = (attribute(&tag, "Id"), attribute(&tag, "Target")) {
                    let target = match target.strip_prefix('/') {
                        Some(absolute) => absolute.to_string(),
                        None => format!("xl/{target}"),
                    };
                    targets.insert(id, target);
                }
            }
            Event::Eof => return Ok(targets),
            _ => {}
        }
    }
}

/// The parts that hold the worksheets, in the order of their tabs.
fn sheet_parts(part: Part, targets: &HashMap<String, String>) -> Result<Vec<String>, FormatError> {
    let mut xml = Xml::new(part);
    let mut parts = Vec::new();
    loop {
        match xml.next()? {
            Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == "sheet" => {
                if let Some(target) = attribute(&tag, "id").and_then(|id| targets.get(&id))
                    && parts.len() < SHEETS
                {
                    parts.push(target.clone());
                }
            }
            Event::Eof => return Ok(parts),
            _ => {}
        }
    }
}

fn shared_strings(part: Part) -> Result<Vec<String>, FormatError> {
    let mut xml = Xml::new(part);
    let mut strings = Vec::new();
    loop {
        match xml.next()? {
            Event::Start(tag) if tag.local_name().as_ref() == "si" => {
                let text = xml.text()?;
                strings.push(text);
            }
            Event::Empty(tag) if tag.local_name().as_ref() == "si" => strings.push(String::new()),
            Event::Eof => return Ok(strings),
            _ => {}
        }
        if strings.len() > STRINGS {
            return Err(xml.wrong("si", "at most a million shared strings"));
        }
    }
}

/// The rows of one worksheet.
pub struct SheetRows<'w> {
    xml: Xml,
    strings: &'w [String],
    row: u32,
}

impl Rows for SheetRows<'_> {
    fn next_row(&mut self) -> Result<Option<Row>, FormatError> {
        loop {
            match self.xml.next()? {
                Event::Start(tag) if tag.local_name().as_ref() == "row" => {
                    let number = attribute(&tag, "r");
                    self.row = match number {
                        None => self.row.saturating_add(1),
                        Some(number) => {
                            number.parse().map_err(|_| self.xml.wrong(&number, "a row number such as 7"))?
                        }
                    };
                    let cells = self.cells()?;
                    return Ok(Some(Row { place: Place::SheetRow(self.row), cells, ended: true }));
                }
                Event::Eof => return Ok(None),
                _ => {}
            }
        }
    }
}

impl SheetRows<'_> {
    /// The cells up to the end of the row whose start tag was just read.
    fn cells(&mut self) -> Result<Vec<Cell>, FormatError> {
        let mut cells = Vec::new();
        let mut next = 0;
        loop {
            let (reference, kind, empty) = match self.xml.next()? {
                Event::Start(tag) if tag.local_name().as_ref() == "c" => {
                    (attribute(&tag, "r"), attribute(&tag, "t"), false)
                }
                Event::Empty(tag) if tag.local_name().as_ref() == "c" => (attribute(&tag, "r"), None, true),
                Event::End(tag) if tag.local_name().as_ref() == "row" => return Ok(cells),
                Event::Eof => return Err(self.xml.cut("the end of the row")),
                _ => continue,
            };
            let column = match reference {
                None => next,
                Some(reference) => {
                    column(&reference).ok_or_else(|| self.xml.wrong(&reference, "a cell reference such as B7"))?
                }
            };
            if column >= COLUMNS {
                return Err(FormatError::TooMany { what: "columns", place: Place::SheetRow(self.row), limit: COLUMNS });
            }
            next = column + 1;
            let cell = if empty { Cell::Blank } else { self.cell(kind.as_deref())? };
            if !cell.is_blank() {
                if cells.len() <= column {
                    cells.resize(column + 1, Cell::Blank);
                }
                cells[column] = cell;
            }
        }
    }

    /// The content of the cell whose start tag was just read.
    fn cell(&mut self, kind: Option<&str>) -> Result<Cell, FormatError> {
        let mut cell = Cell::Blank;
        loop {
            match self.xml.next()? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "v" => {
                        let text = self.xml.text()?;
                        cell = self.value(kind, &text)?;
                    }
                    "is" => cell = Cell::text(&self.xml.text()?),
                    // A formula; its result stands beside it.
                    _ => drop(self.xml.text()?),
                },
                Event::End(_) => return Ok(cell),
                Event::Eof => return Err(self.xml.cut("the end of the cell")),
                _ => {}
            }
        }
    }

    fn value(&self, kind: Option<&str>, text: &str) -> Result<Cell, FormatError> {
        let text = text.trim();
        match kind {
            None | Some("n") if text.is_empty() => Ok(Cell::Blank),
            None | Some("n") => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Cell::Number(number)),
                _ => Err(self.xml.wrong(text, "a number")),
            },
            Some("s") => {
                let string = text.parse().ok().and_then(|index: usize| self.strings.get(index));
                string
                    .map(|string| Cell::text(string))
                    .ok_or_else(|| self.xml.wrong(text, "the index of a shared string"))
            }
            Some(_) => Ok(Cell::text(text)),
        }
    }
}

/// The column of a cell reference such as `B7`, from 0.
fn column(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic).count();
    if !(1..=3).contains(&letters) {
        return None;
    }
    let number = |n: usize, letter: u8| n * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1;
    Some(reference.bytes().take(letters).fold(0, number) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_references_name_columns() {
        for (reference, want) in
            [("A1", Some(0)), ("Z9", Some(25)), ("AA7", Some(26)), ("xfd1", Some(16_383)), ("ABCD1", None), ("7", None)]
        {
            assert_eq!(column(reference), want, "{reference}");
        }
    }

    #[test]
    fn text_joins_runs_and_leaves_out_phonetic_hints() {
        let xml = "<sst><si><r><t>SmO2 </t></r><r><t>Live</t></r><rPh><t>x</t></rPh></si><si/><si><t>a&lt;b&#33;</t></si></sst>";
        let part = Part { name: "test".into(), bytes: xml.into() };
        assert_eq!(shared_strings(part).unwrap(), ["SmO2 Live", "", "a<b!"]);
    }
}
