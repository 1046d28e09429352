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
