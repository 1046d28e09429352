//! A glance.
