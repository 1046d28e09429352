use sling_core::signal::baseline::{Baseline, Means};
use sling_core::signal::load::LoadLags;
use sling_core::time::Instant;
use sling_core::units::{Rpm, Watts};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let (every, from): (u64, u64) = (a[2].parse().unwrap(), a[3].parse().unwrap());
    let text = std::fs::read_to_string(&a[1]).unwrap();
    let mut lines = text.lines().filter(|l| !l.starts_with('#'));
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let col = |n: &str| head.iter().position(|h| *h == n);
    let sites: Vec<usize> = (0..head.len()).filter(|i| head[*i].ends_with("smo2_pct")).collect();
    let mut b: Vec<Baseline> = sites.iter().map(|_| Baseline::new()).collect();
    let mut sums = vec![(0.0f32, 0u32); sites.len()];
    let mut lags = LoadLags::new();
    let (mut p, mut c) = (None, None);
    let (mut sec, mut idle, mut busy) = (0u64, 0u64, 0u64);
    let mut tick = |sec: u64, p: Option<u16>, c: Option<u16>, sums: &mut Vec<(f32, u32)>| {
        let now = Instant::from_ms(sec * 1000);
        lags.step(now, p.map(Watts), c.map(Rpm));
        idle = if p.is_some_and(|p| p < 30) { idle + 1 } else { 0 };
        if idle > 8 {
            busy = sec + 45;
        }
        if sec % 5 == 0 {
            let load = lags.load(now).filter(|_| sec >= busy);
            for i in 0..b.len() {
                let mean = (sums[i].1 > 0).then(|| sums[i].0 / sums[i].1 as f32);
                sums[i] = (0.0, 0);
                b[i].step(&Means { now, load: load.as_ref(), smo2: mean, thb: None }, true);
                if sec % every == 0 && sec >= from {
                    if i == 0 {
                        print!("{sec:5} P {:3}", p.unwrap_or(999));
                    }
                    print!(
                        " | y {:5.1} exp {:5.1} dev {:5.1} v {:.2} w {:.2} ",
                        mean.unwrap_or(0.0),
                        load.as_ref().and_then(|l| b[i].expected(l)).unwrap_or(0.0),
                        b[i].deviation().unwrap_or(0.0),
                        b[i].noise().variance().sqrt(),
                        b[i].noise().white().sqrt()
                    );
                    if let Some(f) = b[i].shifts().fall() {
                        print!("fall {:5.1} ev {:5.1} since {:4}", f.points, f.evidence, f.since.as_ms() / 1000);
                    } else {
                        print!("{:30}", "");
                    }
                    if i + 1 == b.len() {
                        println!();
                    }
                }
            }
        }
    };
    for l in lines {
        let f: Vec<&str> = l.split(',').collect();
        let t: f64 = f[0].parse().unwrap();
        while (sec as f64) < t.floor() {
            sec += 1;
            tick(sec, p, c, &mut sums);
        }
        if let Some(v) = col("power_w").and_then(|i| f[i].parse::<f64>().ok()) {
            p = Some(v as u16);
        }
        if let Some(v) = col("cadence_rpm").and_then(|i| f[i].parse::<f64>().ok()) {
            c = Some(v as u16);
        }
        for (k, i) in sites.iter().enumerate() {
            if let Ok(v) = f[*i].parse::<f32>() {
                sums[k].0 += v;
                sums[k].1 += 1;
            }
        }
    }
}
