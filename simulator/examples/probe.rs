use sling_core::Input;
use sling_core::sensor::{Muscle, Side, Site};
use sling_core::signal::baseline::{Baseline, Means};
use sling_core::signal::load::LoadLags;
use sling_core::time::Instant;
use sling_simulator::scenario::Scenario;
use sling_simulator::world::World;
fn main() {
    let seed: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let text = std::fs::read_to_string(std::env::args().nth(2).unwrap()).unwrap();
    let sc = Scenario::parse("t", &text).unwrap();
    let mut b = [Baseline::new(), Baseline::new()];
    let mut lags = LoadLags::new();
    let mut sums = [(0.0f32, 0u32); 2];
    let world = World::new(&sc, seed);
    let sites =
        [Site::new(Muscle::GastrocnemiusMedialis, Side::Right), Site::new(Muscle::VastusLateralis, Side::Right)];
    let truth: Vec<Vec<f64>> = sites.iter().map(|s| (0..).map_while(|t| world.truth_pct(*s, t)).collect()).collect();
    let ids: Vec<_> = sc.sensors.iter().map(|s| s.identity).collect();
    for t in &truth {
        let d: Vec<f64> = t[700..].windows(31).map(|w| (w[30] - w[0]).powi(2) / 2.0).collect();
        eprint!("true v ~{:.2}  ", (d.iter().sum::<f64>() / d.len() as f64 / 0.944).sqrt());
    }
    eprintln!();
    let mut sec = 0u64;
    let every: u64 = std::env::args().nth(3).map_or(30, |a| a.parse().unwrap());
    let from: u64 = std::env::args().nth(4).map_or(0, |a| a.parse().unwrap());
    for (at, input) in world {
        match input {
            Input::Sample(s) => {
                if let Ok(v) = s.reading {
                    let i = ids.iter().position(|d| *d == s.identity).unwrap();
                    sums[i].0 += v.smo2.percent();
                    sums[i].1 += 1;
                }
            }
            Input::Context(c) => {
                lags.step(at, c.power, c.cadence);
                sec += 1;
                if sec % 5 == 0 {
                    let load = lags.load(at);
                    for i in 0..2 {
                        let mean = (sums[i].1 > 0).then(|| sums[i].0 / sums[i].1 as f32);
                        sums[i] = (0.0, 0);
                        b[i].step(&Means { now: at, load: load.as_ref(), smo2: mean, thb: None }, true);
                    }
                    if sec % every == 0 && sec >= from {
                        let l = load.as_ref();
                        print!("{sec:5}");
                        for i in 0..2 {
                            let n = b[i].noise();
                            print!(
                                " | {:5.1} exp {:5.1} dev {:5.1} v {:.2} w {:.2} ",
                                truth[i][sec as usize - 3],
                                l.and_then(|l| b[i].expected(l)).unwrap_or(0.0),
                                b[i].deviation().unwrap_or(0.0),
                                n.variance().sqrt(),
                                n.white().sqrt()
                            );
                            if let Some(f) = b[i].shifts().fall() {
                                print!(
                                    "fall {:5.1} ev {:5.1} since {:4}",
                                    f.points,
                                    f.evidence,
                                    f.since.as_ms() / 1000
                                );
                            } else {
                                print!("{:30}", "");
                            }
                        }
                        println!();
                    }
                }
            }
            _ => {}
        }
    }
}
