use sling_core::head_unit::Event;
use sling_core::{HeadUnit, Output};
use sling_simulator::scenario::Scenario;
use sling_simulator::world::World;
use std::collections::BTreeMap;

fn events(text: &str, seed: u64) -> Vec<(f64, Event)> {
    let scenario = Scenario::parse("t", text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let mut unit = Box::new(HeadUnit::new());
    let mut out = Vec::new();
    let mut drain = |unit: &mut HeadUnit, at: f64, out: &mut Vec<(f64, Event)>| {
        while let Some(o) = unit.poll_output() {
            if let Output::Event(e) = o {
                out.push((at, e));
            }
        }
    };
    for (at, input) in World::new(&scenario, seed) {
        while let Some(due) = unit.next_deadline().filter(|d| *d < at) {
            unit.handle(&sling_core::Input::Tick, due);
            drain(&mut unit, due.as_ms() as f64 / 1000.0, &mut out);
        }
        unit.handle(&input, at);
        drain(&mut unit, at.as_ms() as f64 / 1000.0, &mut out);
    }
    out
}

fn head(minutes: u32, rho: f64, sites: &[&str]) -> String {
    let mut t = format!("version = 1\nname = \"t\"\nduration = \"{minutes} min\"\n[rider]\ncorrelation = {rho}\n");
    for s in sites {
        t += &format!("[[sensor]]\nsite = \"{s}\"\nkind = \"moxy\"\nradio = \"ant\"\n");
    }
    t
}

fn load(kind: usize, seed: u64, minutes: u32) -> String {
    let p = 200 + (seed * 37 % 101);
    let main = |k: &str, rest: &str| {
        format!("[[load]]\nkind = \"{k}\"\nfrom = \"10 min\"\nto = \"{minutes} min\"\npower_w = {p}\n{rest}")
    };
    match kind {
        0 => main("steady", ""),
        1 => main("hills", &format!("swing_w = 80\nperiod = \"{} min\"\n", 3 + seed % 5)),
        2 => main("intervals", "rest_power_w = 100\nwork = \"30 s\"\nrest = \"30 s\"\n"),
        3 => main("intervals", "rest_power_w = 100\nwork = \"4 min\"\nrest = \"3 min\"\n"),
        4 => {
            let mut t = main("steady", "");
            let mut m = 13 + seed % 4;
            while m + 4 < u64::from(minutes) {
                t += &format!(
                    "[[load]]\nkind = \"coast\"\nfrom = \"{m} min\"\nduration = \"{} s\"\n",
                    10 + (seed * 7 + m * 13) % 51
                );
                m += 4 + (seed + m) % 5;
            }
            t
        }
        5 => {
            let mut t = main("steady", "");
            let mut m = 13 + seed % 4;
            while m + 4 < u64::from(minutes) {
                t += &format!(
                    "[[load]]\nkind = \"stand\"\nfrom = \"{m} min\"\nduration = \"{} s\"\n",
                    20 + (seed * 7 + m * 13) % 71
                );
                m += 5 + (seed + m) % 5;
            }
            t
        }
        6 => {
            let mut t = String::new();
            let mut m = 10;
            let mut i = 0;
            while m < u64::from(minutes) {
                let to = (m + 4).min(u64::from(minutes));
                let rpm = [85, 60, 95, 75, 110, 70, 100, 90][((seed + i) % 8) as usize];
                t += &format!(
                    "[[load]]\nkind = \"steady\"\nfrom = \"{m} min\"\nto = \"{to} min\"\npower_w = {p}\ncadence_rpm = {rpm}\n"
                );
                m = to;
                i += 1;
            }
            t
        }
        _ => {
            main("steady", "")
                + &format!(
                    "[[effect]]\npattern = \"drift\"\nsite = \"{}\"\nat = \"15 min\"\nslope_pct_per_min = {}\n",
                    ["mg.right", "vl.right"][(seed % 2) as usize],
                    0.2
                )
        }
    }
}
const KINDS: [&str; 8] = ["steady", "hills", "30/30", "4x4", "coasts", "stand", "cadence", "drift"];

fn main() {
    let arg = |i: usize, d: u64| std::env::args().nth(i).and_then(|a| a.parse().ok()).unwrap_or(d);
    let (hours, seeds, first) = (arg(1, 48), arg(2, 40), arg(3, 1));
    let list = std::env::var("LIST").is_ok();
    for rho in [0.0, 0.5] {
        let mut alerts: BTreeMap<String, u32> = BTreeMap::new();
        let mut by_kind = [(0u32, 0f64, 0f64); 8];
        let mut armed_total = 0.0;
        let work: Vec<u64> = (first..first + hours).collect();
        let results: Vec<_> = std::thread::scope(|s| {
            let hs: Vec<_> = work
                .chunks(work.len().div_ceil(2))
                .map(|c| {
                    s.spawn(move || {
                        c.iter()
                            .map(|&seed| {
                                let kind = (seed % 8) as usize;
                                let text = head(70, rho, &["mg.right", "vl.right"]) + &load(kind, seed / 8, 70);
                                if list {
                                    std::fs::write(format!("/tmp/tune/fa_{rho}_{seed}.toml"), &text).unwrap();
                                }
                                let ev = events(&text, seed);
                                let (mut armed, mut since, mut al) = (0.0, None, Vec::new());
                                for (t, e) in &ev {
                                    match e {
                                        Event::Armed { .. } => since = Some(t.max(600.0)),
                                        Event::Disarmed { .. } => {
                                            if let Some(s) = since.take() {
                                                armed += (t - s).max(0.0);
                                            }
                                        }
                                        Event::Alert { pattern, place, strength_tenths, .. } => {
                                            al.push((*t, pattern.code(), place.site.to_string(), *strength_tenths))
                                        }
                                        _ => {}
                                    }
                                }
                                if let Some(s) = since {
                                    armed += 4200.0 - s;
                                }
                                (seed, kind, armed / 3600.0, al)
                            })
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            hs.into_iter().flat_map(|h| h.join().unwrap()).collect()
        });
        for (seed, kind, armed, al) in results {
            armed_total += armed;
            by_kind[kind].1 += armed;
            by_kind[kind].2 += 1.0;
            for (t, p, site, st) in al {
                by_kind[kind].0 += 1;
                *alerts.entry(p.to_string()).or_default() += 1;
                if list {
                    println!("FA rho {rho} seed {seed} {} t {t} {p} {site} {st}", KINDS[kind]);
                }
            }
        }
        let n: u32 = alerts.values().sum();
        println!(
            "rho {rho}: {n} false in {armed_total:.1} armed h = {:.2} per 10 h  {alerts:?}",
            10.0 * f64::from(n) / armed_total
        );
        for (k, (n, a, h)) in by_kind.iter().enumerate() {
            print!("  {} {n} ({:.0}% armed)", KINDS[k], 100.0 * a / h);
        }
        println!();
        let truths: Vec<(&str, usize, String)> = vec![
            ("calf -15", 0, "calf_overload\"\nsize_pct = 15\nonset = \"20 s\"".into()),
            ("calf -10", 0, "calf_overload\"\nsize_pct = 10\nonset = \"20 s\"".into()),
            ("calf -8", 0, "calf_overload\"\nsize_pct = 8\nonset = \"20 s\"".into()),
            ("calf -5", 0, "calf_overload\"\nsize_pct = 5\nonset = \"20 s\"".into()),
            ("ramp -2", 0, "calf_overload\"\nslope_pct_per_min = 2\nsize_pct = 12".into()),
            ("ramp -1", 0, "calf_overload\"\nslope_pct_per_min = 1\nsize_pct = 12".into()),
            ("vl -8", 0, "vl_fatigue\"\nsize_pct = 8\nonset = \"20 s\"".into()),
            ("vl -10 hills", 1, "vl_fatigue\"\nsize_pct = 10\nonset = \"20 s\"".into()),
            ("hills -10", 1, "calf_overload\"\nsize_pct = 10\nonset = \"20 s\"".into()),
            ("both -10", 0, "both_fall\"\nsize_pct = 10\nonset = \"20 s\"".into()),
            ("venous -10", 0, "outflow_restriction\"\nsite = \"mg.right\"\nsize_pct = 10\nonset = \"20 s\"".into()),
        ];
        for (name, kind, effect) in truths {
            let work: Vec<u64> = (first..first + seeds).collect();
            let effect = &effect;
            let results: Vec<_> = std::thread::scope(|s| {
                let hs: Vec<_> = work
                    .chunks(work.len().div_ceil(2))
                    .map(|c| {
                        s.spawn(move || {
                            c.iter()
                                .map(|&seed| {
                                    let at = 1230.0 + (seed * 97 % 1200) as f64;
                                    let text = head(55, rho, &["mg.right", "vl.right"])
                                        + &load(kind, seed, 55)
                                        + &format!("[[effect]]\nat = \"{at} s\"\npattern = \"{effect}\n");
                                    let ev = events(&text, seed);
                                    let first = ev.iter().find_map(|(t, e)| match e {
                                        Event::Alert { pattern, .. } if *t >= at && *t < at + 720.0 => {
                                            Some((t - at, pattern.code()))
                                        }
                                        _ => None,
                                    });
                                    let n =
                                        ev.iter().filter(|(t, e)| matches!(e, Event::Alert { .. }) && *t >= at).count();
                                    (seed, first, n)
                                })
                                .collect::<Vec<_>>()
                        })
                    })
                    .collect();
                hs.into_iter().flat_map(|h| h.join().unwrap()).collect()
            });
            let mut delays: Vec<f64> = results.iter().map(|(_, f, _)| f.map_or(f64::INFINITY, |f| f.0)).collect();
            delays.sort_by(f64::total_cmp);
            let q = |s: f64| delays[((s * delays.len() as f64) as usize).min(delays.len() - 1)];
            let within = delays.iter().filter(|d| **d <= 360.0).count() as f64 / delays.len() as f64;
            let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
            for (_, f, _) in &results {
                *kinds.entry(f.map_or("-", |f| f.1)).or_default() += 1;
            }
            let n: usize = results.iter().map(|r| r.2).sum();
            println!(
                "  {name:13} median {:5.0} p90 {:5.0} P {within:.2} {kinds:?} alerts/ride {:.2}",
                q(0.5),
                q(0.9),
                n as f64 / results.len() as f64
            );
            if list {
                for (seed, f, _) in &results {
                    if f.is_none_or(|f| f.0 > 360.0) {
                        print!(" {seed}");
                    }
                }
                println!();
            }
        }
    }
}
