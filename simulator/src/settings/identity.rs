//! A sensor's name in text: `ant:1234`, `ant:1234/5` with its transmission type, `ble:c0:51:19:60:03:e9`.

use sling_core::sensor::Identity;

/// The name without the transmission type, as events have it.
pub fn identity_text(identity: &Identity) -> String {
    match identity {
        Identity::Ant { number, .. } => format!("ant:{number}"),
        Identity::Ble { address } => format!("ble:{}", address_text(address)),
        Identity::Channel(n) => format!("channel:{}", u16::from(*n) + 1),
    }
}

/// An address, with colons.
pub fn address_text(address: &[u8; 6]) -> String {
    address.map(|byte| format!("{byte:02x}")).join(":")
}

/// An address: six bytes with colons or dashes between.
pub fn parse_address(text: &str) -> Option<[u8; 6]> {
    let bytes: Option<Vec<u8>> = text
        .split([':', '-'])
        .map(|byte| if byte.len() == 2 { u8::from_str_radix(byte, 16).ok() } else { None })
        .collect();
    bytes?.try_into().ok()
}

/// A sensor by its name. Without a transmission type every one is meant.
pub fn parse_identity(text: &str) -> Result<Identity, String> {
    let wrong = || {
        format!(
            "`{text}` names no sensor; right is ant: and its number, such as ant:1234, or ble: and its address, such as ble:c0:51:19:60:03:e9"
        )
    };
    let lower = text.to_ascii_lowercase();
    if let Some(address) = lower.strip_prefix("ble:") {
        return parse_address(address).map(|address| Identity::Ble { address }).ok_or_else(wrong);
    }
    let numbers = lower.strip_prefix("ant:").ok_or_else(wrong)?;
    let (number, transmission) = numbers.split_once('/').unwrap_or((numbers, "0"));
    let number = number.parse().ok().filter(|&number| number != 0).ok_or_else(wrong)?;
    Ok(Identity::Ant { number, transmission: transmission.parse().map_err(|_| wrong())? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_is_named_as_it_is_shown() {
        let ant = Identity::Ant { number: 1234, transmission: 0 };
        let ble = Identity::Ble { address: [0xC0, 0x51, 0x19, 0x60, 0x03, 0xE9] };
        for (text, identity) in [("ant:1234", ant), ("ble:c0:51:19:60:03:e9", ble)] {
            assert_eq!(parse_identity(text), Ok(identity));
            assert_eq!(identity_text(&identity), text);
        }
        assert_eq!(parse_identity("ANT:1234/21"), Ok(Identity::Ant { number: 1234, transmission: 21 }));
        assert_eq!(parse_identity("BLE:C0-51-19-60-03-E9"), Ok(ble));
    }

    #[test]
    fn what_names_no_sensor_says_what_would() {
        for text in [
            "",
            "1234",
            "ant:",
            "ant:0",
            "ant:65536",
            "ant:1/256",
            "ant:1/",
            "ble:c0:51",
            "ble:zz:51:19:60:03:e9",
            "usb:1",
        ] {
            let error = parse_identity(text).unwrap_err();
            assert!(error.contains("ant:1234") && error.contains(text), "{error}");
        }
    }
}
