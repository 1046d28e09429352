//! Where in a file a value stands: [`toml::Spanned`], which a schema sees through.

use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// A value that knows the bytes it was read from.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Spot<T>(Spanned<T>);

impl<T> Spot<T> {
    /// The value.
    pub(super) fn get_ref(&self) -> &T {
        self.0.get_ref()
    }

    /// Where it stands, in bytes.
    pub(super) fn span(&self) -> Range<usize> {
        self.0.span()
    }
}

#[cfg(test)]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Spot<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}
