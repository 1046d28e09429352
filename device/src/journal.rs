//! The flash as a journal of ride logs: blocks are only ever added, and taken away by whole rides, the oldest first.
//!
//! Pages of [`PAGE`] bytes are used round and round, so all of them wear alike. A page is erased just before its first block is
//! written, never trusted to be blank because it looks so: an erasure that lost its power may. Blocks don't cross pages, and
//! a ride begins a page of its own. Nothing else is stored: where to go on follows from the blocks' numbers.
//!
//! **A power cut** leaves a block half written or a page half erased, which may not even show. Both are left alone: whoever is
//! switched on begins a page of its own. **A full flash** ends recording with [`JournalError::Full`]; nothing that is there is touched
//! until somebody releases it. Every block is read back when it is written, and goes to the next page if it does not stand.

use core::fmt;
use embedded_storage_async::nor_flash::NorFlash;
use sling_core::log::ride::{Carried, Entry, Life, MAX_BLOCK, Piece, Pieces, Sealed};
use sling_core::time::Instant;

/// Bytes of a page, which is erased at once.
pub const PAGE: usize = 4096;

/// Why a block was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalError<E> {
    /// There is no page left that holds nothing.
    Full,
    /// What was written could not be read back, at two places.
    Worn,
    /// The flash's geometry does not suit: pages of [`PAGE`] bytes, words of at most four, two pages at least.
    Geometry,
    /// The flash failed.
    Flash(E),
}

impl<E: fmt::Debug> fmt::Display for JournalError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the flash is full: download rides and release them"),
            Self::Worn => f.write_str("the flash does not keep what is written"),
            Self::Geometry => write!(f, "the flash has no pages of {PAGE} bytes and words of at most four"),
            Self::Flash(error) => write!(f, "the flash failed: {error:?}"),
        }
    }
}

impl<E> From<E> for JournalError<E> {
    fn from(error: E) -> Self {
        Self::Flash(error)
    }
}

/// The newest block, from which a ride goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newest {
    /// Its ride.
    pub ride: u16,
    /// Its number.
    pub number: u32,
    /// The time of its last entry.
    pub at: Instant,
    /// The ride was ended: the next one is another.
    pub is_ended: bool,
}

/// A ride that is stored: some pages, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its number.
    pub ride: u16,
    /// Its first page.
    pub first: u32,
    /// How many they are.
    pub pages: u32,
}

/// What a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Contents {
    ride: u16,
    number: u32,
}

impl Contents {
    const fn of(first: &Sealed<'_>) -> Self {
        Self { ride: first.ride, number: first.number }
    }
}

/// A flash with ride logs in it.
pub struct Journal<'a, F> {
    flash: F,
    page: &'a mut [u8; PAGE],
    pages: u32,
    /// The oldest page that holds a block, if any does.
    oldest: Option<u32>,
    /// The page that blocks are written to, and how many of its bytes are.
    current: Option<(u32, usize)>,
    newest: Option<Newest>,
    used: u32,
}

impl<'a, F: NorFlash> Journal<'a, F> {
    /// Finds out what is in a flash. Nothing is written. `page` is where pages are looked at.
    pub async fn open(flash: F, page: &'a mut [u8; PAGE]) -> Result<Self, JournalError<F::Error>> {
        let pages = u32::try_from(flash.capacity() / PAGE).unwrap_or(u32::MAX);
        let fits = |size: usize, whole: usize| size != 0 && whole.is_multiple_of(size);
        if pages < 2 || !fits(F::ERASE_SIZE, PAGE) || !fits(F::WRITE_SIZE, 4) || !fits(F::READ_SIZE, 4) {
            return Err(JournalError::Geometry);
        }
        let mut journal = Self { flash, page, pages, oldest: None, current: None, newest: None, used: 0 };
        journal.look().await?;
        Ok(journal)
    }

    /// The newest block there is.
    pub const fn newest(&self) -> Option<Newest> {
        self.newest
    }

    /// Bytes that there is room for, at least: whole pages that hold nothing.
    pub const fn room(&self) -> u32 {
        (self.pages - self.used) * PAGE as u32
    }

    /// Bytes of the flash.
    pub const fn capacity(&self) -> u32 {
        self.pages * PAGE as u32
    }

    /// Gives the flash back.
    pub fn into_flash(self) -> F {
        self.flash
    }

    /// The next block begins a page of its own: a new ride does.
    pub const fn turn_page(&mut self) {
        if let Some((_, used)) = &mut self.current {
            *used = PAGE;
        }
    }

    /// Stores a block. When this returns, it is kept.
    pub async fn append(&mut self, block: &Sealed<'_>) -> Result<(), JournalError<F::Error>> {
        for _ in 0..2 {
            let (page, used) = match self.current {
                Some((page, used)) if used + block.bytes.len() <= PAGE => (page, used),
                _ => (self.next_page().await?, 0),
            };
            // Whatever comes of it, these bytes are no longer blank.
            self.current = Some((page, used + block.bytes.len()));
            let offset = page * PAGE as u32 + used as u32;
            self.flash.write(offset, block.bytes).await?;
            if self.stands(offset, block.bytes).await? {
                self.oldest = self.oldest.or(Some(page));
                self.newest = Some(newest(self.newest, block));
                return Ok(());
            }
            self.turn_page();
        }
        Err(JournalError::Worn)
    }

    /// The rides that are stored, from number `from` on, each with its pages, oldest first.
    pub async fn rides<const N: usize>(&mut self, from: u16) -> Result<heapless::Vec<Stored, N>, F::Error> {
        let mut rides = heapless::Vec::<Stored, N>::new();
        let Some(oldest) = self.oldest else { return Ok(rides) };
        for i in 0..self.pages {
            let page = (oldest + i) % self.pages;
            let Some(Contents { ride, .. }) = self.contents(page).await?.filter(|contents| contents.ride >= from)
            else {
                continue;
            };
            match rides.last_mut() {
                Some(last) if last.ride == ride => last.pages += 1,
                _ => {
                    if rides.push(Stored { ride, first: page, pages: 1 }).is_err() {
                        break;
                    }
                }
            }
        }
        Ok(rides)
    }

    /// Reads what stands `offset` bytes after the beginning of a ride's first page; how many bytes those are, none after its
    /// last page. What was never written is 0xFF.
    pub async fn read_at(&mut self, stored: &Stored, offset: u32, bytes: &mut [u8]) -> Result<usize, F::Error> {
        let end = stored.pages * PAGE as u32;
        let in_page = offset % PAGE as u32;
        let length = bytes.len().min((end.saturating_sub(offset)).min(PAGE as u32 - in_page) as usize);
        let page = (stored.first + offset / PAGE as u32) % self.pages;
        self.flash.read(page * PAGE as u32 + in_page, bytes.get_mut(..length).unwrap_or_default()).await?;
        Ok(length)
    }

    /// The next block of a ride from `offset` on, in `bytes`; how long it is. `offset` is then after it. 0 after the last.
    pub async fn next_block(
        &mut self,
        stored: &Stored,
        offset: &mut u32,
        bytes: &mut [u8; MAX_BLOCK],
    ) -> Result<usize, F::Error> {
        loop {
            let read = self.read_at(stored, *offset, bytes).await?;
            if read == 0 {
                return Ok(0);
            }
            let read = bytes.get(..read).unwrap_or_default();
            if let Some(block) = Sealed::read(read) {
                *offset += block.bytes.len() as u32;
                return Ok(block.bytes.len());
            }
            // Nothing is written after what is blank.
            let is_blank = read.iter().all(|&byte| byte == 0xFF);
            *offset = if is_blank { (*offset / PAGE as u32 + 1) * PAGE as u32 } else { *offset + 4 };
        }
    }

    /// Gives the bytes of every page of a ride, or of all, from the oldest on: blocks, and what is damaged between them. With the
    /// header before them they are a ride log's file.
    pub async fn read<X: From<F::Error>>(
        &mut self,
        ride: Option<u16>,
        mut take: impl AsyncFnMut(&[u8]) -> Result<(), X>,
    ) -> Result<(), X> {
        let Some(oldest) = self.oldest else { return Ok(()) };
        for i in 0..self.pages {
            let page = (oldest + i) % self.pages;
            self.load(page, PAGE).await?;
            let Written { first, end, .. } = Written::of(self.page, None);
            if first.is_some_and(|first| ride.is_none_or(|ride| ride == first.ride)) {
                take(self.page.get(..end).unwrap_or_default()).await?;
            }
        }
        Ok(())
    }

    /// Frees the pages of all rides up to and with `ride`, the oldest first, but never those of the ride that is being written.
    /// After a power cut the rest can be freed in the same way.
    pub async fn release(&mut self, ride: u16) -> Result<(), JournalError<F::Error>> {
        let Some(oldest) = self.oldest else { return Ok(()) };
        for i in 0..self.pages {
            let page = (oldest + i) % self.pages;
            let newest = self.newest.filter(|newest| !newest.is_ended).map(|newest| newest.ride);
            let is_kept = |it: u16| it > ride || newest == Some(it);
            match self.contents(page).await? {
                Some(contents) if is_kept(contents.ride) => break,
                Some(_) => self.erase(page).await?,
                None => {}
            }
        }
        self.look().await
    }

    /// Finds the oldest and the newest page, and where the newest ends.
    async fn look(&mut self) -> Result<(), JournalError<F::Error>> {
        // Numbers of first blocks, with their pages.
        let mut first: Option<(u32, u32)> = None;
        let mut last = None;
        self.used = 0;
        for page in 0..self.pages {
            if let Some(Contents { number, .. }) = self.contents(page).await? {
                self.used += 1;
                first = first.filter(|(least, _)| *least < number).or(Some((number, page)));
                last = last.filter(|(most, _): &(u32, u32)| *most > number).or(Some((number, page)));
            }
        }
        self.oldest = first.map(|(_, page)| page);
        self.newest = None;
        let Some((_, page)) = last else {
            return Ok(());
        };
        // With the page before it: the newest may hold no more than a piece of the input log.
        for page in [(page + self.pages - 1) % self.pages, page] {
            self.load(page, PAGE).await?;
            self.newest = Written::of(self.page, self.newest).newest;
        }
        self.current = self.current.or(Some((page, PAGE)));
        Ok(())
    }

    /// The next page of the round, erased, if it holds nothing.
    async fn next_page(&mut self) -> Result<u32, JournalError<F::Error>> {
        let page = self.current.map_or(0, |(page, _)| (page + 1) % self.pages);
        if self.contents(page).await?.is_some() {
            return Err(JournalError::Full);
        }
        self.erase(page).await?;
        self.used += 1;
        Ok(page)
    }

    async fn erase(&mut self, page: u32) -> Result<(), F::Error> {
        self.flash.erase(page * PAGE as u32, (page + 1) * PAGE as u32).await
    }

    async fn load(&mut self, page: u32, length: usize) -> Result<(), F::Error> {
        let bytes = self.page.get_mut(..length).unwrap_or_default();
        self.flash.read(page * PAGE as u32, bytes).await
    }

    /// The first block of a page, if it holds one.
    async fn contents(&mut self, page: u32) -> Result<Option<Contents>, F::Error> {
        // Nearly always it is the first thing there: no need to read all of the page.
        self.load(page, MAX_BLOCK).await?;
        if let Some(block) = Sealed::read(self.page.get(..MAX_BLOCK).unwrap_or_default()) {
            return Ok(Some(Contents::of(&block)));
        }
        self.load(page, PAGE).await?;
        let is_blank = self.page.iter().all(|&byte| byte == 0xFF);
        Ok(if is_blank { None } else { Written::of(self.page, None).first })
    }

    /// Whether the flash holds `bytes` at `offset`.
    async fn stands(&mut self, offset: u32, bytes: &[u8]) -> Result<bool, F::Error> {
        let read = self.page.get_mut(..bytes.len()).unwrap_or_default();
        self.flash.read(offset, read).await?;
        Ok(read == bytes)
    }
}

/// The newest of what was stored, with this block after it.
fn newest(before: Option<Newest>, block: &Sealed<'_>) -> Newest {
    let before = before.filter(|before| before.ride == block.ride).map_or(Instant::ZERO, |before| before.at);
    let last = block.entries().last();
    // A piece of the input log may begin before the block of the ride that is stored before it ends.
    let at = last.as_ref().map(|(at, _)| *at).or(Carried::read(block).map(|piece| piece.first));
    Newest {
        ride: block.ride,
        number: block.number,
        at: at.unwrap_or(Instant::ZERO).max(before),
        is_ended: matches!(last, Some((_, Entry::Life(Life::Ended)))),
    }
}

/// What was written to a page.
#[derive(Default)]
struct Written {
    first: Option<Contents>,
    newest: Option<Newest>,
    /// Where all ends that is not blank, and the last block.
    end: usize,
}

impl Written {
    /// What is on this page, after what was newest before it.
    fn of(page: &[u8; PAGE], before: Option<Newest>) -> Self {
        let (mut written, mut offset) = (Self { newest: before, ..Self::default() }, 0);
        for piece in Pieces::new(page) {
            match piece {
                Piece::Block(block) => {
                    written.first = written.first.or(Some(Contents::of(&block)));
                    written.newest = Some(newest(written.newest, &block));
                    offset += block.bytes.len();
                    written.end = offset;
                }
                Piece::Damage(damage) => offset += damage.length,
            }
        }
        let end = page.iter().rposition(|&byte| byte != 0xFF).map_or(0, |last| last + 1);
        written.end = end.max(written.end);
        written
    }
}
