//! Where the sensors of a recording are worn: as `--sites` says, else as the file does.

use super::error::FormatError;
use super::{Channel, Item, Options, Recording};
use sling_core::sensor::{Muscle, Side, Site};

/// What an example of `--sites` is filled with, in this order.
const EXAMPLE: [&str; 8] = ["mg.right", "vl.right", "mg.left", "vl.left", "ta.right", "bf.right", "ta.left", "bf.left"];

/// Gives every channel its site, or says which are missing. Channels that `--sites` passes over are taken out.
pub fn resolve(mut recording: Recording, options: &Options) -> Result<Recording, FormatError> {
    if !options.sites.is_empty() {
        let found = options.sites.len();
        if found != recording.channels.len() {
            return Err(FormatError::SiteCount { channels: labels(&recording.channels), found });
        }
        for (channel, site) in recording.channels.iter_mut().zip(&options.sites) {
            channel.site = *site;
        }
        take_out_unnamed(&mut recording);
    } else if recording.channels.iter().any(|channel| channel.site.is_none()) {
        let channels = labels(&recording.channels);
        let example = EXAMPLE.iter().cycle().take(channels.len()).copied().collect::<Vec<_>>().join(",");
        return Err(FormatError::NeedSites { channels, example });
    }
    let sites: Vec<Site> = recording.channels.iter().filter_map(|channel| channel.site).collect();
    match sites.iter().enumerate().find(|(i, site)| sites[..*i].contains(site)) {
        Some((_, &site)) => Err(FormatError::DuplicateSite { site }),
        None => Ok(recording),
    }
}

fn labels(channels: &[Channel]) -> Vec<String> {
    channels.iter().map(|channel| channel.label.clone()).collect()
}

/// Takes out channels without a site, with their samples; the others move up.
fn take_out_unnamed(recording: &mut Recording) {
    let mut kept = 0_u8;
    let moved: Vec<Option<u8>> = recording
        .channels
        .iter()
        .map(|channel| {
            channel.site?;
            kept += 1;
            Some(kept - 1)
        })
        .collect();
    recording.channels.retain(|channel| channel.site.is_some());
    recording.items.retain_mut(|timed| match &mut timed.item {
        Item::Sample { channel, .. } => match moved[usize::from(*channel)] {
            Some(index) => {
                *channel = index;
                true
            }
            None => false,
        },
        _ => true,
    });
}

/// A site read out of another program's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The site.
    pub site: Site,
    /// Whether the name left the muscle or the side open, and one was assumed.
    pub assumed: bool,
}

/// The site in a name such as `legRightUpperFront`, `quadVLLeft` or `R. Calf`; none if no muscle can be told from it.
///
/// A region of the leg or a group of muscles is taken for the muscle that practitioners put the sensor on: Quad and
/// upper front -> vl, Calf and lower back -> mg, Ham and upper back -> bf, Shin and lower front -> ta, Glute -> gmax,
/// back of the torso -> es, shoulder -> del. Where the side is missing, right is taken.
pub fn named(name: &str) -> Option<Named> {
    let words = words(name);
    let has = |word: &str| words.iter().any(|w| w == word);
    let starts = |start: &str| words.iter().any(|w| w.starts_with(start));
    let exact = Muscle::ALL.iter().copied().find(|muscle| has(muscle.code()));
    let region = if starts("quad") || (has("upper") && has("front")) {
        Some(Muscle::VastusLateralis)
    } else if starts("calf") || starts("calves") || (has("lower") && has("back") && has("leg")) {
        Some(Muscle::GastrocnemiusMedialis)
    } else if starts("ham") || (has("upper") && has("back") && has("leg")) {
        Some(Muscle::BicepsFemoris)
    } else if has("shin") || (has("lower") && has("front")) {
        Some(Muscle::TibialisAnterior)
    } else if starts("glut") {
        Some(Muscle::GluteusMaximus)
    } else if has("torso") && has("back") {
        Some(Muscle::ErectorSpinae)
    } else if has("shoulder") || starts("delt") {
        Some(Muscle::Deltoid)
    } else {
        None
    };
    let side = match (has("left") || has("l"), has("right") || has("r")) {
        (true, false) => Some(Side::Left),
        (false, true) => Some(Side::Right),
        _ => None,
    };
    let muscle = exact.or(region)?;
    Some(Named { site: Site::new(muscle, side.unwrap_or_default()), assumed: exact.is_none() || side.is_none() })
}

/// The words of a name written in camel case or with blanks and dots, in small letters: `quadVLLeft` -> quad, vl, left.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (i, &char) in chars.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| chars[i]);
        let after = chars.get(i + 1);
        let starts_word = char.is_uppercase()
            && (before.is_some_and(char::is_lowercase) || after.is_some_and(|after| after.is_lowercase()));
        if starts_word || !char.is_alphanumeric() {
            words.push(String::new());
        }
        if char.is_alphanumeric() {
            words.last_mut().expect("there is always a last word").extend(char.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_programs_are_understood() {
        for (name, want) in [
            ("legRightUpperFront", Some(("vl.right", true))),
            ("legLeftUpperFront", Some(("vl.left", true))),
            ("legRightLowerBack", Some(("mg.right", true))),
            ("legLeftUpperBack", Some(("bf.left", true))),
            ("quadVLRight", Some(("vl.right", false))),
            ("quadVLLeft", Some(("vl.left", false))),
            ("torsoBack", Some(("es.right", true))),
            ("L. Calf", Some(("mg.left", true))),
            ("Right Hamstring", Some(("bf.right", true))),
            ("R. Glute", Some(("gmax.right", true))),
            ("Left shin", Some(("ta.left", true))),
            ("armRightUpper", None),
            ("", None),
        ] {
            let found = named(name).map(|named| (named.site.to_string(), named.assumed));
            assert_eq!(found, want.map(|(site, assumed)| (site.to_string(), assumed)), "{name}");
        }
    }
}
