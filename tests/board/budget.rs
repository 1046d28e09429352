//! What the board's image is made of: its flash by part and its static RAM by static, in bytes, against the limits in
//! `budget.txt`.
//!
//! Every byte is in one row, so that rows add up to what sections take. A byte belongs to the symbol that covers it, and a
//! symbol to the first of our modules that its name tells of: a library's function made for a type of `link` is paid for
//! `link`. What tells of the Bluetooth stack's crates, or of what drives them, is in one row with them, which the design's limits
//! leave apart. (Older compilers' names tell nothing of such types: there it is the library's.) What the compiler put into its caller
//! is the caller's; what it shared among parts, and what has no name, are rows of their own.

use object::elf::{SHF_ALLOC, SHT_NOBITS};
use object::{File, Object, ObjectSection, ObjectSymbol, SectionFlags, SymbolKind};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

/// Bytes by the name of what takes them.
pub type Rows = BTreeMap<String, u64>;

const FONTS: &str = "fonts";
/// What the linker left without a name among constants, and the named constants of `language`. Texts of the screen cannot
/// be told from virtual tables and jump tables there: it is an upper bound of what strings take.
const STRINGS: &str = "words, and tables without a name";
const UI: &str = "ui, fields, drawing";
const DEVICE: &str = "device";
const BLUETOOTH: &str = "Bluetooth, with its stack";
const LIBRARIES: &str = "libraries, start";
const SHARED: &str = "code shared among parts";
const NAMELESS: &str = "code without a name";
const VECTORS: &str = "vectors";
const INITIAL: &str = "initial values of statics";
const GAPS: &str = "gaps between statics";

/// What names of the Bluetooth stack tell of: its crates, and the task that runs it.
const OF_BLUETOOTH: [&str; 5] = ["bt_hci", "btuuid::", "futures_intrusive::", "trouble_host::", "mps2_an386::radio::"];

/// What a limit leaves free over the bytes that are taken when it is set, and what it is a multiple of: a part of a few
/// bytes may grow by one instruction.
const FREE_PER_CENT: u64 = 2;
const LIMIT_STEP: u64 = 64;

/// What an image takes, by part.
pub struct Image {
    pub flash: Rows,
    pub ram: Rows,
    /// As the compiler tells of itself.
    compiler: String,
}

impl Image {
    pub fn read(elf: &[u8]) -> Result<Self, object::Error> {
        let file = File::parse(elf)?;
        let mut image = Self { flash: Rows::new(), ram: Rows::new(), compiler: String::new() };
        let Self { flash, ram, compiler } = &mut image;
        for section in file.sections() {
            let name = section.name()?;
            if name == ".comment" {
                *compiler = compiler_of(section.data()?);
            }
            let SectionFlags::Elf { sh_type, sh_flags } = section.flags() else { continue };
            if !sh_flags.contains(SHF_ALLOC) {
                continue;
            }
            match name {
                ".vector_table" => add(flash, VECTORS, section.size()),
                ".text" => add_symbols(flash, &file, &section, part, NAMELESS),
                ".rodata" => add_symbols(flash, &file, &section, constant, STRINGS),
                ".data" => {
                    add(flash, INITIAL, section.size());
                    add_symbols(ram, &file, &section, variable, GAPS);
                }
                ".bss" | ".uninit" => add_symbols(ram, &file, &section, variable, GAPS),
                // Nobody foresaw it: it is a new row of both tables.
                other => {
                    add(ram, other, section.size());
                    if sh_type != SHT_NOBITS {
                        add(flash, other, section.size());
                    }
                }
            }
        }
        Ok(image)
    }
}

fn add(rows: &mut Rows, name: &str, size: u64) {
    if size > 0 {
        *rows.entry(name.to_owned()).or_default() += size;
    }
}

/// Adds each byte of a section to the row of the symbol that covers it, `row` of its name, or without one to `rest`.
///
/// Where symbols overlap, as names of the same function do, a byte is of the one that begins first, of those the longest.
fn add_symbols<'a>(
    rows: &mut Rows,
    file: &File<'a>,
    section: &impl ObjectSection<'a>,
    row: fn(&str) -> String,
    rest: &str,
) {
    let mut symbols: Vec<(u64, Reverse<u64>, String)> = file
        .symbols()
        .filter(|symbol| symbol.section_index() == Some(section.index()) && symbol.size() > 0)
        .map(|symbol| {
            // The lowest bit of a function's address says that its code is Thumb.
            let code = symbol.kind() == SymbolKind::Text;
            let address = if code { symbol.address() & !1 } else { symbol.address() };
            (address, Reverse(symbol.size()), plain(&String::from_utf8_lossy(symbol.name_bytes().unwrap_or_default())))
        })
        .collect();
    symbols.sort();
    let end = section.address() + section.size();
    let mut at = section.address();
    for (address, Reverse(size), name) in symbols {
        let from = address.clamp(at, end);
        let to = (address + size).clamp(from, end);
        add(rows, rest, from - at);
        add(rows, &row(&name), to - from);
        at = to;
    }
    add(rows, rest, end - at);
}

/// A symbol's name as the sources have it, of either way in which compilers write it.
fn plain(symbol: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol))
}

/// The crate and the module of ours that a name tells of first.
fn ours(name: &str) -> Option<(&str, &str)> {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let word = |text: &'_ str| text.find(|c| !is_letter(c)).unwrap_or(text.len());
    let (at, _) = name.match_indices("sling_").find(|(at, _)| !name[..*at].ends_with(is_letter))?;
    let (krate, rest) = name[at..].split_at(word(&name[at..]));
    let rest = rest.strip_prefix("::").unwrap_or_default();
    Some((krate, &rest[..word(rest)]))
}

/// Whether a name is of the Bluetooth stack or of what drives it.
fn is_bluetooth(name: &str) -> bool {
    // The body, say, has a type of `ble`: it is the body all the same.
    let is_ours = name.trim_start_matches(['<', '&']).starts_with("sling_device::ble::");
    is_ours || OF_BLUETOOTH.iter().any(|it| name.contains(it))
}

/// The row of a function, or of a constant whose name is its own.
fn part(name: &str) -> String {
    if is_bluetooth(name) {
        return BLUETOOTH.to_owned();
    }
    if name.starts_with("OUTLINED_FUNCTION_") {
        return SHARED.to_owned();
    }
    match ours(name) {
        None => LIBRARIES.to_owned(),
        Some(("sling_fonts", _)) => FONTS.to_owned(),
        Some(("sling_device", _)) => DEVICE.to_owned(),
        Some(("sling_core", "ui" | "field" | "draw")) => UI.to_owned(),
        Some(("sling_core", "config" | "input")) => "core: config, input".to_owned(),
        Some(("sling_core", "digest" | "math" | "time" | "units")) => "core: numbers, time".to_owned(),
        Some(("sling_core", module)) => format!("core: {module}"),
        Some((other, _)) => other.to_owned(),
    }
}

/// The row of a constant.
fn constant(name: &str) -> String {
    if ours(name) == Some(("sling_core", "language")) { STRINGS.to_owned() } else { part(name) }
}

/// The row of a static in RAM: the board's large ones are told apart.
fn variable(name: &str) -> String {
    if part(name) != DEVICE {
        return part(name);
    }
    let own = name.rsplit("::").next().unwrap_or_default();
    let row = match own.split('.').next().unwrap_or_default() {
        "HEAD_UNIT" => "head unit",
        "FRAME" => "frame",
        "PANEL" => "panel's lines",
        "BUFFER" => "buffer of the log",
        _ => "device, the rest",
    };
    row.to_owned()
}

/// What the compiler says of itself among the remarks of those who made an image: with its version, who built it, for that one
/// chose its code generator.
fn compiler_of(comment: &[u8]) -> String {
    let remarks = String::from_utf8_lossy(comment);
    remarks.split('\0').find(|remark| remark.starts_with("rustc version")).unwrap_or_default().to_owned()
}

/// `budget.txt`.
#[derive(Debug, PartialEq, Eq)]
pub struct Budget {
    /// Its remarks, with their line ends.
    remarks: String,
    /// What limits were measured with. Another compiler parts the same sources otherwise.
    compiler: String,
    /// What binds whichever compiler it is.
    design: Rows,
    flash: Rows,
    ram: Rows,
}

impl Budget {
    pub fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("board/budget.txt")
    }

    pub fn parse(text: &str) -> Result<Self, String> {
        let mut budget = Self {
            remarks: String::new(),
            compiler: String::new(),
            design: Rows::new(),
            flash: Rows::new(),
            ram: Rows::new(),
        };
        for (at, line) in (1..).zip(text.lines()) {
            if line.starts_with('#') {
                budget.remarks += line;
                budget.remarks += "\n";
                continue;
            }
            let Some((word, rest)) = line.split_once(' ') else {
                if line.is_empty() {
                    continue;
                }
                return Err(format!("line {at}: {line}: a word, a limit in bytes and a name would be right"));
            };
            let rows = match word {
                "compiler" => {
                    rest.clone_into(&mut budget.compiler);
                    continue;
                }
                "design" => &mut budget.design,
                "flash" => &mut budget.flash,
                "ram" => &mut budget.ram,
                _ => return Err(format!("line {at}: {word}: compiler, design, flash or ram would be right")),
            };
            let (limit, name) = rest.trim_start().split_once(' ').unwrap_or((rest, ""));
            let limit = limit.parse().map_err(|_| format!("line {at}: {limit}: a number of bytes would be right"))?;
            if rows.insert(name.to_owned(), limit).is_some() {
                return Err(format!("line {at}: {name} has a limit already"));
            }
        }
        Ok(budget)
    }

    pub fn read() -> Self {
        Self::parse(&fs::read_to_string(Self::path()).unwrap()).unwrap_or_else(|error| panic!("budget.txt, {error}"))
    }

    /// The same with limits for each part of this image, and with no other.
    pub fn accept(self, image: &Image) -> Self {
        let limits = |rows: &Rows| rows.iter().map(|(name, size)| (name.clone(), limit_for(*size))).collect();
        Self { compiler: image.compiler.clone(), flash: limits(&image.flash), ram: limits(&image.ram), ..self }
    }

    /// Whether the limits of parts hold for this image.
    pub fn is_of(&self, image: &Image) -> bool {
        self.compiler == image.compiler
    }

    /// What is beyond the design: of fonts and strings, and of the whole without the radio's stack.
    pub fn beyond_design(&self, image: &Image) -> Vec<String> {
        let whole = |rows: &Rows| Some(rows.iter().filter(|(name, _)| *name != BLUETOOTH).map(|(_, size)| size).sum());
        let bound = [
            ("flash", whole(&image.flash)),
            ("fonts", image.flash.get(FONTS).copied()),
            ("strings", image.flash.get(STRINGS).copied()),
            ("ram", whole(&image.ram)),
        ];
        let taken = bound.into_iter().filter_map(|(name, size)| Some((name.to_owned(), size?)));
        compare("design", &self.design, &taken.collect())
    }

    /// Both tables to read, with their titles.
    pub fn tables(&self, image: &Image) -> [(&'static str, Vec<String>); 2] {
        [("flash", table(&image.flash, &self.flash)), ("static RAM", table(&image.ram, &self.ram))]
    }

    /// Parts that have grown beyond their limits, are new, or are gone.
    pub fn changed(&self, image: &Image) -> Vec<String> {
        [compare("flash", &self.flash, &image.flash), compare("ram", &self.ram, &image.ram)].concat()
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.remarks)?;
        for (word, rows) in [("design", &self.design), ("flash", &self.flash), ("ram", &self.ram)] {
            if word == "flash" {
                writeln!(f, "\ncompiler {}", self.compiler)?;
            }
            writeln!(f)?;
            for (name, limit) in rows {
                writeln!(f, "{word} {limit:6} {name}")?;
            }
        }
        Ok(())
    }
}

/// The limit of a part that takes so much now.
fn limit_for(size: u64) -> u64 {
    (size * (100 + FREE_PER_CENT)).div_ceil(100).next_multiple_of(LIMIT_STEP)
}

fn compare(table: &str, limits: &Rows, rows: &Rows) -> Vec<String> {
    let taken = rows.iter().filter_map(|(name, size)| match limits.get(name) {
        None => Some(format!("{table}: {name} is new with {size} bytes, no limit")),
        Some(limit) if size > limit => Some(format!("{table}: {name} takes {size} bytes of {limit}")),
        Some(_) => None,
    });
    let gone = limits.keys().filter(|name| !rows.contains_key(*name));
    taken.chain(gone.map(|name| format!("{table}: {name} has a limit and is not in the image"))).collect()
}

/// A table to read, the largest first.
fn table(rows: &Rows, limits: &Rows) -> Vec<String> {
    let mut sorted: Vec<_> = rows.iter().collect();
    sorted.sort_by_key(|(name, size)| (Reverse(**size), *name));
    let line = |(name, size): (&String, &u64)| {
        let limit = limits.get(name).map_or("no limit".to_owned(), |limit| format!("of {limit:6}"));
        format!("{size:8} {limit:9}  {name}")
    };
    sorted.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOC: u32 = 2;
    const FUNCTION: u8 = 2;
    const OBJECT: u8 = 1;
    const PROGBITS: u32 = 1;
    const NOBITS: u32 = 8;

    /// A section: name, type, flags, address, size.
    type Section = (&'static str, u32, u32, u32, u32);
    /// A symbol: name, type, number of its section, address, size.
    type Symbol = (&'static str, u8, u16, u32, u32);

    /// An ELF file for ARM with these sections, numbered from 1, after them remarks, symbols and names.
    fn elf(sections: &[Section], remarks: &[u8], symbols: &[Symbol]) -> Vec<u8> {
        const HEADER: usize = 52;
        const ENTRY: u16 = 40;
        let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
        let mut names = vec![0_u8];
        let mut name = |text: &str| {
            let at = names.len() as u32;
            names.extend(text.bytes().chain([0]));
            at
        };
        let mut body = Vec::new();
        let mut headers = vec![0_u8; ENTRY.into()];
        for &(title, kind, flags, address, size) in sections {
            let at = (HEADER + body.len()) as u32;
            headers.extend(words(&[name(title), kind, flags, address, at, size, 0, 0, 4, 0]));
            body.resize(body.len() + if kind == NOBITS { 0 } else { size as usize }, 0xa5);
        }
        let at = (HEADER + body.len()) as u32;
        headers.extend(words(&[name(".comment"), PROGBITS, 0, 0, at, remarks.len() as u32, 0, 0, 1, 0]));
        body.extend(remarks);
        let mut table = vec![0; 16];
        for &(title, kind, section, address, size) in symbols {
            table.extend(words(&[name(title), address, size]));
            table.extend([kind, 0]);
            table.extend(section.to_le_bytes());
        }
        let last = sections.len() as u32 + 3;
        let at = (HEADER + body.len()) as u32;
        headers.extend(words(&[
            name(".symtab"),
            2,
            0,
            0,
            at,
            table.len() as u32,
            last,
            table.len() as u32 / 16,
            4,
            16,
        ]));
        body.extend(table);
        let at = (HEADER + body.len()) as u32;
        let title = name(".strtab");
        headers.extend(words(&[title, 3, 0, 0, at, names.len() as u32, 0, 0, 1, 0]));
        body.extend(names);

        let mut file = b"\x7fELF\x01\x01\x01".to_vec();
        file.resize(16, 0);
        file.extend([2, 0, 40, 0]);
        file.extend(words(&[1, 0, 0, (HEADER + body.len()) as u32, 0]));
        for half in [HEADER as u16, 0, 0, ENTRY, last as u16 + 1, last as u16] {
            file.extend(half.to_le_bytes());
        }
        assert_eq!(file.len(), HEADER);
        [file, body, headers].concat()
    }

    fn rows(rows: &[(&str, u64)]) -> Rows {
        rows.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect()
    }

    #[test]
    fn each_byte_is_in_one_row() {
        let sections = [
            (".vector_table", PROGBITS, ALLOC, 0, 0x40),
            (".text", PROGBITS, ALLOC | 4, 0x40, 0x100),
            (".rodata", PROGBITS, ALLOC, 0x140, 0x80),
            (".data", PROGBITS, ALLOC | 1, 0x2000_0000, 0x10),
            (".bss", NOBITS, ALLOC | 1, 0x2000_0010, 0x60),
            (".uninit", NOBITS, ALLOC | 1, 0x2000_0070, 0x20),
            (".debug", PROGBITS, 0, 0, 0x30),
        ];
        let symbols = [
            ("$t", 0, 2, 0x40, 0),
            // A gap of 4 bytes; two names of one function, whose addresses are odd; one within it; one that lies half in it.
            ("_RNvNtCs1_10sling_core4link4poll", FUNCTION, 2, 0x45, 0x20),
            ("memcpy", FUNCTION, 2, 0x45, 0x18),
            ("_RNvNtCs1_10sling_core2ui4draw", FUNCTION, 2, 0x49, 0x04),
            ("memset", FUNCTION, 2, 0x61, 0x08),
            ("OUTLINED_FUNCTION_7", FUNCTION, 2, 0x69, 0x10),
            // Longer than its section.
            ("_ZN10sling_core4draw4text4wrap17h0123456789abcdefE", FUNCTION, 2, 0x131, 0x40),
            ("_RNvNtCs1_11sling_fonts9generated9TEXT_BITS", OBJECT, 3, 0x141, 0x3),
            ("_RNvNtCs1_10sling_core8language2EN", OBJECT, 3, 0x148, 0x8),
            ("_RNvNtCs1_12sling_device5board5LIMIT", OBJECT, 3, 0x150, 0x8),
            ("_RNvNtCs1_12sling_device5board6BUFFER", OBJECT, 4, 0x2000_0000, 0x10),
            ("_RNvNtCs1_12sling_device5board9HEAD_UNIT", OBJECT, 5, 0x2000_0010, 0x50),
            ("_RNvNtCs1_12sling_device5board6ROUNDS", OBJECT, 6, 0x2000_0070, 0x4),
            ("_RNvNtCs1_8cortex_m10peripheral5TAKEN.0", OBJECT, 6, 0x2000_0074, 0x1),
            // Of no section, of a section that is not loaded.
            ("_stack_start", 0, 0xfff1, 0x2004_0000, 0x40),
            ("_RNvNtCs1_10sling_core4link4info", OBJECT, 7, 0, 0x30),
        ];
        let file = elf(&sections, b"Linker: one\0rustc version 1.99.0 (abc 2030-01-01)\0", &symbols);
        let image = Image::read(&file).unwrap();
        let flash = rows(&[
            (VECTORS, 0x40),
            ("core: link", 0x20),
            (LIBRARIES, 0x4),
            (SHARED, 0x10),
            (UI, 0x10),
            (NAMELESS, 0x100 - 0x44),
            (FONTS, 0x3),
            (DEVICE, 0x8),
            (STRINGS, 0x80 - 0x3 - 0x8),
            (INITIAL, 0x10),
        ]);
        let ram = rows(&[
            ("buffer of the log", 0x10),
            ("head unit", 0x50),
            ("device, the rest", 0x4),
            (LIBRARIES, 0x1),
            (GAPS, 0x10 + 0x1b),
        ]);
        assert_eq!(image.flash, flash);
        assert_eq!(image.ram, ram);
        assert_eq!(image.flash.values().sum::<u64>(), 0x40 + 0x100 + 0x80 + 0x10);
        assert_eq!(image.ram.values().sum::<u64>(), 0x10 + 0x60 + 0x20);
        assert_eq!(image.compiler, "rustc version 1.99.0 (abc 2030-01-01)");
    }

    #[test]
    fn an_image_without_symbols_or_with_another_section_is_seen_in_its_rows() {
        let sections = [
            (".text", PROGBITS, ALLOC | 4, 0, 0x100),
            (".rodata", PROGBITS, ALLOC, 0x100, 0x40),
            (".ARM.exidx", PROGBITS, ALLOC, 0x140, 0x10),
            (".noinit", NOBITS, ALLOC | 1, 0x2000_0000, 0x20),
        ];
        let image = Image::read(&elf(&sections, b"", &[])).unwrap();
        assert_eq!(image.flash, rows(&[(NAMELESS, 0x100), (STRINGS, 0x40), (".ARM.exidx", 0x10)]));
        assert_eq!(image.ram, rows(&[(".ARM.exidx", 0x10), (".noinit", 0x20)]));
        assert!(Image::read(b"\x7fELF").is_err() && Image::read(b"").is_err());
    }

    #[test]
    fn a_symbol_is_of_the_first_of_our_modules_in_its_name() {
        let cases = [
            // As newer compilers write names, and as older ones do.
            ("_RNvNtNtCsg1vIguGGlol_10sling_core2ui6screen5moved", UI),
            ("_RNvXs1_NtNtCsg1vIguGGlol_10sling_core2ui6surveyNtB5_5TableNtNtB9_5field5Field4draw", UI),
            ("_RNvMNtNtCsg1vIguGGlol_10sling_core9head_unit8sessionsNtB4_8HeadUnit3act", "core: head_unit"),
            ("_RNvCs1_11sling_fonts5width", FONTS),
            ("_RNvNtNtCs1_10sling_core7session3lap4over", "core: session"),
            ("_RNvNtCs1_10sling_core4time3now", "core: numbers, time"),
            ("_ZN10sling_core4wire3ant5frame17h0123456789abcdefE", "core: wire"),
            (
                "_ZN74_$LT$sling_core..field..tile..Tile$u20$as$u20$sling_core..field..Field$GT$4draw17h0123456789abcdefE",
                UI,
            ),
            ("_ZN51_$LT$$RF$T$u20$as$u20$sling_core..sensor..Reads$GT$4read17h0123456789abcdefE", "core: sensor"),
            ("_ZN11sling_fonts9generated12TEXT_22_BITS17h0123456789abcdefE", FONTS),
            ("_ZN12sling_device4main17h0123456789abcdefE", DEVICE),
            // A library's function that was made for one of ours, and one that was not.
            ("_RINvNtCs1_4core3ptr13drop_in_placeNtNtCs2_10sling_core4link7AntHostEB4_", "core: link"),
            ("_RNvNtCs3UWEqUjDAG_17compiler_builtins3mem7memmove", LIBRARIES),
            ("_ZN4libm4math4sqrt17h0123456789abcdefE", LIBRARIES),
            ("_RNvNtCs1_10my_sling_x5other4call", LIBRARIES),
            ("Reset", LIBRARIES),
            ("OUTLINED_FUNCTION_12", SHARED),
            // The stack's, of a type of ours and as it is; what drives it; a type that has what drives it.
            (
                "_ZN12trouble_host4host46ControlRunner$LT$sling_device..board..Uart$GT$3run17h0123456789abcdefE",
                BLUETOOTH,
            ),
            ("_ZN6btuuid6uuid1617h0123456789abcdefE", BLUETOOTH),
            ("_ZN12sling_device3ble5alive17h0123456789abcdefE", BLUETOOTH),
            ("_ZN12sling_device4body43Body$LT$sling_device..ble..Ble$LT$6$GT$$GT$4ride17h0123456789abcdefE", DEVICE),
            // A crate that nobody foresaw.
            ("_RNvNtCs1_10sling_maps4tile4draw", "sling_maps"),
        ];
        for (symbol, row) in cases {
            assert_eq!(part(&plain(symbol)), row, "{symbol}: {}", plain(symbol));
        }
        assert_eq!(constant("sling_core::language::table::Say::text::EN"), STRINGS);
        assert_eq!(part("sling_core::language::table::Say::text"), "core: language");
    }

    #[test]
    fn a_part_that_grows_is_new_or_is_gone_is_named() {
        let text = "# A remark.\n\ndesign   1000 flash\ndesign    100 fonts\ndesign    300 strings\ndesign    200 ram\n\n\
            compiler rustc version 1.99.0\n\nflash    640 core: link\nflash    128 fonts\n\nram     64 frame\n";
        let budget = Budget::parse(text).unwrap();
        let image = |flash: &[(&str, u64)], ram: &[(&str, u64)]| Image {
            flash: rows(flash),
            ram: rows(ram),
            compiler: "rustc version 1.99.0".to_owned(),
        };
        let fits = image(&[("core: link", 640), ("fonts", 100), (STRINGS, 260)], &[("frame", 64)]);
        assert!(budget.is_of(&fits));
        assert_eq!(budget.beyond_design(&fits), [] as [&str; 0]);
        assert_eq!(budget.changed(&fits), [format!("flash: {STRINGS} is new with 260 bytes, no limit")]);

        let large = image(&[("core: link", 641), ("fonts", 101), (STRINGS, 301)], &[("frame", 65), ("core: log", 136)]);
        assert_eq!(
            budget.beyond_design(&large),
            [
                "design: flash takes 1043 bytes of 1000",
                "design: fonts takes 101 bytes of 100",
                "design: ram takes 201 bytes of 200",
                "design: strings takes 301 bytes of 300",
            ]
        );
        let changed = budget.changed(&large);
        assert!(changed.contains(&"flash: core: link takes 641 bytes of 640".to_owned()), "{changed:?}");
        assert!(changed.contains(&"ram: frame takes 65 bytes of 64".to_owned()), "{changed:?}");
        assert!(changed.contains(&"ram: core: log is new with 136 bytes, no limit".to_owned()), "{changed:?}");
        assert_eq!(changed.len(), 4);

        let bare = image(&[("core: link", 1)], &[]);
        assert!(budget.changed(&bare).contains(&"flash: fonts has a limit and is not in the image".to_owned()));
        assert_eq!(budget.beyond_design(&bare).len(), 2, "fonts and strings are not found");

        let accepted = budget.accept(&large);
        assert_eq!(accepted.changed(&large), [] as [&str; 0]);
        assert_eq!(accepted.beyond_design(&large).len(), 4, "what is accepted keeps to the design");
        assert_eq!(Budget::parse(&accepted.to_string()).unwrap(), accepted);
        assert!(accepted.to_string().contains("\nflash    704 core: link\n"), "{accepted}");
    }

    #[test]
    fn a_line_of_the_budget_that_means_nothing_is_refused_with_its_number() {
        for (text, error) in [
            ("flash 1 a\nflash 2 a\n", "line 2: a has a limit already"),
            ("flash much a\n", "line 1: much: a number"),
            ("\nrom 1 a\n", "line 2: rom: compiler"),
            ("# a\nflash\n", "line 2: flash: a word"),
        ] {
            let told = Budget::parse(text).unwrap_err();
            assert!(told.starts_with(error), "{told}");
        }
    }
}
