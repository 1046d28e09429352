//! Arithmetic that is the same on every body: order and bounds by comparison, functions from `libm` by name.

use core::cell::Cell;

/// The smaller of two numbers, neither of them NaN.
pub(crate) fn min(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}

/// The larger of two numbers, neither of them NaN.
pub(crate) fn max(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// `x` held between `low` and `high`.
pub(crate) fn clamp(x: f32, low: f32, high: f32) -> f32 {
    min(max(x, low), high)
}

/// The mean of `sum` over `n` values; `None` of none.
pub(crate) fn mean(sum: f32, n: u32) -> Option<f32> {
    if n == 0 { None } else { Some(sum / n as f32) }
}

/// `x` to the nearest whole number, halves away from zero, held to what an `i32` can carry.
pub(crate) fn round_i32(x: f32) -> i32 {
    libm::roundf(x) as i32
}

/// The oldest of `row`, which is its first, makes room at the end for the newest.
pub(crate) fn shift_in<T: Copy, const N: usize>(row: &mut [T; N], newest: T) {
    // Copied one by one: `rotate_left` brings a kilobyte of code with it for each type.
    let mut next = newest;
    for place in row.iter_mut().rev() {
        next = core::mem::replace(place, next);
    }
}

/// Puts the one of `values` that would be at `n` in their total order there, and none that is greater before it.
/// (Hoare's selection: the library's costs flash, and a sort ten times the time.)
pub(crate) fn select(values: &mut [f32], n: usize) {
    // Cells are exchanged without their ends being checked: a panic's place would be linked in.
    let mut part = Cell::from_mut(values).as_slice_of_cells();
    let mut n = n;
    while let Some(pivot) = part.get(part.len() / 2).filter(|_| part.len() > 1) {
        let pivot = order(pivot.get());
        let less = to_front(part, |value| value < pivot);
        let rest = part.get(less..).unwrap_or_default();
        let same = to_front(rest, |value| value == pivot);
        if n < less {
            part = part.get(..less).unwrap_or_default();
        } else if n < less + same {
            return;
        } else {
            part = rest.get(same..).unwrap_or_default();
            n -= less + same;
        }
    }
}

/// A number that is ordered as [`f32::total_cmp`] orders.
const fn order(value: f32) -> i32 {
    let bits = value.to_bits() as i32;
    bits ^ ((bits >> 31) as u32 >> 1) as i32
}

/// Puts those of `values` first that are so, and counts them.
fn to_front(values: &[Cell<f32>], is: impl Fn(i32) -> bool) -> usize {
    let mut front = values.iter();
    let mut count = 0;
    for value in values.iter().filter(|value| is(order(value.get()))) {
        if let Some(first) = front.next() {
            first.swap(value);
        }
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_makes_room_for_the_newest() {
        let mut row = [1, 2, 3];
        shift_in(&mut row, 4);
        assert_eq!(row, [2, 3, 4]);
        shift_in(&mut [0; 0], 1);
    }

    #[test]
    fn any_place_in_the_order_of_any_count_is_the_librarys() {
        let mut random = 1_u32;
        let mut next = || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random >> 8
        };
        for n in 1..300 {
            let mut all = [0.0; 300];
            let values = &mut all[..n];
            for value in values.iter_mut() {
                let number = next();
                *value = ((number >> 12) as f32 - 2048.0) * if number & 1 == 0 { 0.0 } else { 1.0 };
            }
            let mut sorted = [0.0; 300];
            let sorted = &mut sorted[..n];
            sorted.copy_from_slice(values);
            sorted.sort_unstable_by(f32::total_cmp);
            for place in [0, n / 3, n / 2, n - 1] {
                select(values, place);
                assert_eq!(values[place].to_bits(), sorted[place].to_bits());
                assert!(values[..place].iter().all(|value| value.total_cmp(&sorted[place]).is_le()));
            }
        }
        select(&mut [], 0);
        select(&mut [1.0, 2.0], 7);
    }
}
