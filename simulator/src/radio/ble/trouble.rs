//! What an error of the Bluetooth stack means for the rider.

use btleplug::Error;
use sling_core::link::Trouble;

/// Names of errors, of the bus and of BlueZ, by what they mean. They are looked for in an error's debug text, where they
/// stand in full: the library keeps the error itself to itself.
const NAMES: [(&str, Trouble); 19] = [
    ("org.bluez.Error.NotReady", Trouble::Off),
    ("org.bluez.Error.NotAuthorized", Trouble::NoPermission),
    ("org.bluez.Error.NotPermitted", Trouble::NoPermission),
    ("org.freedesktop.DBus.Error.AccessDenied", Trouble::NoPermission),
    ("org.freedesktop.DBus.Error.AuthFailed", Trouble::NoPermission),
    ("org.freedesktop.DBus.Error.Timeout", Trouble::NotAnswering),
    ("org.freedesktop.DBus.Error.TimedOut", Trouble::NotAnswering),
    // The service died before it answered.
    ("org.freedesktop.DBus.Error.NoReply", Trouble::NoService),
    ("org.freedesktop.DBus.Error.ServiceUnknown", Trouble::NoService),
    ("org.freedesktop.DBus.Error.NameHasNoOwner", Trouble::NoService),
    ("org.freedesktop.DBus.Error.UnknownObject", Trouble::NoDevice),
    ("org.freedesktop.DBus.Error.UnknownMethod", Trouble::NoDevice),
    // It could not be started on demand.
    ("org.freedesktop.DBus.Error.Spawn", Trouble::NoService),
    ("org.freedesktop.systemd1.", Trouble::NoService),
    // There is no bus, or no longer.
    ("org.freedesktop.DBus.Error.NoServer", Trouble::NoService),
    ("org.freedesktop.DBus.Error.FileNotFound", Trouble::NoService),
    ("org.freedesktop.DBus.Error.Disconnected", Trouble::NoService),
    ("org.freedesktop.DBus.Error.BadAddress", Trouble::NoService),
    ("org.freedesktop.DBus.Error.Failed", Trouble::NoService),
];

/// Why the adapter cannot be used, if this is what asking for it brought.
pub(super) fn trouble(error: &Error) -> Trouble {
    match error {
        Error::PermissionDenied => Trouble::NoPermission,
        Error::NoAdapterAvailable | Error::DeviceNotFound => Trouble::NoDevice,
        Error::TimedOut(_) => Trouble::NotAnswering,
        other => by_name(&format!("{other:?}")),
    }
}

fn by_name(text: &str) -> Trouble {
    NAMES.iter().find(|(name, _)| text.contains(name)).map_or(Trouble::NotAnswering, |&(_, trouble)| trouble)
}

/// Whether what was asked for runs already: a scan of ours, notifications that BlueZ switched on again by itself after a
/// reconnect.
pub(super) fn is_in_progress(error: &Error) -> bool {
    format!("{error:?}").contains("org.bluez.Error.InProgress")
}

/// Whether the link is up already: by another program, or by one of ours that ended without a word.
pub(super) fn is_already_connected(error: &Error) -> bool {
    format!("{error:?}").contains("org.bluez.Error.AlreadyConnected")
}

/// Whether this connection to the bus has used up what the bus grants it. The library loses a little of it now and then: a
/// rule by which it listens, when a stream of values ends in the moment in which a value arrives.
pub(super) fn is_used_up(error: &Error) -> bool {
    format!("{error:?}").contains("org.freedesktop.DBus.Error.LimitsExceeded")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn other(text: &str) -> Error {
        Error::Other(text.to_owned().into())
    }

    #[test]
    fn errors_are_known_by_their_names() {
        for (error, expected) in [
            (other("D-Bus error: who? (org.freedesktop.DBus.Error.ServiceUnknown)"), Trouble::NoService),
            (other("D-Bus error: no (org.freedesktop.DBus.Error.AccessDenied)"), Trouble::NoPermission),
            (other("D-Bus error: off (org.bluez.Error.NotReady)"), Trouble::Off),
            (other("something new"), Trouble::NotAnswering),
            (Error::TimedOut(Duration::from_secs(5)), Trouble::NotAnswering),
            (Error::NoAdapterAvailable, Trouble::NoDevice),
            (Error::PermissionDenied, Trouble::NoPermission),
        ] {
            assert_eq!(trouble(&error), expected, "{error:?}");
        }
    }

    #[test]
    fn what_is_so_already_is_told_from_failure() {
        let in_progress = other("D-Bus error: In Progress (org.bluez.Error.InProgress)");
        let connected = other("D-Bus error: Already Connected (org.bluez.Error.AlreadyConnected)");
        let failed = other("D-Bus error: le-connection-abort-by-local (org.bluez.Error.Failed)");
        assert_eq!([&in_progress, &connected, &failed].map(is_in_progress), [true, false, false]);
        assert_eq!([&in_progress, &connected, &failed].map(is_already_connected), [false, true, false]);
        let used_up = other("D-Bus error: too many rules (org.freedesktop.DBus.Error.LimitsExceeded)");
        assert_eq!([&used_up, &connected, &failed].map(is_used_up), [true, false, false]);
    }
}
