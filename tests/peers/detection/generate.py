"""A second world: simulated rides for Sling's detectors, written without a look at the first.

Sling has a world of its own (`sling run`). Constants that were chosen in it may lean on its quirks, so this generator
was written from the same facts by itself: what recordings show of the noise, of kinetics and of sensors that fail.
Where the facts are silent each ride draws for itself (see `_rider` and `_muscle`), so that no single choice can be
learned.

    generate.py KIND SEED [-o RIDE.csv]     one ride as Sling CSV; its truth stands in the comment on top
    generate.py --list                      the kinds, by set
    generate.py --self-check                the noise against what was measured on the road (below); exit 1 if it is off

A ride is a function of kind and seed alone. Its CSV has a row whenever something is new: power and cadence once a
second, a sensor when it speaks; a cell is empty where there is nothing new.

The sets: `normal` (nothing to be told), `true` (one thing to be told), `extra` (the same for patterns that have no
binding figure), `fault` (a sensor that fails; never an alert).

The model, units % of SmO2, s, W, rpm. Per muscle: y = B - g x(t) + c(t) + v(t) + d(t) + e(t) + w, flattening below 8 %.
  x  power in 100 W, maybe with a curve, through a delay of 4-7 s and one pole or two (tau 15 s for the thigh, 20-30 s
     for the calf), slower back than forth in half of the rides
  c  cadence and standing, through the same lag; a slow rise while warming up
  v  critically damped second-order noise, T about 7 s (which meets the autocorrelation below), SD log-normal per
     muscle and ride (median 1.9, GSD 1.55), shared between the muscles by rho between 0 and 0.5
  d  a slope for every 15 min, N(-2.3, 9) % per hour, each muscle its own
  e  the effect that a detector should find
  w  white, new with every sample
"""

import argparse
import json
import sys
import zlib
from dataclasses import dataclass, field

import numpy as np

CALVES = ("mg", "lg", "sol")

# --- noise ------------------------------------------------------------------------------------------------------------


def smooth_noise(rng, n, scale_s):
    """Unit variance, n values at 1 Hz, autocorrelation (1 + t/T) exp(-t/T), exact: by circulant embedding."""
    size = 1 << int(np.ceil(np.log2(2 * n + 16 * scale_s)))
    lag = np.minimum(np.arange(size), size - np.arange(size))
    spectrum = np.fft.fft((1 + lag / scale_s) * np.exp(-lag / scale_s)).real.clip(0)
    white = rng.standard_normal(size) + 1j * rng.standard_normal(size)
    return np.fft.fft(np.sqrt(spectrum / size) * white).real[:n]


def wander(rng, n, mean_per_h=-2.3, sd_per_h=9.0):
    """A line that takes a new slope every 15 min, beginning anywhere within the first."""
    first = rng.integers(1, 901)
    slopes = rng.normal(mean_per_h, sd_per_h, n // 900 + 2) / 3600
    which = (np.arange(n) + 900 - first) // 900
    return np.cumsum(slopes[which]) - slopes[0]


def pole(rng, n, tau_s):
    """Unit variance, first order."""
    keep = np.exp(-1 / tau_s)
    return lag1(rng.standard_normal(n) * np.sqrt((1 + keep) / (1 - keep)), tau_s)


def lag1(x, tau_s, slower_back=1.0):
    """One pole at 1 Hz; `slower_back` lengthens tau on the way down: a muscle recovers more slowly than it empties."""
    on, off = 1 - np.exp(-1 / tau_s), 1 - np.exp(-1 / (tau_s * slower_back))
    out = np.empty(len(x))
    y = float(x[0])
    for i, target in enumerate(x.tolist()):
        y += (target - y) * (on if target > y else off)
        out[i] = y
    return out


def log_normal(rng, median, gsd, low, high):
    return float(np.clip(median * gsd ** rng.standard_normal(), low, high))


# --- loads: what the rider does, at 1 Hz ------------------------------------------------------------------------------


@dataclass
class Load:
    """Watts, rpm and who stands, second by second; `main_s` is where the ride proper begins."""

    power: np.ndarray
    cadence: np.ndarray
    standing: np.ndarray
    main_s: int
    rests: list = field(default_factory=list)


def _load(power, cadence, main_s):
    power = np.asarray(power, float)
    return Load(
        power, np.broadcast_to(np.asarray(cadence, float), power.shape).copy(), np.zeros(len(power), bool), main_s
    )


def _warm_up(rng, watts, long=False):
    """None, a ramp, steps, or a ramp with openers; 15 min when the warm-up itself is the subject."""
    shape = rng.choice(["none", "ramp", "steps", "openers"], p=[0, 0.4, 0.3, 0.3] if long else [0.15, 0.4, 0.25, 0.2])
    if shape == "none":
        return np.zeros(0)
    n = int(rng.uniform(840, 960)) if long else int(rng.uniform(360, 840))
    start = rng.uniform(0.3, 0.6) * watts
    line = np.linspace(start, watts * rng.uniform(0.85, 1), n)
    if shape == "steps":
        steps = int(rng.integers(3, 6))
        line = line[(np.arange(n) * steps // n) * (n // steps)]
    if shape == "openers":
        for k in range(3):
            at = int(n * (0.5 + 0.15 * k))
            line[at : at + int(rng.uniform(10, 40))] = watts * rng.uniform(1.2, 1.5)
    return line


def _after(rng, watts, main, cadence=None, long=False):
    warm = _warm_up(rng, watts, long)
    cadence = rng.uniform(80, 95) if cadence is None else cadence
    main = np.asarray(main, float)
    return _load(np.concatenate([warm, main]), cadence, len(warm))


def steady(rng, minutes):
    watts = rng.uniform(200, 300)
    return _after(rng, watts, np.full(int(minutes * 60), watts))


def hills(rng, minutes):
    n, watts, swing = int(minutes * 60), rng.uniform(180, 250), rng.uniform(50, 80)
    shape = rng.choice(["sine", "saw", "terrain"])
    period = rng.uniform(120, 480)
    t = np.arange(n) + rng.uniform(0, period)
    if shape == "sine":
        wave = np.sin(2 * np.pi * t / period)
    elif shape == "saw":
        share = rng.uniform(0.35, 0.75)
        at = (t % period) / period
        wave = 2 * np.where(at < share, at / share, (1 - at) / (1 - share)) - 1
    else:
        wave, at = np.empty(n), 0
        while at < n:
            last = min(n, at + int(rng.uniform(60, 240)))
            wave[at:last] = rng.uniform(-1, 1)
            at = last
        wave = lag1(wave, rng.uniform(3, 10))
    load = _after(rng, watts, watts + swing * wave)
    load.cadence[load.main_s :] -= wave * rng.uniform(0, 7)
    return load


def thirty_thirty(rng, minutes):
    n, watts = int(minutes * 60), rng.uniform(200, 240)
    hard, easy, turn = rng.uniform(300, 360), rng.uniform(100, 140), int(rng.uniform(480, 720))
    power, cadence = np.full(n, watts), np.full(n, 88.0)
    at = int(rng.uniform(300, 900))
    while at + turn + 240 < n:
        hot = (np.arange(turn) % 60) < 30
        power[at : at + turn], cadence[at : at + turn] = np.where(hot, hard, easy), np.where(hot, 96, 86)
        power[at + turn : at + turn + 240] = easy
        at += turn + 240
    return _blocks(rng, watts, power, cadence)


def four_by_four(rng, minutes):
    n, watts = int(minutes * 60), rng.uniform(200, 230)
    hard, easy = rng.uniform(270, 320), rng.uniform(120, 150)
    power, cadence = np.full(n, watts), np.full(n, 86.0)
    at = int(rng.uniform(120, 600))
    while at + 480 < n:
        rest = int(rng.uniform(180, 240))
        power[at : at + 240], power[at + 240 : at + 240 + rest] = hard, easy
        cadence[at : at + 240] = 91
        at += 240 + rest
    return _blocks(rng, watts, power, cadence)


def _blocks(rng, watts, power, cadence):
    load = _after(rng, watts, power, 86.0)
    load.cadence[load.main_s :] = cadence
    return load


def coasts(rng, minutes):
    load = steady(rng, minutes)
    at = load.main_s + int(rng.uniform(120, 360))
    while at + 60 < len(load.power):
        last = at + int(rng.uniform(10, 60))
        _rest(load, at, last)
        at = last + int(rng.uniform(120, 360))
    return load


def _rest(load, first, last):
    load.power[first:last] = load.cadence[first:last] = 0
    load.rests.append((first, last))


def standing(rng, minutes):
    load = steady(rng, minutes)
    at = load.main_s + int(rng.uniform(200, 500))
    while at + 120 < len(load.power):
        last = at + int(rng.uniform(20, 90))
        load.standing[at:last] = True
        load.power[at:last] += rng.uniform(0, 40)
        load.cadence[at:last] = rng.uniform(60, 74)
        at = last + int(rng.uniform(240, 600))
    return load


def cadences(rng, minutes):
    """Fixed power; the cadence goes in steps, or as a sweep, between 60 and 110."""
    load = steady(rng, minutes)
    n = len(load.power) - load.main_s
    if rng.random() < 0.3:
        load.cadence[load.main_s :] = 85 + 25 * np.sin(2 * np.pi * np.arange(n) / rng.uniform(400, 1200))
        return load
    at = load.main_s
    while at < len(load.power):
        last = at + int(rng.uniform(120, 300))
        load.cadence[at:last] = rng.uniform(60, 110)
        at = last
    return load


def warm_up(rng, minutes):
    watts = rng.uniform(200, 300)
    return _after(rng, watts, np.full(int(minutes * 60), watts), long=True)


def rest_inside(rng, minutes):
    """Steady, with one rest of 2-5 min in the middle; what happens in it shows only afterwards."""
    load = steady(rng, minutes)
    first = max(1260, load.main_s + 600) + int(rng.uniform(0, 180))
    _rest(load, first, first + int(rng.uniform(120, 300)))
    return load


# --- kinds ------------------------------------------------------------------------------------------------------------

PAIR = (("mg.right", "vl.right"),)
CALF_PAIRS = PAIR * 6 + (("mg.left", "vl.left"), ("lg.right", "vl.right"), ("mg.right", "lg.right", "vl.right"))
MANY = (
    PAIR * 10
    + (("vl.left", "vl.right"),) * 2
    + (("mg.right", "lg.right"), ("mg.right", "lg.right", "vl.right")) * 2
    + (("ta.right", "vl.right"), ("bf.right", "vl.right")) * 2
    + (("mg.left", "vl.left", "mg.right", "vl.right"),) * 2
    + (("mg.right",), ("vl.right",))
)


@dataclass(frozen=True)
class Kind:
    """What a ride of this kind is, and what may be said in it.

    `effect` is (on which muscle, size in %, shape in s or "ramp" in % per min, tHb change in g/dL); `wanted` the
    pattern to be raised, `besides` patterns that are neither right nor wrong; `fault` the name of a failure, with the
    notices that each must come within so many seconds.
    """

    set: str
    load: object
    minutes: tuple
    sites: tuple = CALF_PAIRS
    effect: tuple = ()
    wanted: str = ""
    besides: tuple = ("load_shift",)
    fault: str = ""
    notices: tuple = ()
    thb: bool = False
    drift_per_min: float = 0.0


def _kinds():
    kinds = {
        "steady": Kind("normal", steady, (50, 80), MANY),
        "hills": Kind("normal", hills, (50, 80), MANY),
        "thirty_thirty": Kind("normal", thirty_thirty, (45, 65), MANY),
        "four_by_four": Kind("normal", four_by_four, (45, 60), MANY),
        "coasts": Kind("normal", coasts, (50, 75), MANY),
        "standing": Kind("normal", standing, (50, 75), MANY),
        "cadence": Kind("normal", cadences, (50, 75), MANY),
        "warm_up": Kind("normal", warm_up, (25, 35), MANY),
        "drift": Kind("normal", steady, (65, 75), PAIR * 5 + MANY, drift_per_min=0.2),
    }
    minutes = (36, 42)
    for size in (15, 10, 8, 5):
        kinds[f"calf_{size}"] = Kind("true", steady, minutes, CALF_PAIRS, ("calf", -size, 20, 0), "calf_overload")
        kinds[f"vl_{size}"] = Kind("true", steady, minutes, CALF_PAIRS, ("vl", -size, 20, 0), "vl_fatigue")
    for rate in (2, 1):
        kinds[f"calf_ramp_{rate}"] = Kind(
            "true", steady, minutes, CALF_PAIRS, ("calf", -rate, "ramp", 0), "calf_overload"
        )
        kinds[f"vl_ramp_{rate}"] = Kind("true", steady, minutes, CALF_PAIRS, ("vl", -rate, "ramp", 0), "vl_fatigue")
    kinds["calf_hills"] = Kind("true", hills, minutes, CALF_PAIRS, ("calf", -10, 20, 0), "calf_overload")
    kinds["calf_rest"] = Kind(
        "true",
        rest_inside,
        (45, 50),
        CALF_PAIRS,
        ("calf", -10, 20, 0),
        "calf_overload",
        ("load_shift", "slow_recovery"),
    )
    kinds["both_10"] = Kind("true", steady, minutes, PAIR, ("both", -10, 20, 0))
    kinds["both_ramp_1"] = Kind("true", steady, minutes, PAIR, ("both", -1, "ramp", 0))
    legs = (("vl.left", "vl.right"),) * 2 + (("mg.left", "mg.right"),)
    kinds["side_10"] = Kind("true", steady, minutes, legs, ("first", -10, 20, 0), "side_imbalance")
    besides = ("load_shift", "calf_overload")
    kinds["venous"] = Kind(
        "true", steady, minutes, PAIR, ("calf", -10, 20, 0.25), "outflow_restriction", besides, thb=True
    )
    kinds["compression"] = Kind(
        "extra", steady, minutes, PAIR, ("calf", -10, 20, -0.25), "compression", besides, thb=True
    )
    for name, code, other, wanted in (
        ("head_10", "mg", "lg", "head_imbalance"),
        ("ta_10", "ta", "vl", "tibialis_overload"),
        ("bf_10", "bf", "vl", "antagonist_imbalance"),
    ):
        sites = ((f"{code}.right", f"{other}.right"),)
        kinds[name] = Kind("extra", steady, minutes, sites, ("first", -10, 20, 0), wanted)
    for name, notices in (
        ("hole_12", ((("stale",), 7),)),
        ("hole_120", ((("stale",), 7), (("no_data",), 30))),
        ("held", ((("stale",), 30),)),
        # As a file had it, at 5.8 % and 23.41 g/dL: either is true of it.
        ("frozen", ((("stale", "implausible"), 30),)),
        ("zeros", ((("implausible",), 5),)),
        # The next sample, and a missed one before it.
        ("ambient", ((("ambient_light",), 5),)),
        ("invalid", ((("invalid",), 5),)),
        ("slip", ((("moved",), 15),)),
        ("leak", ((("ambient_light",), 7),)),
        ("swap", ((("swapped",), 120),)),
        ("third", ((("swapped", "moved"), 120),)),
        ("constant", ((("stale", "implausible"), 30),)),
        ("tenfold", ((("implausible",), 5),)),
        ("tenth", ((("implausible",), 5),)),
    ):
        thb = name in ("slip", "leak", "constant")
        kinds[name] = Kind("fault", "either", (48, 52), PAIR, fault=name, notices=notices, thb=thb)
    return kinds


KINDS = _kinds()


# --- a ride -----------------------------------------------------------------------------------------------------------


@dataclass
class Ride:
    kind: str
    seed: int
    text: str
    truth: dict


def ride(kind, seed):
    what = KINDS[kind]
    rng = np.random.default_rng([zlib.crc32(kind.encode()), seed])
    shape = (steady, hills)[rng.integers(2)] if what.load == "either" else what.load
    load = shape(rng, rng.uniform(*what.minutes))
    n = len(load.power)
    sites = what.sites[rng.integers(len(what.sites))]
    rho = float(rng.choice([0.0, 0.5, rng.uniform(0, 0.5)]))

    # The rider wavers a little, and the meter on top of it.
    true_power = (load.power * (1 + rng.uniform(0.01, 0.04) * pole(rng, n, 10))).clip(0)
    shown_power = (true_power * (1 + rng.uniform(0.005, 0.07) * rng.standard_normal(n))).clip(0)
    cadence = (load.cadence + 1.3 * pole(rng, n, 8)) * (load.cadence > 0)

    onset = _onset(rng, what, load)
    common, together = smooth_noise(rng, n, _scale(rng)), _rider(rng)
    muscles = {}
    for site in sites:
        muscles[site] = _muscle(rng, site, load, true_power, cadence, together, _least(what, site, sites))
        own = smooth_noise(rng, n, _scale(rng))
        muscles[site]["v"] = muscles[site]["sd"] * (np.sqrt(rho) * common + np.sqrt(1 - rho) * own)
    if what.drift_per_min:
        _drift(rng, muscles, sites, what.drift_per_min, n)
    affected = _affect(rng, what, load, muscles, sites, onset) if what.effect else []

    bound = _bound(what, sites, muscles, affected, rho, onset, n)

    has_thb = what.thb or rng.random() < 0.75
    transport = str(rng.choice(["moxy", "1hz", "half", "2hz"], p=[0.55, 0.2, 0.1, 0.15]))
    # Whole per cents are what is left of a ride that was logged on the sensor; one that fails is heard by radio.
    places = 0 if rng.random() < 0.1 and not what.fault else 1
    samples = {site: _sample(rng, muscles[site], transport, places, has_thb, n) for site in sites}
    truth = {
        "kind": kind, "seed": seed, "set": what.set, "load": shape.__name__, "sites": list(sites), "duration_s": n,
        "rho": round(rho, 2), "main_s": load.main_s, "transport": transport, "thb": bool(has_thb),
        "wanted": what.wanted, "onset_s": onset, "affected": affected, "bound_s": bound,
    }  # fmt: skip
    if what.fault:
        truth.update(_break(rng, what.fault, samples, sites, load, true_power, cadence, together, transport, has_thb))
    with_cadence = shape is cadences or rng.random() < 0.85
    text = _csv(load, shown_power, cadence if with_cadence else None, samples, has_thb, truth)
    return Ride(kind, seed, text, truth)


def _scale(rng):
    """T of the noise: a little different in every muscle. 6.5 s would fall short of the measured 0.59 at 10 s."""
    return log_normal(rng, 7.0, 1.12, 4.8, 10)


def _rider(rng):
    """What the muscles of one rider have in common in this ride."""
    return {
        "delay": rng.uniform(4, 7),
        "poles": int(rng.integers(1, 3)),
        "slower_back": 1.0 if rng.random() < 0.5 else rng.uniform(1, 1.6),
        "curve": 0.0 if rng.random() < 0.5 else rng.uniform(0, 0.25),
        "warming": 0.0 if rng.random() < 0.4 else rng.uniform(-1, 4),
        "warming_s": rng.uniform(120, 300),
        "calf_per_10rpm": rng.uniform(0.3, 1.5),
        "calf_curve": 0.0 if rng.random() < 0.6 else rng.uniform(0, 0.5),
    }


def _least(what, site, sites):
    """No muscle is driven so low by load alone that the effect would drown at zero, or a fault be no change."""
    size = 15 if what.effect and what.effect[2] == "ramp" else -what.effect[1] if what.effect else 10 * bool(what.fault)
    return 14 + size


def _muscle(rng, site, load, power, cadence, rider, least):
    code = site.split(".")[0]
    base = {"vl": (68, 80), "bf": (66, 78), "ta": (60, 75)}.get(code, (62, 76))
    mean, spread = {"vl": (18, 5), "bf": (7, 2.5), "ta": (8, 3)}.get(code, (10, 4))
    tau = rng.uniform(13, 17) if code == "vl" else rng.uniform(20, 30)
    b, gain = rng.uniform(*base), float(np.clip(rng.normal(mean, spread), 0.4 * mean, 1.7 * mean))
    n = len(power)

    demand = power / 100 * (1 - rider["curve"] * power / 400)
    # Above 85 rpm the curve, if the rider has one, bends up; a leg at rest counts as a slow one.
    spin = (np.where(cadence > 0, cadence, 60).clip(50, 125) - 85) / 10
    if code in CALVES:
        turn = -rider["calf_per_10rpm"] * spin - rider["calf_curve"] * spin.clip(0) ** 2
        stand = rng.uniform(-7, -1)
    else:
        turn = rng.normal(0, 0.2) * spin
        stand = {"vl": rng.normal(-1, 2), "bf": rng.uniform(-4, 1)}.get(code, rng.uniform(-3, 1))

    def lagged(x):
        late = np.interp(np.arange(n) - rider["delay"], np.arange(n), x)
        for _ in range(rider["poles"]):
            late = lag1(late, tau / rider["poles"], rider["slower_back"])
        return late

    demand = lagged(demand)
    gain = min(gain, max((b - least) / np.percentile(demand, 97), 0.3 * mean))
    warming = rider["warming"] + rng.normal(0, 1) if rider["warming"] else 0.0
    level = b - gain * demand - lagged(-turn - stand * load.standing)
    level -= warming * np.exp(-np.arange(n) / rider["warming_s"])
    thb = rng.uniform(11.5, 13) + rng.uniform(0.005, 0.025) * demand + 0.03 * smooth_noise(rng, n, 6.5)
    thb += np.arange(n) / 3600 * rng.normal(0, 0.06)
    return {
        "level": level, "demand": demand, "v": np.zeros(n), "d": wander(rng, n), "effect": np.zeros(n), "thb": thb,
        "sd": log_normal(rng, 1.9, 1.55, 0.6, 5.5),
        # A few sensors are as bad as the worst raw ones that were recorded.
        "w": 4.5 if rng.random() < 0.03 else log_normal(rng, 0.9, 1.35, 0.3, 2.5),
        "spikes_per_h": 2.0 if rng.random() < 0.08 else 0.0,
    }  # fmt: skip


def _onset(rng, what, load):
    if load.rests and what.load is rest_inside:
        return load.rests[0][1]
    if what.effect:
        return max(1200, load.main_s + 540) + int(rng.uniform(0, 240))
    return None


def _drift(rng, muscles, sites, per_min, n):
    """The pair drifts apart by `per_min` for an hour; either may be the one that moves, or both."""
    ramp = per_min * (np.arange(n) - rng.uniform(120, 420)).clip(0, 3600) / 60 * rng.choice([-1, 1])
    share = rng.choice([0, 0.5, 1])
    muscles[sites[0]]["d"] = muscles[sites[0]]["d"] + share * ramp
    if len(sites) > 1:
        muscles[sites[1]]["d"] = muscles[sites[1]]["d"] - (1 - share) * ramp


def _affect(rng, what, load, muscles, sites, onset):
    on, size, shape, thb = what.effect
    since = (np.arange(len(load.power)) - onset).clip(0)
    effect = (size * since / 60).clip(-15) if shape == "ramp" else size * (1 - np.exp(-since / shape))
    moved = thb * (1 - np.exp(-since / 20))
    if what.load is rest_inside:
        # It came about while nothing could be seen, and shows as much as the muscle works.
        effect = np.where(since > 0, size, 0) * (
            muscles[sites[0]]["demand"] / muscles[sites[0]]["demand"][onset - 400]
        ).clip(0, 1)
    # Of two heads of one calf, the first is meant; of calf and thigh together, both, not quite alike.
    chosen = {
        "calf": [site for site in sites if site.split(".")[0] in CALVES][:1],
        "vl": [site for site in sites if site.startswith("vl")][:1],
        "first": sites[:1],
        "both": sites,
    }[on]
    for site in chosen:
        muscles[site]["effect"] = effect * (rng.uniform(0.9, 1.1) if on == "both" else 1)
        muscles[site]["thb"] = muscles[site]["thb"] + moved
    return list(chosen)


FALSE_ALARM_S = 36000


def _bound(what, sites, muscles, affected, rho, onset, n):
    """Seconds from the onset to the alarm of a detector that knows this ride but for its noise; none if it finds
    nothing.

    A CUSUM on the affected muscle against another, with every level, load and drift known, and the threshold that
    gives one false alarm in 10 h by the Brownian formula for this pair's long-run variance. A mark cannot ask for
    less than its median.
    """
    others = [site for site in sites if site not in affected]
    if len(affected) != 1 or not others:
        return None
    here, there = muscles[affected[0]], muscles[min(others, key=lambda site: not site.startswith("vl"))]
    size, shape = -what.effect[1], what.effect[2]
    # A step is found soonest by looking for a little less, for it takes 20 s to come.
    delta = 2 + size if shape == "ramp" else 0.8 * size
    white = 2 * (here["w"] ** 2 + there["w"] ** 2)
    variance = 4 * 7 * (here["sd"] ** 2 + there["sd"] ** 2 - 2 * rho * here["sd"] * there["sd"]) + white
    low, high = 0.01, 50.0
    for _ in range(60):
        u = (low + high) / 2
        low, high = (u, high) if 2 * variance / delta**2 * (np.exp(u) - u - 1) < FALSE_ALARM_S else (low, u)
    # Draws of its own: the ride must not change when its bound is reckoned otherwise.
    noise = np.sqrt(white) * np.random.default_rng(onset).standard_normal(n)
    shift = here["effect"] + here["v"] - there["v"] + noise
    evidence = 0.0
    for second, x in enumerate(shift[onset - 300 :].tolist(), -300):
        evidence = max(0.0, evidence - x - delta / 2)
        if evidence > u * variance / delta:
            if second >= 0:
                return second
            evidence = 0.0
    return None


# --- sensors ----------------------------------------------------------------------------------------------------------


def _times(rng, transport, n):
    if transport == "moxy":
        steps = rng.normal(2.011, 0.18, int(n / 2) + 20).clip(1.4, 2.7)
        at = np.cumsum(steps) - rng.uniform(0, 2)
    else:
        step = {"1hz": 1.0, "half": 2.0, "2hz": 0.5}[transport]
        at = np.arange(0, n, step)
    at = at[(at >= 0) & (at < n - 1)]
    at = at[rng.random(len(at)) >= 0.007]
    if transport == "2hz" and rng.random() < 0.3:
        # The bursts of some sensors pause for twelve seconds in about ten minutes.
        first = rng.uniform(0, 600)
        while first < n:
            at = at[(at < first) | (at > first + 12)]
            first += rng.uniform(450, 750)
    return np.round(at, 3)


def _read(rng, muscle, at, places, has_thb):
    t = np.arange(len(muscle["level"]))
    smo2 = np.interp(at, t, muscle["level"] + muscle["v"] + muscle["d"] + muscle["effect"])
    # What is left in a muscle goes out ever more slowly.
    smo2 = np.where(smo2 < 8, 8 * np.exp((smo2.clip(-50, 8) - 8) / 8), smo2)
    smo2 = smo2 + muscle["w"] * rng.standard_normal(len(at))
    thb = np.interp(at, t, muscle["thb"]) + 0.02 * rng.standard_normal(len(at))
    for _ in range(rng.poisson(muscle["spikes_per_h"] * len(t) / 3600)):
        first = rng.integers(len(at))
        smo2[first : first + rng.integers(1, 4)] += rng.choice([-1, 1]) * rng.uniform(25, 45)
    # An absolute zero would be a sensor's fault, which this is not.
    return np.round(smo2.clip(1, 99), places), np.round(thb, 2) if has_thb else None


def _sample(rng, muscle, transport, places, has_thb, n):
    """The samples of a sensor: [time, SmO2 as text, tHb as text]."""
    at = _times(rng, transport, n)
    smo2, thb = _read(rng, muscle, at, places, has_thb)
    words = [f"{value:.{places}f}" for value in smo2.tolist()]
    others = [f"{value:.2f}" for value in thb.tolist()] if has_thb else [""] * len(words)
    return [list(one) for one in zip(at.tolist(), words, others)]


def _break(rng, fault, samples, sites, load, power, cadence, rider, transport, has_thb):
    """One failure of one sensor, or of both; returns what is true of it."""
    victim = sites[0] if fault in ("third",) or rng.random() < 0.7 else sites[1]
    lasts = {
        "hole_12": 12, "hole_120": 120, "held": 167, "frozen": 167, "zeros": rng.uniform(30, 120),
        "ambient": rng.uniform(20, 90), "invalid": rng.uniform(20, 90), "slip": 1e9, "leak": rng.uniform(60, 180),
        "swap": 480, "third": 480, "constant": 300, "tenfold": 180, "tenth": 180,
    }[fault]  # fmt: skip
    wanted = max(1320, load.main_s + 600) + rng.uniform(0, 180)
    own = samples[victim]
    first = next(i for i, one in enumerate(own) if one[0] >= wanted)
    if fault.startswith("hole"):
        begins = own[first][0]
        gone = own[first - 1][0] + lasts
        samples[victim] = [one for one in own if not begins <= one[0] < gone]
        return _fault(fault, [victim], begins, gone)
    begins = told_from = own[first][0]
    ends = begins + lasts
    hit = [one for one in own if begins <= one[0] < ends]

    if fault == "held":
        for one in hit:
            one[1:] = own[first - 1][1:]
    elif fault == "zeros":
        for one in hit:
            one[1:] = ["0", "0" if has_thb else ""]
    elif fault in ("ambient", "invalid"):
        for one in hit:
            one[1:] = [fault, fault if has_thb and rng.random() < 0.8 else ""]
    elif fault == "slip":
        # Up or down, where there is room for it.
        level = float(np.median([float(one[1]) for one in own[first - 30 : first]]))
        step, sign = rng.uniform(10, 27), rng.choice([-1, 1])
        sign = -1 if level + step > 95 else 1 if level - step < 5 else sign
        heavier = rng.choice([-1, 1]) * rng.uniform(0.3, 1.2)
        for one in hit:
            one[1] = f"{min(max(float(one[1]) + sign * step, 1), 99):.1f}"
            one[2] = f"{float(one[2]) + heavier:.2f}"
        ends = begins
    elif fault == "leak":
        level, lighter = rng.uniform(83, 99), rng.uniform(1.7, 6)
        for one in hit:
            one[1] = f"{min(max(level + rng.normal(0, 1), 80), 100):.1f}"
            one[2] = f"{float(one[2]) - lighter + rng.normal(0, 0.1):.2f}"
    elif fault == "swap":
        a, b = (samples[site] for site in sites)
        for site, mine, other in ((sites[0], a, b), (sites[1], b, a)):
            kept = [one for one in mine if not begins <= one[0] < ends]
            samples[site] = sorted(kept + [one for one in other if begins <= one[0] < ends])
        return _fault(fault, list(sites), begins, ends)
    elif fault == "third":
        # Another sensor, on another muscle: the hamstrings, or the thigh of somebody who rides along.
        other = _muscle(rng, rng.choice(["bf.right", "vl.left"]), load, power, cadence, rider, 10)
        other["v"] = other["sd"] * smooth_noise(rng, len(power), _scale(rng))
        new = _sample(rng, other, transport, 1, has_thb, len(power))
        kept = [one for one in own if not begins <= one[0] < ends]
        samples[victim] = sorted(kept + [one for one in new if begins <= one[0] < ends])
    elif fault in ("frozen", "constant"):
        # What is always the same is so from its second time on.
        told_from = hit[1][0]
        for one in hit:
            one[1:] = ["5.8", "23.41" if has_thb else ""] if fault == "frozen" else ["37.7", "37.74"]
    elif fault in ("tenfold", "tenth"):
        times = 10 if fault == "tenfold" else 0.1
        for one in hit:
            one[1] = f"{float(one[1]) * times:.1f}"
    return _fault(fault, [victim], begins, ends, told_from)


def _fault(fault, victims, begins, ends, told_from=None):
    """A notice's time runs from `told_from_s`: the first sample that is missing, wrong, or the same again."""
    told_from = begins if told_from is None else told_from
    times = {"begins_s": begins, "ends_s": ends, "told_from_s": told_from}
    return {"fault": fault, "victims": victims} | {name: round(float(t), 3) for name, t in times.items()}


def _csv(load, power, cadence, samples, has_thb, truth):
    stands = bool(load.standing.any())
    columns = ["t_s", "power_w"] + ["cadence_rpm"] * (cadence is not None) + ["posture"] * stands
    context, row_of = len(columns), {}
    for site in samples:
        columns += [f"{site}.smo2_pct"] + [f"{site}.thb_gdl"] * has_thb
    width = len(columns)
    watts, turns = power.round().astype(int).tolist(), None if cadence is None else cadence.round().astype(int).tolist()
    for second, watt in enumerate(watts):
        cells = [""] * width
        cells[1] = str(watt)
        if turns is not None:
            cells[2] = str(turns[second])
        if stands and (second == 0 or load.standing[second] != load.standing[second - 1]):
            cells[context - 1] = "standing" if load.standing[second] else "seated"
        row_of[second * 1000] = cells
    at = context
    for of_site in samples.values():
        for t, smo2, thb in of_site:
            cells = row_of.setdefault(round(t * 1000), [""] * width)
            cells[at] = smo2
            if has_thb:
                cells[at + 1] = thb
        at += 1 + has_thb
    lines = [f"# {json.dumps(truth)}", ",".join(columns)]
    for ms in sorted(row_of):
        cells = row_of[ms]
        cells[0] = f"{ms / 1000:g}" if ms % 1000 == 0 else f"{ms / 1000:.3f}"
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


# --- the generator against what was measured --------------------------------------------------------------------------

# 145 segments of 15 min of steady riding, 36 h: median SD after a straight line was taken out, autocorrelation, and
# Allan deviation of means over so many seconds.
MEASURED_SD = 1.93
MEASURED_ACF = {1: 0.99, 5: 0.83, 10: 0.59, 20: 0.17}
MEASURED_ALLAN = {15: 1.19, 30: 1.32, 60: 1.03, 120: 0.87, 300: 0.67}


def self_check(segments=2000, out=sys.stdout):
    """v + d as rides have them, in segments of 15 min of their own; whether all is within its bounds."""
    rng = np.random.default_rng(20)
    t = np.arange(900)
    line = np.vstack([np.ones(900), t]).T
    solve = np.linalg.pinv(line)
    sds, acfs, allans = [], [], []
    for _ in range(segments):
        noise = log_normal(rng, 1.9, 1.55, 0.6, 5.5) * smooth_noise(rng, 900, _scale(rng)) + wander(rng, 900)
        rest = noise - line @ (solve @ noise)
        sds.append(rest.std())
        acfs.append([(rest[lag:] * rest[:-lag]).mean() / rest.var() for lag in MEASURED_ACF])
        allans.append([])
        for span in MEASURED_ALLAN:
            means = noise[: 900 // span * span].reshape(-1, span).mean(axis=1)
            allans[-1].append(np.sqrt((np.diff(means) ** 2).mean() / 2))
    good = True
    print(f"{segments} segments of 15 min\n\n| what | here | measured | bound |\n|---|---|---|---|", file=out)

    def row(name, here, measured, bound, within):
        nonlocal good
        good &= within
        print(f"| {name} | {here:.2f} | {measured:.2f} | {bound}{'' if within else ': MISSED'} |", file=out)

    def fifth(name, here, measured):
        row(name, here, measured, "20 %", abs(here / measured - 1) <= 0.2)

    fifth("SD, median", np.median(sds), MEASURED_SD)
    for (lag, measured), here in zip(MEASURED_ACF.items(), np.mean(acfs, axis=0)):
        row(f"autocorrelation, {lag} s", here, measured, "0.08", abs(here - measured) <= 0.08)
    for (span, measured), here in zip(MEASURED_ALLAN.items(), np.median(allans, axis=0)):
        fifth(f"Allan deviation, {span} s, median", here, measured)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kind", nargs="?")
    parser.add_argument("seed", nargs="?", type=int)
    parser.add_argument("-o", "--output", help="a file; standard output if none is named")
    parser.add_argument("--list", action="store_true", help="the kinds, by set")
    parser.add_argument("--self-check", action="store_true", help="the noise against what was measured")
    asked = parser.parse_args()
    if asked.list:
        for kind, what in KINDS.items():
            print(f"{what.set:7} {kind}")
        return 0
    if asked.self_check:
        return 0 if self_check() else 1
    if asked.kind not in KINDS or asked.seed is None:
        parser.error("a KIND of --list and a SEED are needed")
    text = ride(asked.kind, asked.seed).text
    if asked.output:
        with open(asked.output, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
