//! Seconds into columns: mean, lowest and highest of each, and what was missing.

use super::ride::Ride;

/// Why a second has no value when nothing was handed to the head unit.
pub(super) const NOT_RECORDED: &str = "not recorded";

/// The seconds that share one horizontal place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Column {
    /// Seconds with a value.
    pub(super) seconds: u32,
    sum: f64,
    pub(super) low: f32,
    pub(super) high: f32,
    /// Seconds without one, by cause.
    missing: Vec<(&'static str, u32)>,
}

impl Column {
    fn put(&mut self, value: Result<f32, &'static str>) {
        match value {
            Ok(value) => {
                (self.low, self.high) =
                    if self.seconds == 0 { (value, value) } else { (self.low.min(value), self.high.max(value)) };
                self.sum += f64::from(value);
                self.seconds += 1;
            }
            Err(cause) => self.miss(cause, 1),
        }
    }

    fn miss(&mut self, cause: &'static str, seconds: u32) {
        match self.missing.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, n)) => *n += seconds,
            None => self.missing.push((cause, seconds)),
        }
    }

    /// The mean, if any second has a value.
    pub(super) fn mean(&self) -> Option<f32> {
        (self.seconds > 0).then(|| (self.sum / f64::from(self.seconds)) as f32)
    }

    /// Every second has a value: it may be joined to a neighbour that is whole too.
    pub(super) fn is_whole(&self) -> bool {
        self.seconds > 0 && self.missing.is_empty()
    }

    /// What took most of the seconds that are missing.
    pub(super) fn gap(&self) -> Option<&'static str> {
        self.missing.iter().rev().max_by_key(|(_, seconds)| *seconds).map(|(cause, _)| *cause)
    }
}

/// Whole seconds in a column, so that there are at most `most` columns.
pub(super) fn width_s(duration_s: u32, most: u32) -> u32 {
    duration_s.div_ceil(most).max(1)
}

/// The columns of a quantity, `width_s` seconds each; `value` gives it for a row, or why not.
pub(super) fn columns(ride: &Ride, width_s: u32, value: impl Fn(usize) -> Result<f32, &'static str>) -> Vec<Column> {
    let count = ride.duration_s.div_ceil(width_s);
    let mut columns = vec![Column::default(); count as usize];
    let mut seen = vec![0; columns.len()];
    for (i, row) in ride.rows.iter().enumerate() {
        for back in 0..row.span {
            let at = (row.second.saturating_sub(1 + back) / width_s) as usize;
            if let (Some(column), Some(seen)) = (columns.get_mut(at), seen.get_mut(at)) {
                column.put(value(i));
                *seen += 1;
            }
        }
    }
    for (i, (column, seen)) in columns.iter_mut().zip(seen).enumerate() {
        let first = i as u32 * width_s;
        let unseen = width_s.min(ride.duration_s - first).saturating_sub(seen);
        if unseen > 0 {
            column.miss(NOT_RECORDED, unseen);
        }
    }
    columns
}

/// Stretches of neighbouring columns for which `key` gives the same: first column, one past the last, key.
pub(super) fn runs<K: PartialEq>(columns: &[Column], key: impl Fn(&Column) -> Option<K>) -> Vec<(usize, usize, K)> {
    let mut runs: Vec<(usize, usize, K)> = Vec::new();
    for (i, column) in columns.iter().enumerate() {
        let Some(k) = key(column) else { continue };
        match runs.last_mut() {
            Some((_, end, last)) if *end == i && *last == k => *end = i + 1,
            _ => runs.push((i, i + 1, k)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::super::ride::Row;
    use super::*;

    fn ride(seconds: impl IntoIterator<Item = (u32, u32)>, duration_s: u32) -> Ride {
        let row = |(second, span)| Row { second, span, power: None, cadence: None, heart_rate: None };
        Ride { rows: seconds.into_iter().map(row).collect(), duration_s, ..Ride::default() }
    }

    #[test]
    fn a_column_with_a_second_missing_is_not_whole_and_says_why() {
        let ride = ride((1..=40).map(|s| (s, 1)), 40);
        let value = |i: usize| match i {
            13 => Err("light leak"),
            20..30 => Err("no data"),
            _ => Ok(i as f32),
        };
        let columns = columns(&ride, 10, value);
        let seen: Vec<_> = columns.iter().map(|c| (c.is_whole(), c.seconds, c.gap())).collect();
        assert_eq!(
            seen,
            [(true, 10, None), (false, 9, Some("light leak")), (false, 0, Some("no data")), (true, 10, None)]
        );
        assert_eq!((columns[0].mean(), columns[0].low, columns[0].high), (Some(4.5), 0.0, 9.0));
        assert_eq!(columns[2].mean(), None);
    }

    #[test]
    fn seconds_that_nobody_looked_at_are_missing_but_a_late_look_is_not() {
        let ride = ride([(1, 1), (2, 1), (5, 3), (6, 1), (60, 1)], 60);
        let columns = columns(&ride, 6, |_| Ok(1.0));
        assert!(columns[0].is_whole());
        assert!(columns[1..9].iter().all(|c| c.gap() == Some(NOT_RECORDED) && c.seconds == 0));
        assert_eq!((columns[9].seconds, columns[9].gap()), (1, Some(NOT_RECORDED)));
    }

    #[test]
    fn columns_stay_few_however_long_the_ride() {
        for duration in [0_u32, 1, 599, 600, 601, 43_200, 864_000] {
            assert!(duration.div_ceil(width_s(duration, 600)) <= 600);
        }
    }
}
