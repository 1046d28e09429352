//! Text that is safe by construction: what is not written in this program passes through the escape.

use std::fmt::{self, Display, Write};

/// HTML in the making. Markup is `&'static str`, so nothing that came with a ride can be markup.
#[derive(Debug, Default)]
pub(crate) struct Html(String);

impl Html {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Markup.
    pub(crate) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, or the content of a quoted attribute.
    pub(crate) fn text(&mut self, text: impl Display) -> &mut Self {
        // Writing to a string does not fail.
        let _ = write!(Escape(&mut self.0), "{text}");
        self
    }

    /// A coordinate, to a tenth.
    pub(crate) fn number(&mut self, x: f32) -> &mut Self {
        push_number(&mut self.0, x);
        self
    }

    /// The shape of a path.
    pub(crate) fn path(&mut self, path: &Path) -> &mut Self {
        self.0.push_str(&path.0);
        self
    }

    /// Another piece.
    pub(crate) fn add(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

struct Escape<'a>(&'a mut String);

impl Write for Escape<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // Neither control characters nor the marks that turn the direction of the text around them.
                c if c.is_control() => self.0.push(' '),
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => self.0.push('\u{fffd}'),
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

fn push_number(out: &mut String, x: f32) {
    let tenths = (x * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, rest) = (tenths.abs() / 10, tenths.abs() % 10);
    // Writing to a string does not fail.
    let _ = if rest == 0 { write!(out, "{sign}{whole}") } else { write!(out, "{sign}{whole}.{rest}") };
}

/// The `d` of an SVG path, absolute.
#[derive(Debug, Default)]
pub(crate) struct Path(String);

impl Path {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn move_to(&mut self, x: f32, y: f32) -> &mut Self {
        self.step('M', x, y)
    }

    pub(crate) fn line_to(&mut self, x: f32, y: f32) -> &mut Self {
        self.step('L', x, y)
    }

    pub(crate) fn close(&mut self) -> &mut Self {
        self.0.push('Z');
        self
    }

    pub(crate) fn rectangle(&mut self, x: f32, y: f32, w: f32, h: f32) -> &mut Self {
        self.move_to(x, y).line_to(x + w, y).line_to(x + w, y + h).line_to(x, y + h).close()
    }

    fn step(&mut self, command: char, x: f32, y: f32) -> &mut Self {
        self.0.push(command);
        push_number(&mut self.0, x);
        self.0.push(' ');
        push_number(&mut self.0, y);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_with_the_ride_is_only_text() {
        let mut html = Html::new();
        html.raw("<p title=\"").text("\" onclick='x'").raw("\">").text("<b>&amp;\u{202e}\u{7}</b>").raw("</p>");
        assert_eq!(
            html.into_string(),
            "<p title=\"&quot; onclick=&#39;x&#39;\">&lt;b&gt;&amp;amp;\u{fffd} &lt;/b&gt;</p>"
        );
    }

    #[test]
    fn coordinates_are_short_and_never_minus_zero() {
        for (x, text) in [(0.0, "0"), (-0.04, "0"), (12.34, "12.3"), (-1.26, "-1.3"), (99.96, "100")] {
            let mut out = String::new();
            push_number(&mut out, x);
            assert_eq!(out, text);
        }
    }
}
