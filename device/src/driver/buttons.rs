//! Three buttons, each closing its pin to ground.
//!
//! A contact counts as closed or open once it has been so for [`DEBOUNCE_MS`]. A press is short when the button is
//! let go before [`LONG_MS`], and long as soon as it has been held for that long: the rider feels the answer while
//! the finger is still down. Both are counted from the first touch, so that the debouncing makes nothing longer.
//!
//! - A button that was down when it was first looked at says nothing until it has been let go: nobody pressed it.
//! - Two at once are a glove or a hand, not a press: neither says anything until both are up. A button whose long
//!   press has been told no longer counts there, so that one which is stuck leaves the others usable.
//! - One that stays down gives one long press, and after [`STUCK_MS`] is told to be [stuck](Buttons::is_stuck).
//!
//! [`Buttons`] has no clock and no pins. [`Panel`] waits for the pins by level, not by edge: an edge that comes between
//! looking and waiting would be missed.

use super::Timer;
use embassy_futures::select::{select, select3};
use embedded_hal::digital::{Error as _, ErrorKind, InputPin};
use embedded_hal_async::digital::Wait;
use sling_core::input::{Button, Press};
use sling_core::time::{Duration, Instant};

/// A contact that has not changed for this long has come to rest, milliseconds. Small switches bounce for less than 10;
/// to be checked on hardware.
pub const DEBOUNCE_MS: u32 = 20;
/// Held for this long, a press is long, milliseconds.
pub const LONG_MS: u32 = 800;
/// A button that has been down for this long is stuck, milliseconds.
pub const STUCK_MS: u32 = 30_000;

/// The buttons, in the order of their pins.
pub const BUTTONS: [Button; 3] = [Button::Up, Button::Down, Button::Select];

const DEBOUNCE: Duration = Duration::from_ms(DEBOUNCE_MS);
const LONG: Duration = Duration::from_ms(LONG_MS);
const STUCK: Duration = Duration::from_ms(STUCK_MS);

/// What a button that is down means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    Up,
    /// A press that is not told yet.
    Pressed,
    /// Its long press has been told.
    Told,
    /// It was down together with another.
    Both,
    /// It was down from the beginning.
    Void,
}

#[derive(Clone, Copy, Debug)]
struct Key {
    /// The contact as last seen, and since when.
    closed: bool,
    since: Instant,
    hold: Hold,
    /// When it was first touched.
    from: Instant,
}

impl Key {
    const fn new() -> Self {
        Self { closed: false, since: Instant::ZERO, hold: Hold::Up, from: Instant::ZERO }
    }

    /// Whether the contact says something else than is known: it may bounce.
    fn is_unsettled(&self) -> bool {
        self.closed == (self.hold == Hold::Up)
    }

    fn is_pressed(&self) -> bool {
        self.closed && self.hold == Hold::Pressed
    }

    fn deadline(&self) -> Option<Instant> {
        let settles = self.is_unsettled().then(|| self.since + DEBOUNCE);
        let long = self.is_pressed().then(|| self.from + LONG);
        settles.or(long)
    }

    /// The contact has stayed as it was until now: whether that was a short press.
    fn settle(&mut self, now: Instant) -> Option<Press> {
        if now < self.since {
            // The clock went back: what is under way begins anew.
            self.since = now;
            self.from = self.from.min(now);
        }
        if !self.is_unsettled() || now.since(self.since) < DEBOUNCE {
            return None;
        }
        let before = self.hold;
        if self.closed {
            self.hold = Hold::Pressed;
            self.from = self.since;
        } else {
            self.hold = Hold::Up;
        }
        // Of one that nobody looked at in time: the time at which it opened counts.
        let press = if self.since.since(self.from) < LONG { Press::Short } else { Press::Long };
        (before == Hold::Pressed).then_some(press)
    }

    fn long(&mut self, now: Instant) -> Option<Press> {
        let is_long = self.is_pressed() && now.since(self.from) >= LONG;
        if is_long {
            self.hold = Hold::Told;
        }
        is_long.then_some(Press::Long)
    }

    fn see(&mut self, closed: bool, now: Instant) {
        if self.closed != closed {
            self.closed = closed;
            self.since = now;
        }
    }
}

/// What the buttons do, without pins and clock.
#[derive(Clone, Debug)]
pub struct Buttons {
    keys: [Key; 3],
    seen: bool,
}

impl Buttons {
    /// Buttons that nobody has looked at.
    pub const fn new() -> Self {
        Self { keys: [Key::new(); 3], seen: false }
    }

    /// The contacts are so now: `true` is closed. Has to be called whenever one changes and at
    /// [`Buttons::next_deadline`]; between two calls they are taken to have stayed as they were. What was pressed.
    pub fn update(&mut self, closed: [bool; 3], now: Instant) -> impl Iterator<Item = (Button, Press)> + use<> {
        if !self.seen {
            self.seen = true;
            for (key, closed) in self.keys.iter_mut().zip(closed) {
                let hold = if closed { Hold::Void } else { Hold::Up };
                *key = Key { closed, since: now, hold, from: now };
            }
        }
        let mut presses = [None; 3];
        for (key, press) in self.keys.iter_mut().zip(&mut presses) {
            *press = key.settle(now);
        }
        self.judge(&mut presses, now);
        for (key, closed) in self.keys.iter_mut().zip(closed) {
            key.see(closed, now);
        }
        // One that had opened for a moment may have been held for long enough by now.
        self.judge(&mut presses, now);
        presses.into_iter().zip(BUTTONS).filter_map(|(press, button)| Some((button, press?)))
    }

    /// What is held together, and what is held for long.
    fn judge(&mut self, presses: &mut [Option<Press>; 3], now: Instant) {
        let pressed = self.keys.iter().filter(|key| key.is_pressed()).count();
        if pressed > 1 || self.keys.iter().any(|key| key.hold == Hold::Both) {
            for key in self.keys.iter_mut().filter(|key| key.is_pressed()) {
                key.hold = Hold::Both;
            }
        }
        for (key, press) in self.keys.iter_mut().zip(presses) {
            *press = press.or_else(|| key.long(now));
        }
    }

    /// When [`Buttons::update`] has to be called though no contact changed; never if nothing is under way.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.keys.iter().filter_map(Key::deadline).min()
    }

    /// Whether a button has been down for longer than anybody presses.
    pub fn is_stuck(&self, button: Button, now: Instant) -> bool {
        let of_it = self.keys.iter().zip(BUTTONS).find(|(_, it)| *it == button);
        of_it.is_some_and(|(key, _)| key.hold != Hold::Up && now.since(key.from) >= STUCK)
    }
}

impl Default for Buttons {
    fn default() -> Self {
        Self::new()
    }
}

/// The buttons at their pins, low when pressed; the pull-ups are the board's.
pub struct Panel<UP, DOWN, SELECT> {
    up: UP,
    down: DOWN,
    select: SELECT,
    buttons: Buttons,
    /// Told by the last look, one at a time.
    told: [Option<(Button, Press)>; 3],
}

impl<UP: InputPin + Wait, DOWN: InputPin + Wait, SELECT: InputPin + Wait> Panel<UP, DOWN, SELECT> {
    /// Buttons at these pins.
    pub const fn new(up: UP, down: DOWN, select: SELECT) -> Self {
        Self { up, down, select, buttons: Buttons::new(), told: [None; 3] }
    }

    /// The next press. Nothing is lost if the call is given up. A pin that cannot be read is an error, and the next
    /// call tries again: the caller should let some time pass.
    pub async fn next(&mut self, timer: &impl Timer) -> Result<(Button, Press), ErrorKind> {
        loop {
            if let Some(press) = self.told.iter_mut().find_map(Option::take) {
                return Ok(press);
            }
            let closed = [
                self.up.is_low().map_err(|error| error.kind())?,
                self.down.is_low().map_err(|error| error.kind())?,
                self.select.is_low().map_err(|error| error.kind())?,
            ];
            let mut told = self.buttons.update(closed, timer.now());
            self.told = core::array::from_fn(|_| told.next());
            if self.told.iter().any(Option::is_some) {
                continue;
            }
            let [up, down, select_pin] = closed;
            let changed =
                select3(other(&mut self.up, up), other(&mut self.down, down), other(&mut self.select, select_pin));
            match self.buttons.next_deadline() {
                Some(at) => {
                    select(changed, timer.until(at)).await;
                }
                None => {
                    changed.await;
                }
            }
        }
    }

    /// What is known of the buttons.
    pub const fn buttons(&self) -> &Buttons {
        &self.buttons
    }
}

/// Returns when the pin is otherwise; if it cannot be waited for, the next look will say so.
async fn other(pin: &mut impl Wait, closed: bool) {
    let _ = if closed { pin.wait_for_high().await } else { pin.wait_for_low().await };
}

#[cfg(test)]
mod tests {
    use super::super::testing::Clock;
    use super::*;
    extern crate std;
    use core::cell::RefCell;
    use embassy_futures::block_on;
    use embedded_hal::digital::ErrorType;
    use std::rc::Rc;
    use std::vec::Vec;

    /// Plays `(time, contacts)` and looks at every deadline in between, as a body does; what came, and when.
    fn play(buttons: &mut Buttons, changes: &[(u64, [bool; 3])], until: u64) -> Vec<(u64, Button, Press)> {
        let mut told = Vec::new();
        let mut closed = [false; 3];
        let mut changes = changes.iter().peekable();
        let mut now = 0;
        loop {
            while let Some((_, next)) = changes.next_if(|(at, _)| *at <= now) {
                closed = *next;
            }
            let news = buttons.update(closed, Instant::from_ms(now));
            told.extend(news.map(|(button, press)| (now, button, press)));
            let change = changes.peek().map(|(at, _)| *at);
            let due = buttons.next_deadline().map(Instant::as_ms);
            assert!(due.is_none_or(|due| due > now), "{due:?} at {now}");
            match [change, due].into_iter().flatten().min() {
                Some(next) if next <= until => now = next,
                _ => return told,
            }
        }
    }

    fn played(changes: &[(u64, [bool; 3])]) -> Vec<(u64, Button, Press)> {
        play(&mut Buttons::new(), changes, 60_000)
    }

    const NONE: [bool; 3] = [false; 3];
    const UP: [bool; 3] = [true, false, false];
    const DOWN: [bool; 3] = [false, true, false];
    const SELECT: [bool; 3] = [false, false, true];
    const UP_SELECT: [bool; 3] = [true, false, true];

    #[test]
    fn short_is_told_when_let_go_and_long_while_it_is_held() {
        assert_eq!(played(&[(100, UP), (300, NONE)]), [(320, Button::Up, Press::Short)]);
        assert_eq!(played(&[(100, DOWN), (899, NONE)]), [(919, Button::Down, Press::Short)]);
        assert_eq!(played(&[(100, SELECT), (900, NONE)]), [(900, Button::Select, Press::Long)]);
        assert_eq!(played(&[(100, SELECT), (5000, NONE)]), [(900, Button::Select, Press::Long)]);
        assert_eq!(
            played(&[(100, UP), (200, NONE), (300, UP), (400, NONE)]),
            [(220, Button::Up, Press::Short), (420, Button::Up, Press::Short)]
        );
    }

    #[test]
    fn bounce_makes_one_press_and_a_spark_none() {
        let mut changes = Vec::new();
        for (start, last) in [(100, UP), (400, NONE)] {
            // Ends as it should after 9 ms.
            changes.extend((0..10).map(|i| {
                (
                    start + i,
                    if i % 2 == 1 {
                        last
                    } else if last == UP {
                        NONE
                    } else {
                        UP
                    },
                )
            }));
        }
        assert_eq!(played(&changes), [(429, Button::Up, Press::Short)]);
        assert_eq!(played(&[(100, UP), (119, NONE)]), []);
        // A contact that trembles while it is held does not end the press.
        let trembling = [(100, SELECT), (500, NONE), (510, SELECT), (895, NONE), (905, SELECT), (2000, NONE)];
        assert_eq!(played(&trembling), [(905, Button::Select, Press::Long)]);
        // Opened before, but not come to rest yet at 0.8 s.
        assert_eq!(played(&[(100, SELECT), (890, NONE)]), [(910, Button::Select, Press::Short)]);
    }

    #[test]
    fn a_button_that_is_stuck_presses_once_and_leaves_the_others() {
        let mut buttons = Buttons::new();
        let changes = [(100, UP), (5000, UP_SELECT), (5200, UP), (50_000, NONE), (51_000, UP), (51_100, NONE)];
        let told = play(&mut buttons, &changes[..3], 49_000);
        assert_eq!(told, [(900, Button::Up, Press::Long), (5220, Button::Select, Press::Short)]);
        assert!(!buttons.is_stuck(Button::Up, Instant::from_ms(30_099)));
        assert!(buttons.is_stuck(Button::Up, Instant::from_ms(30_100)));
        assert!(!buttons.is_stuck(Button::Select, Instant::from_ms(30_100)));
        let told = played(&changes);
        assert_eq!(told.last(), Some(&(51_120, Button::Up, Press::Short)), "once it is free it works again");
    }

    #[test]
    fn down_from_the_beginning_is_no_press_and_no_obstacle() {
        let changes = [(0, UP), (2000, UP_SELECT), (2200, UP), (3000, NONE), (4000, UP), (4100, NONE)];
        assert_eq!(played(&changes), [(2220, Button::Select, Press::Short), (4120, Button::Up, Press::Short)]);
    }

    #[test]
    fn two_at_once_are_no_press_until_both_are_up() {
        assert_eq!(played(&[(100, UP_SELECT), (300, NONE)]), []);
        assert_eq!(played(&[(100, UP), (400, UP_SELECT), (3000, NONE)]), []);
        assert_eq!(played(&[(100, UP), (200, UP_SELECT), (300, UP), (2000, UP_SELECT), (2100, UP), (4000, NONE)]), []);
        assert_eq!(
            played(&[(100, UP_SELECT), (300, NONE), (400, SELECT), (500, NONE)]),
            [(520, Button::Select, Press::Short)]
        );
        // One after the other without a pause is not at once.
        let rolled = [(100, UP), (200, UP_SELECT), (210, SELECT), (300, NONE)];
        assert_eq!(played(&rolled), [(230, Button::Up, Press::Short), (320, Button::Select, Press::Short)]);
    }

    #[test]
    fn a_look_that_comes_late_tells_no_more_than_happened() {
        let mut buttons = Buttons::new();
        let told =
            |buttons: &mut Buttons, closed, now| buttons.update(closed, Instant::from_ms(now)).collect::<Vec<_>>();
        told(&mut buttons, NONE, 0);
        told(&mut buttons, UP_SELECT, 100);
        assert_eq!(told(&mut buttons, NONE, 9000), [], "two at once, though both were held");
        told(&mut buttons, NONE, 10_000);
        told(&mut buttons, UP, 10_100);
        assert_eq!(told(&mut buttons, NONE, 12_000), [(Button::Up, Press::Long)]);
        assert_eq!(told(&mut buttons, NONE, 20_000), []);
    }

    #[test]
    fn a_clock_that_goes_back_neither_hangs_nor_presses() {
        let mut buttons = Buttons::new();
        let mut told = |closed, now| buttons.update(closed, Instant::from_ms(now)).collect::<Vec<_>>();
        told(NONE, 1_000_000);
        assert_eq!(told(UP, 1_000_100), []);
        assert_eq!(told(UP, 50), []);
        assert_eq!(told(UP, 70), []);
        assert_eq!(told(NONE, 300), []);
        assert_eq!(told(NONE, 320), [(Button::Up, Press::Short)]);
        assert_eq!(buttons.next_deadline(), None);
    }

    #[test]
    fn whatever_the_contacts_do_each_press_is_let_go_before_the_next() {
        let mut state = 0x2545_f491_u32;
        let mut numbers = move |below: u32| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state % below
        };
        for _ in 0..200 {
            let mut now = 0;
            let changes: Vec<_> = (0..100)
                .map(|_| {
                    now += u64::from([numbers(8), numbers(100), numbers(1500)][numbers(3) as usize]);
                    (now, core::array::from_fn(|_| numbers(3) == 0))
                })
                .collect();
            let told = played(&changes);
            for button in BUTTONS {
                let its: Vec<_> = told.iter().filter(|(_, it, _)| *it == button).collect();
                for pair in its.windows(2) {
                    // Between two presses it was open for as long as it takes to believe that, and closed again.
                    assert!(pair[1].0 - pair[0].0 >= 2 * u64::from(DEBOUNCE_MS) - 20, "{its:?}");
                }
            }
        }
    }

    /// A pin whose level follows a script; waiting lets time pass.
    struct Pin {
        script: Rc<RefCell<Vec<(u64, bool)>>>,
        clock: Clock,
        fails: bool,
    }

    impl Pin {
        fn new(clock: &Clock, script: &[(u64, bool)]) -> Self {
            Self { script: Rc::new(RefCell::new(script.to_vec())), clock: clock.clone(), fails: false }
        }

        fn low_at(&self, ms: u64) -> bool {
            self.script.borrow().iter().rev().find(|(at, _)| *at <= ms).is_some_and(|(_, low)| *low)
        }
    }

    impl ErrorType for Pin {
        type Error = ErrorKind;
    }

    impl InputPin for Pin {
        fn is_high(&mut self) -> Result<bool, ErrorKind> {
            self.is_low().map(|low| !low)
        }

        fn is_low(&mut self) -> Result<bool, ErrorKind> {
            if self.fails { Err(ErrorKind::Other) } else { Ok(self.low_at(self.clock.now().as_ms())) }
        }
    }

    impl Wait for Pin {
        async fn wait_for_high(&mut self) -> Result<(), ErrorKind> {
            self.until(false).await;
            Ok(())
        }

        async fn wait_for_low(&mut self) -> Result<(), ErrorKind> {
            self.until(true).await;
            Ok(())
        }

        async fn wait_for_rising_edge(&mut self) -> Result<(), ErrorKind> {
            unreachable!("edges are missed")
        }

        async fn wait_for_falling_edge(&mut self) -> Result<(), ErrorKind> {
            unreachable!("edges are missed")
        }

        async fn wait_for_any_edge(&mut self) -> Result<(), ErrorKind> {
            unreachable!("edges are missed")
        }
    }

    impl Pin {
        /// Each poll that finds nothing lets a millisecond pass.
        async fn until(&self, low: bool) {
            while self.low_at(self.clock.now().as_ms()) != low {
                embassy_futures::yield_now().await;
            }
        }
    }

    /// A clock whose time passes while everybody waits.
    struct Ticking(Clock);

    impl Timer for Ticking {
        fn now(&self) -> Instant {
            self.0.now()
        }

        async fn until(&self, at: Instant) {
            while self.0.now() < at {
                self.0.pass_ns(1_000_000);
                embassy_futures::yield_now().await;
            }
        }
    }

    #[test]
    fn pins_are_waited_for_and_a_pin_that_fails_is_said() {
        let clock = Clock::default();
        let timer = Ticking(clock.clone());
        let up = Pin::new(
            &clock,
            &[(0, false), (50, true), (52, false), (54, true), (300, false), (303, true), (306, false)],
        );
        let down = Pin::new(&clock, &[(1000, true), (3000, false)]);
        let mut panel = Panel::new(up, down, Pin::new(&clock, &[]));
        let idle = async {
            // Somebody else's time passes too, else nothing would wake those who wait without a deadline.
            loop {
                clock.pass_ns(1_000_000);
                embassy_futures::yield_now().await;
            }
        };
        let presses = block_on(select(
            async {
                let first = panel.next(&timer).await;
                let at = clock.now().as_ms();
                (first, at, panel.next(&timer).await, clock.now().as_ms())
            },
            idle,
        ));
        let embassy_futures::select::Either::First((first, at, second, then)) = presses;
        assert_eq!((first, second), (Ok((Button::Up, Press::Short)), Ok((Button::Down, Press::Long))));
        assert!((326..330).contains(&at) && (1800..1804).contains(&then), "{at} {then}");
        panel.select.fails = true;
        assert_eq!(block_on(panel.next(&timer)), Err(ErrorKind::Other));
        assert!(panel.buttons().is_stuck(Button::Down, Instant::from_ms(40_000)));
    }
}
