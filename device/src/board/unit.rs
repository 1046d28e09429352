//! How a head unit is made in its place.

use core::arch::asm;
use sling_core::HeadUnit;
use static_cell::StaticCell;

/// Made at run time, in its place: as a constant it would take as much flash as RAM, for 170 bytes that are not zero.
static HEAD_UNIT: StaticCell<HeadUnit> = StaticCell::new();

/// The head unit, made in its place. Rust would promise no more than to copy it there: whether the 47 KB pass through the
/// stack is the optimiser's choice, which differs from level to level. So the call is made as the procedure call standard
/// has it, with the address of the result in r0.
pub fn head_unit() -> &'static mut HeadUnit {
    let place = HEAD_UNIT.uninit();
    // SAFETY: `new_head_unit` is called as AAPCS says of a function without arguments whose result is a composite of more
    // than four bytes: r0 holds the address of memory for it, which nothing else refers to. It has written all of it when
    // it returns.
    unsafe {
        asm!(
            "bl {new}",
            new = sym new_head_unit,
            inout("r0") place.as_mut_ptr() => _,
            // What a call may change, on a core with sixteen registers of double precision at most.
            out("r1") _, out("r2") _, out("r3") _, out("r12") _, out("lr") _,
            out("d0") _, out("d1") _, out("d2") _, out("d3") _, out("d4") _, out("d5") _, out("d6") _, out("d7") _,
        );
        place.assume_init_mut()
    }
}

#[expect(improper_ctypes_definitions, reason = "nobody but Rust looks at what is made")]
extern "C" fn new_head_unit() -> HeadUnit {
    HeadUnit::new()
}
