//! Rows of cells, from a text file or a worksheet, and how single cells are understood.
//!
//! Formats read rows and do not know which container these came from. Numbers are f64 here; they become core's
//! integers in the readers. Times are seconds.

use super::error::{FormatError, Place, printable};

/// One cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// Nothing, or only blanks.
    #[default]
    Blank,
    /// A number of a worksheet.
    Number(f64),
    /// Text, without blanks around it.
    Text(String),
}

impl Cell {
    /// A cell that holds `text`, without the blanks around it.
    pub fn text(text: &str) -> Self {
        match text.trim() {
            "" => Self::Blank,
            text => Self::Text(text.to_string()),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_blank(&self) -> bool {
        *self == Self::Blank
    }

    /// The text of a text cell.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number in it: as a worksheet holds it, or as text with a decimal point or a decimal comma.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Blank => None,
            Self::Number(number) => number.is_finite().then_some(*number),
            Self::Text(text) => number(text),
        }
    }

    /// The cell as a message shows it.
    pub fn shown(&self) -> String {
        match self {
            Self::Blank => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => printable(text),
        }
    }
}

/// `text` as a finite number; one comma and no point is a decimal comma. Words such as `nan` and `inf` are none.
fn number(text: &str) -> Option<f64> {
    if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b',' | b'e' | b'E')) {
        return None;
    }
    let number: f64 = match (text.contains('.'), text.split_once(',')) {
        (_, None) => text.parse().ok()?,
        (false, Some((whole, fraction))) => format!("{whole}.{fraction}").parse().ok()?,
        (true, Some(_)) => return None,
    };
    number.is_finite().then_some(number)
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where it stands.
    pub place: Place,
    /// Its cells; blanks at the end may be left out.
    pub cells: Vec<Cell>,
    /// Whether the row is whole. Only the last line of a text file can lack its line end.
    pub ended: bool,
}

impl Row {
    /// The cell in column `index`; blank beyond the end.
    pub fn cell(&self, index: usize) -> &Cell {
        self.cells.get(index).unwrap_or(&Cell::Blank)
    }

    /// Whether every cell is blank.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(Cell::is_blank)
    }

    /// The texts of the row, with their columns.
    pub fn texts(&self) -> impl Iterator<Item = (usize, &str)> {
        self.cells.iter().enumerate().filter_map(|(i, cell)| Some((i, cell.as_text()?)))
    }

    /// The first column whose text is exactly `name`.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.texts().find(|(_, text)| *text == name).map(|(i, _)| i)
    }

    /// Whether `self`, a row of data below `header`, broke off: the file ended within it.
    pub fn is_cut(&self, header: &Self) -> bool {
        !self.ended && !self.is_blank() && self.cells.len() < header.cells.len()
    }
}

/// A source of rows, in order; blank rows may be left out.
pub trait Rows {
    /// The next row, or none at the end.
    fn next_row(&mut self) -> Result<Option<Row>, FormatError>;
}

/// A header row and what can be said about the cells below it.
#[derive(Clone, Debug)]
pub struct Header {
    /// The row itself.
    pub row: Row,
    /// The format, for messages.
    pub format: &'static str,
}

impl Header {
    /// The column named exactly `name`, or an error that names it.
    pub fn need(&self, name: &'static str) -> Result<usize, FormatError> {
        self.row.find(name).ok_or_else(|| self.missing(name))
    }

    /// The error for a column that is not there.
    pub fn missing(&self, column: &'static str) -> FormatError {
        FormatError::NoColumn { place: self.row.place, format: self.format, column }
    }

    /// The error for a cell below this header that is not what it should be.
    pub fn wrong(&self, row: &Row, column: usize, want: &'static str) -> FormatError {
        FormatError::Cell {
            place: row.place,
            column: self.row.cell(column).shown(),
            found: row.cell(column).shown(),
            want,
        }
    }

    /// The number in a cell, none if it is blank, an error if it holds anything else.
    pub fn number(&self, row: &Row, column: usize, want: &'static str) -> Result<Option<f64>, FormatError> {
        match row.cell(column) {
            Cell::Blank => Ok(None),
            cell => cell.number().map(Some).ok_or_else(|| self.wrong(row, column, want)),
        }
    }
}

/// Seconds since midnight from a clock cell: `h:mm:ss`, `h:mm:ss.ff`, or a worksheet's fraction of a day.
pub fn clock_s(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Blank => None,
        Cell::Number(days) => days.is_finite().then(|| (days - days.floor()) * 86_400.0),
        Cell::Text(text) => {
            let mut parts = text.split(':');
            let hours: u32 = parts.next()?.parse().ok().filter(|h| *h < 1000)?;
            let minutes: u32 = parts.next()?.parse().ok().filter(|m| *m < 60)?;
            let seconds = number(parts.next()?).filter(|s| (0.0..61.0).contains(s))?;
            parts.next().is_none().then(|| f64::from(hours * 3600 + minutes * 60) + seconds)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_have_a_decimal_point_or_comma_and_nothing_else() {
        for (text, want) in [
            ("12", Some(12.0)),
            ("12.5", Some(12.5)),
            ("0,000", Some(0.0)),
            ("-3,25", Some(-3.25)),
            ("1e3", Some(1000.0)),
            ("1,234.5", None),
            ("1,2,3", None),
            ("nan", None),
            ("inf", None),
            ("1e999", None),
            ("", None),
            ("--", None),
            ("12 %", None),
        ] {
            assert_eq!(number(text), want, "{text}");
        }
    }

    #[test]
    fn a_clock_is_text_or_a_fraction_of_a_day() {
        for (cell, want) in [
            (Cell::text("13:17:13"), Some(47_833.0)),
            (Cell::text("0:29:00.41"), Some(1740.41)),
            (Cell::Number(0.25), Some(21_600.0)),
            (Cell::Number(45_694.5), Some(43_200.0)),
            (Cell::text("13:17"), None),
            (Cell::text("13:77:00"), None),
            (Cell::text("1:2:3:4"), None),
            (Cell::text("x:00:00"), None),
            (Cell::Blank, None),
        ] {
            let found = clock_s(&cell);
            assert!(
                match (found, want) {
                    (Some(found), Some(want)) => (found - want).abs() < 1e-6,
                    (found, want) => found == want,
                },
                "{cell:?}: {found:?}"
            );
        }
    }
}
