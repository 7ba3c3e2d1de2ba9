//! What the memory oracle sees of accesses, and what its deltas stand for.
//!
//! Only pages count. A delta is not stated in pages but as a *code*: which part of the recent past goes on. That way one
//! number says any distance that was seen before, exactly.

use super::shapes::*;
use crate::abi::{HISTORY_AHEAD, HISTORY_SIZE, HISTORY_STALLED, HISTORY_STORES, ORACLE_HISTORY};

/// Bits of a page's number: addresses have 56 bits, the top byte is ignored.
const PAGE_MASK: i64 = (1 << 44) - 1;

/// An access that missed a lane's translation cache or was the first to write to its page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OracleEvent {
    pub address: u64,
    /// Low word of the instruction's address.
    pub pc: u32,
    /// Bits 0 to 2: log2 of its bytes; 3: it stores; 4: the lane copied the page; 5: it found the page copied ahead.
    pub kind: u32,
}

impl OracleEvent {
    /// Number of its page.
    pub fn page(&self) -> i64 {
        (self.address >> 12) as i64 & PAGE_MASK
    }

    /// Whether it was the first to write to its page.
    pub fn is_fresh(&self) -> bool {
        self.kind & (HISTORY_STALLED | HISTORY_AHEAD) != 0
    }

    /// From the four words of a trace: address (low, high), instruction, kind.
    pub fn from_words([low, high, pc, kind]: [u32; 4]) -> Self {
        Self { address: u64::from(low) | u64::from(high) << 32, pc, kind }
    }

    /// The four words of a trace.
    pub fn to_words(&self) -> [u32; 4] {
        [self.address as u32, (self.address >> 32) as u32, self.pc, self.kind]
    }
}

/// The last [`ORACLE_HISTORY`] of `events`: as much as the oracle remembers.
pub(super) fn remembered(events: &[OracleEvent]) -> &[OracleEvent] {
    &events[events.len().saturating_sub(ORACLE_HISTORY as usize)..]
}

/// Pages from one event to another; 0 where they are too far apart.
fn near(from: &OracleEvent, to: &OracleEvent) -> i64 {
    // Numbers of pages wrap at 44 bits, so that the sign stands above them.
    let distance = (to.page() - from.page()) << 20 >> 20;
    if distance.abs() <= i64::from(ORACLE_NEAR) { distance } else { 0 }
}

/// What events lead to: the page that each code stands for.
#[derive(Clone, Debug)]
pub struct OracleCandidates<'a> {
    /// The oldest first.
    events: &'a [OracleEvent],
    /// Of the instructions of these events, those that came last first: the last event, the one before of the same
    /// instruction.
    ranks: Vec<(usize, Option<usize>)>,
}

impl<'a> OracleCandidates<'a> {
    /// Of the last of these events.
    pub fn new(events: &'a [OracleEvent]) -> Self {
        let events = remembered(events);
        let mut ranks: Vec<(usize, Option<usize>)> = Vec::new();
        for (at, event) in events.iter().enumerate().rev() {
            match ranks.iter().position(|(last, _)| events[*last].pc == event.pc) {
                Some(rank) => ranks[rank].1 = ranks[rank].1.or(Some(at)),
                None if ranks.len() < ORACLE_CODES as usize => ranks.push((at, None)),
                None => {}
            }
        }
        Self { events, ranks }
    }

    /// The page that `code`, from -8 to 8, gives for the `ahead`th event from now, from 1 on. Code 0 goes on from page to
    /// page. A positive code is a rank among instructions, and goes on with that instruction's stride, as often as it is
    /// due by then. A negative one is a period after which the pages themselves repeat. There is none where the history
    /// is too short.
    pub fn page(&self, ahead: usize, code: i32) -> Option<i64> {
        let newest = self.events.len().checked_sub(1)?;
        let from = |at: usize, pages: i64| Some((self.events[at].page() + pages) & PAGE_MASK);
        if code == 0 {
            return from(newest, ahead as i64);
        }
        if code < 0 {
            let period = code.unsigned_abs() as usize;
            return from(newest.checked_sub((period - ahead % period) % period)?, 0);
        }
        let (last, before) = *self.ranks.get(code as usize - 1)?;
        let Some(before) = before else {
            return from(last, ahead as i64);
        };
        let (gap, due) = (last - before, newest + ahead - last);
        let times = ((2 * due + gap) / (2 * gap)).max(1);
        from(last, near(&self.events[before], &self.events[last]) * times as i64)
    }

    /// The code that is meant by an output of the delta head.
    pub fn code(output: f64) -> i32 {
        let most = f64::from(ORACLE_CODES);
        (output.clamp(-most, most) + most + 0.5).floor() as i32 - ORACLE_CODES as i32
    }
}

/// The features of the last of these events, of which there is one at least:
///
/// 0, 1. the way from the event before, in pages: `sign * log2(1 + distance) / 8`; 1 or -1 if it is one page;
/// 2, 3. whether it stores; whether it is the first to write to its page;
/// 4, 5. the way from the last event of the same instruction, as 0; how many events ago that was, an eighth;
/// 6, 7. the smallest positive code that would have foretold the page, a quarter; the smallest period likewise; or 0;
/// 8, 9. log2 of the bytes, a third; where it lies in the page, from 0 to 1.
pub fn oracle_features(events: &[OracleEvent]) -> [f32; ORACLE_FEATURES as usize] {
    let events = remembered(events);
    let Some((event, past)) = events.split_last() else {
        return [0.0; ORACLE_FEATURES as usize];
    };
    let size = |pages: i64| (pages.signum() as f64 * (1.0 + pages.abs() as f64).log2() / 8.0) as f32;
    let flag = |is: bool| f32::from(u8::from(is));
    let step = past.last().map_or(0, |before| near(before, event));
    let same = past.iter().rposition(|other| other.pc == event.pc);
    let candidates = OracleCandidates::new(past);
    let most = ORACLE_CODES as i32;
    let code = |sign: i32| (1..=most).find(|n| candidates.page(1, sign * n) == Some(event.page())).unwrap_or(0);
    [
        size(step),
        if step.abs() == 1 { step as f32 } else { 0.0 },
        flag(event.kind & HISTORY_STORES != 0),
        flag(event.is_fresh()),
        size(same.map_or(0, |at| near(&past[at], event))),
        same.map_or(0, |at| past.len() - at) as f32 / 8.0,
        code(1) as f32 / 4.0,
        code(-1) as f32 / 4.0,
        (event.kind & HISTORY_SIZE) as f32 / 3.0,
        (event.address & 4095) as f32 / 4096.0,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(page: u64, pc: u32) -> OracleEvent {
        OracleEvent { address: page << 12 | 0x10, pc, kind: 3 }
    }

    #[test]
    fn codes_stand_for_pages() {
        // Two walks by turns, of strides 2 and -1.
        let events: Vec<_> = (0..4).flat_map(|n| [event(100 + 2 * n, 4), event(900 - n, 8)]).collect();
        let candidates = OracleCandidates::new(&events);
        let pages = |code: i32| (1..=4).map(|ahead| candidates.page(ahead, code).unwrap()).collect::<Vec<_>>();
        assert_eq!(pages(0), [898, 899, 900, 901]);
        assert_eq!(pages(2)[..3], [108, 110, 110]);
        assert_eq!(pages(1)[1..], [896, 895, 895]);
        assert_eq!(pages(-1), [897; 4]);
        assert_eq!(pages(-2), [106, 897, 106, 897]);
        assert_eq!(pages(-3), [898, 106, 897, 898]);
        assert_eq!(candidates.page(1, 3), None);
        assert_eq!(OracleCandidates::new(&events[..2]).page(1, -3), None);
        assert_eq!(OracleCandidates::new(&[]).page(1, 0), None);
        assert_eq!([-9.0, -8.4, -0.4, 0.4, 0.6, 7.6].map(OracleCandidates::code), [-8, -8, 0, 0, 1, 8]);
    }

    #[test]
    fn features_are_as_described() {
        let mut events: Vec<_> = (0..3).flat_map(|n| [event(100 + 2 * n, 4), event(900 - n, 8)]).collect();
        events[5].kind |= HISTORY_STORES | HISTORY_AHEAD;
        let found = oracle_features(&events);
        let ahead = ((898.0f64 - 104.0 + 1.0).log2() / 8.0) as f32;
        assert_eq!(found, [ahead, 0.0, 1.0, 1.0, -0.125, 0.25, 0.5, 0.0, 1.0, 0.00390625]);
        assert_eq!(oracle_features(&[]), [0.0; 10]);
    }

    /// The top byte is ignored, and what is too far away is no stride.
    #[test]
    fn far_pages_are_no_stride() {
        let tagged = OracleEvent { address: 0xab00_0000_0000_5000, ..OracleEvent::default() };
        assert_eq!(tagged.page(), 5);
        let events = [event(1, 4), event(1 << 30, 4)];
        assert_eq!(OracleCandidates::new(&events).page(1, 1), Some(1 << 30));
        assert_eq!(oracle_features(&events)[0], 0.0);
        // From the lowest page to the highest it is one page back.
        let events = [event(0, 4), OracleEvent { address: 0x00ff_ffff_ffff_f000, pc: 4, kind: 0 }];
        assert_eq!(OracleCandidates::new(&events).page(1, 1), Some(PAGE_MASK - 1));
    }
}
