//! Cargo asks for a target before it fetches what a manifest names.
