//! Arithmetic that is the same on every body: order and bounds by comparison, functions from `libm` by name.

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

/// Puts `values` in their total order, the smallest first. (Shell's sort: the library's costs 6 KB of flash.)
pub(crate) fn sort(values: &mut [f32]) {
    // Ciura's gaps, enough for the pairs of a trend.
    for gap in [132, 57, 23, 10, 4, 1] {
        for end in gap..values.len() {
            let mut at = end;
            while let Some(before) = at.checked_sub(gap)
                && let (Some(&low), Some(&high)) = (values.get(before), values.get(at))
                && high.total_cmp(&low).is_lt()
            {
                values.swap(before, at);
                at = before;
            }
        }
    }
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
    fn numbers_of_any_count_are_put_in_the_order_that_the_library_puts_them_in() {
        let mut random = 1_u32;
        let mut all = [0.0; 1000];
        for n in 0..all.len() {
            let values = &mut all[..n];
            for value in values.iter_mut() {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *value = ((random >> 20) as f32 - 2048.0) * if random & 1024 == 0 { 0.0 } else { 1.0 };
            }
            let mut sorted = [0.0; 1000];
            sorted[..n].copy_from_slice(values);
            sorted[..n].sort_unstable_by(f32::total_cmp);
            sort(values);
            assert!(values.iter().zip(&sorted).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
    }
}
