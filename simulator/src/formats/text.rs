//! Rows of a comma-separated text file, one line at a time, in bounded memory.

use super::error::{FormatError, Place};
use super::limits::{COLUMNS, FILE_BYTES, LINE_BYTES, MIB};
use super::table::{Cell, Row, Rows};
use std::io::BufRead;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Reads lines from `R` and splits them into cells. Lines that start with `#` are comments and left out.
pub struct TextRows<R> {
    reader: R,
    line: Vec<u8>,
    number: u32,
    consumed: u64,
}

impl<R: BufRead> TextRows<R> {
    /// Rows of `reader`.
    pub fn new(reader: R) -> Self {
        Self { reader, line: Vec::new(), number: 0, consumed: 0 }
    }

    fn place(&self) -> Place {
        Place::Line(self.number)
    }

    /// Fills `self.line`. Returns whether the line had an end; none if there is no further line.
    fn next_line(&mut self) -> Result<Option<bool>, FormatError> {
        self.line.clear();
        self.number = self.number.saturating_add(1);
        loop {
            let place = self.place();
            let chunk = self.reader.fill_buf()?;
            if chunk.is_empty() {
                return Ok((!self.line.is_empty()).then_some(false));
            }
            let end = chunk.iter().position(|&byte| byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            if let Some(at) = part.iter().position(|&byte| byte == 0) {
                return Err(FormatError::NotText { place, offset: self.consumed + at as u64, found: 0 });
            }
            if self.line.len() + part.len() > LINE_BYTES {
                return Err(FormatError::LineTooLong { place, limit: LINE_BYTES });
            }
            self.line.extend_from_slice(part);
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            self.consumed += used as u64;
            if self.consumed > FILE_BYTES {
                return Err(FormatError::FileTooLarge { limit_mib: FILE_BYTES / MIB });
            }
            if end.is_some() {
                return Ok(Some(true));
            }
        }
    }
}

impl<R: BufRead> Rows for TextRows<R> {
    fn next_row(&mut self) -> Result<Option<Row>, FormatError> {
        while let Some(ended) = self.next_line()? {
            let place = self.place();
            let line = std::str::from_utf8(&self.line).map_err(|error| {
                let at = error.valid_up_to();
                let start = self.consumed - self.line.len() as u64 - u64::from(ended);
                FormatError::NotText { place, offset: start + at as u64, found: self.line[at] }
            })?;
            let line = line.strip_suffix('\r').unwrap_or(line);
            let line = if self.number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line };
            if !line.starts_with('#') {
                return Ok(Some(Row { place, cells: split(line, place)?, ended }));
            }
        }
        Ok(None)
    }
}

/// The cells of a line. A cell that begins with a quotation mark ends at the next single one; two stand for one.
fn split(line: &str, place: Place) -> Result<Vec<Cell>, FormatError> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        if cells.len() == COLUMNS {
            return Err(FormatError::TooMany { what: "columns", place, limit: COLUMNS });
        }
        let (cell, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_cell(quoted, place)?
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            (Cell::text(&rest[..end]), &rest[end..])
        };
        cells.push(cell);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Ok(cells),
        }
    }
}

/// The cell that `rest` continues after its opening mark, and what follows its closing mark up to the comma.
fn quoted_cell(rest: &str, place: Place) -> Result<(Cell, &str), FormatError> {
    let mut from = 0;
    loop {
        let end = from + rest[from..].find('"').ok_or(FormatError::OpenQuote { place })?;
        if rest[end + 1..].starts_with('"') {
            from = end + 2;
            continue;
        }
        let after = &rest[end + 1..];
        let comma = after.find(',').unwrap_or(after.len());
        return Ok((Cell::text(&rest[..end].replace("\"\"", "\"")), &after[comma..]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &str) -> Vec<Cell> {
        split(line, Place::Line(1)).unwrap()
    }

    #[test]
    fn lines_split_at_commas_outside_of_quotes() {
        assert_eq!(cells("a, b ,,1"), [Cell::text("a"), Cell::text("b"), Cell::Blank, Cell::text("1")]);
        assert_eq!(cells("\"13,80\",x"), [Cell::text("13,80"), Cell::text("x")]);
        assert_eq!(cells("\"say \"\"go\"\"\",\"\""), [Cell::text("say \"go\""), Cell::Blank]);
        assert_eq!(cells(""), [Cell::Blank]);
        assert!(matches!(split("a,\"b", Place::Line(7)), Err(FormatError::OpenQuote { place: Place::Line(7) })));
    }

    #[test]
    fn lines_may_end_in_any_of_the_usual_ways() {
        let mut rows = TextRows::new("\u{feff}a,b\r\n# note \"\n\nc".as_bytes());
        let mut seen = Vec::new();
        while let Some(row) = rows.next_row().unwrap() {
            seen.push((row.place, row.cells.len(), row.ended));
        }
        assert_eq!(seen, [(Place::Line(1), 2, true), (Place::Line(3), 1, true), (Place::Line(4), 1, false)]);
    }

    #[test]
    fn a_byte_that_is_no_text_is_named_with_its_place() {
        let mut rows = TextRows::new(&b"ab\nc\xff"[..]);
        rows.next_row().unwrap();
        let error = rows.next_row().unwrap_err();
        assert!(matches!(error, FormatError::NotText { place: Place::Line(2), offset: 4, found: 0xff }), "{error}");
    }
}
