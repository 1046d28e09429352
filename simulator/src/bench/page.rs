//! The page's files, built into the program: what is not in this table does not exist for a browser.

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Its path on the server.
    pub path: &'static str,
    /// What it is.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

macro_rules! files {
    ($($path:literal $name:literal $content_type:ident,)*) => {
        /// Every file.
        pub const FILES: &[File] = &[$(
            File { path: $path, content_type: $content_type, bytes: include_bytes!(concat!("page/", $name)) },
        )*];

        /// Their names in the sources.
        #[cfg(test)]
        const NAMES: &[&str] = &[$($name,)*];
    };
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

files! {
    "/" "index.html" HTML,
    "/bench.css" "bench.css" CSS,
    "/bench.js" "bench.js" SCRIPT,
    "/canvas.js" "canvas.js" SCRIPT,
    "/charts.js" "charts.js" SCRIPT,
    "/device.js" "device.js" SCRIPT,
    "/events.js" "events.js" SCRIPT,
    "/faults.js" "faults.js" SCRIPT,
    "/link.js" "link.js" SCRIPT,
    "/series.js" "series.js" SCRIPT,
    "/sound.js" "sound.js" SCRIPT,
    "/timeline.js" "timeline.js" SCRIPT,
    "/times.js" "times.js" SCRIPT,
    "/world.js" "world.js" SCRIPT,
}

/// The file at a path.
pub fn at(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_page_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bench/page");
        let mut there: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        there.sort();
        let mut served: Vec<&str> = NAMES.to_vec();
        served.sort_unstable();
        assert_eq!(there, served);
        assert!(at("/").is_some() && at("/index.html").is_none() && at("").is_none());
    }
}
