//! The beeper: a piezo on a PWM output.
//!
//! A piezo is louder the more of the tone's fundamental the pulses have: sin(π × duty), most at a duty of one half. A
//! loudness of *p* percent is that part of the fundamental's amplitude. How loud it is to an ear depends on the
//! piezo's own resonance as well; core's three pitches are what they are on every body.
//!
//! `embedded-hal` sets a duty and no frequency, so a board says how both are done: [`Tone`], or [`PwmTone`] with a
//! function that sets the frequency.

use super::Timer;
use embedded_hal::pwm::SetDutyCycle;
use sling_core::alert::GAP_MS;
use sling_core::head_unit::CueRequest;
use sling_core::time::Duration;

/// The loudest duty, per mille.
pub const MOST_PERMILLE: u16 = 500;

/// An output that gives a rectangular wave.
pub trait Tone {
    /// Why it cannot.
    type Error;

    /// From now on the wave has this frequency in hertz and this duty in per mille, at most [`MOST_PERMILLE`].
    fn sound(&mut self, hz: u16, duty_permille: u16) -> Result<(), Self::Error>;

    /// Silence, with the output low: a piezo does not like direct voltage.
    fn silence(&mut self) -> Result<(), Self::Error>;
}

/// A [`Tone`] of a PWM output and a function that sets its frequency in hertz.
pub struct PwmTone<PWM, F> {
    pwm: PWM,
    set_hz: F,
}

impl<PWM: SetDutyCycle, F: FnMut(&mut PWM, u16)> PwmTone<PWM, F> {
    /// A tone at this output.
    pub const fn new(pwm: PWM, set_hz: F) -> Self {
        Self { pwm, set_hz }
    }
}

impl<PWM: SetDutyCycle, F: FnMut(&mut PWM, u16)> Tone for PwmTone<PWM, F> {
    type Error = PWM::Error;

    fn sound(&mut self, hz: u16, duty_permille: u16) -> Result<(), PWM::Error> {
        // The frequency changes what the whole period is: first it, then the duty.
        (self.set_hz)(&mut self.pwm, hz);
        self.pwm.set_duty_cycle_fraction(duty_permille.min(MOST_PERMILLE), 1000)
    }

    fn silence(&mut self) -> Result<(), PWM::Error> {
        self.pwm.set_duty_cycle_fully_off()
    }
}

/// The duty of a loudness in percent, per mille.
pub fn duty_permille(percent: u8) -> u16 {
    let amplitude = f32::from(percent.min(100)) / 100.0;
    // No angle is greater than a quarter turn, so none of this is above 500.
    libm::roundf(libm::asinf(amplitude) / core::f32::consts::PI * 1000.0) as u16
}

/// Plays the beeps of a cue; whether there were any, which is not so at volume off and for a cue without a sound.
/// This is what `Input::CueDelivery` has as `beep`, with `false` for every error. The silence after a rhythm is the
/// caller's. A call that is given up may leave the tone on.
pub async fn play<T: Tone>(tone: &mut T, cue: &CueRequest, timer: &impl Timer) -> Result<bool, T::Error> {
    let beeps = cue.cue.rhythm().beeps;
    let duty = duty_permille(cue.beep_percent());
    if beeps.is_empty() || duty == 0 {
        return Ok(false);
    }
    let mut at = timer.now();
    for (i, beep) in beeps.iter().enumerate() {
        if i > 0 {
            at = at + Duration::from_ms(u32::from(GAP_MS));
            timer.until(at).await;
        }
        let sounded = tone.sound(beep.pitch.hz(), duty);
        if sounded.is_ok() {
            at = at + Duration::from_ms(u32::from(beep.ms));
            timer.until(at).await;
        }
        // Even what failed may have been heard, and goes on.
        let silenced = tone.silence();
        sounded.and(silenced)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Clock;
    use super::*;
    extern crate std;
    use embassy_futures::block_on;
    use sling_core::alert::{Cue, Level, Volume};
    use std::vec::Vec;

    #[derive(Default)]
    struct Heard {
        clock: Clock,
        /// Time, frequency and duty; zeros for silence.
        tones: Vec<(u64, u16, u16)>,
        /// Calls that still work.
        works: Option<usize>,
    }

    impl Heard {
        fn call(&mut self, hz: u16, duty: u16) -> Result<(), &'static str> {
            self.tones.push((self.clock.now().as_ms(), hz, duty));
            match &mut self.works {
                Some(0) => Err("no more"),
                Some(works) => {
                    *works -= 1;
                    Ok(())
                }
                None => Ok(()),
            }
        }
    }

    impl Tone for Heard {
        type Error = &'static str;

        fn sound(&mut self, hz: u16, duty_permille: u16) -> Result<(), Self::Error> {
            self.call(hz, duty_permille)
        }

        fn silence(&mut self) -> Result<(), Self::Error> {
            self.call(0, 0)
        }
    }

    fn request(cue: Cue, level: Level, beep: Volume) -> CueRequest {
        CueRequest { id: 1, cue, level, haptic: Volume::Normal, beep }
    }

    #[test]
    fn beeps_have_cores_pitch_length_and_gaps() {
        let mut tone = Heard::default();
        let clock = tone.clock.clone();
        let cue = request(Cue::ThighFatigue, Level::Warning, Volume::Normal);
        assert_eq!(block_on(play(&mut tone, &cue, &clock)), Ok(true));
        let expected = [(0, 2250, 500), (200, 0, 0), (350, 1000, 500), (550, 0, 0), (700, 1000, 500), (900, 0, 0)];
        assert_eq!(tone.tones, expected);
    }

    #[test]
    fn louder_is_more_duty_and_never_more_than_half() {
        let duties: Vec<u16> = (0..=255).map(duty_permille).collect();
        assert!(duties.is_sorted());
        assert_eq!([0, 25, 50, 75, 100, 255].map(|percent| duties[percent]), [0, 80, 167, 270, 500, 500]);
        assert!(duties[1] > 0);
    }

    #[test]
    fn without_a_sound_nothing_is_done_and_nothing_was_heard() {
        for (cue, volume) in [(Cue::VaryPosition, Volume::High), (Cue::Lap, Volume::Off)] {
            let mut tone = Heard::default();
            let clock = tone.clock.clone();
            assert_eq!(block_on(play(&mut tone, &request(cue, Level::Info, volume), &clock)), Ok(false));
            assert_eq!(tone.tones, []);
        }
    }

    #[test]
    fn what_fails_is_told_and_silenced() {
        for works in 0..6 {
            let mut tone = Heard { works: Some(works), ..Heard::default() };
            let clock = tone.clock.clone();
            let cue = request(Cue::CalfOverload, Level::Caution, Volume::Normal);
            let expected = if works < 4 { Err("no more") } else { Ok(true) };
            assert_eq!(block_on(play(&mut tone, &cue, &clock)), expected);
            assert_eq!(tone.tones.last().map(|&(_, hz, _)| hz), Some(0), "{works}");
        }
    }

    #[test]
    fn a_pwm_is_set_by_frequency_then_duty() {
        use embedded_hal_mock::eh1::pwm::{Mock, Transaction};
        let mock = Mock::new(&[
            Transaction::max_duty_cycle(16_000),
            Transaction::set_duty_cycle(8000),
            Transaction::max_duty_cycle(16_000),
            Transaction::set_duty_cycle(1280),
            Transaction::set_duty_cycle(0),
        ]);
        let mut set = Vec::new();
        let mut tone = PwmTone::new(mock.clone(), |_: &mut Mock, hz| set.push(hz));
        tone.sound(1000, 900).unwrap();
        tone.sound(2250, 80).unwrap();
        tone.silence().unwrap();
        drop(tone);
        assert_eq!(set, [1000, 2250]);
        mock.clone().done();
    }
}
