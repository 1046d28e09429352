//! Bitmap fonts.
#![no_std]
