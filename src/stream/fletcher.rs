//! Fletcher-4 over a stream that arrives in pieces of any length, in two interleaved lanes.
//!
//! Lane 0 sums the words 0, 2, 4, …, lane 1 the words 1, 3, 5, …; [`Fletcher4::value`] puts them together. LLVM makes SSE2
//! or NEON of two-element arrays, which is about one and a half times the speed of the plain loop; wider arrays are
//! slower than that loop. All sums are modulo 2^64 (`module/zcommon/zfs_fletcher.c` of OpenZFS).

use super::record::Order;

/// The four sums a, b, c, d, in the order in which a stream stores them.
pub type Sums = [u64; 4];

type Lanes = [u64; 2];

/// The running checksum since the last BEGIN record.
#[derive(Default)]
pub struct Fletcher4 {
    order: Order,
    lanes: [Lanes; 4],
    /// Bytes that do not yet make a word for each lane.
    carry: [u8; 8],
    carried: usize,
    /// The checksum of all that came before, and how many bytes have come since.
    before: Sums,
    taken_bytes: u64,
}

impl Fletcher4 {
    /// The checksum of no bytes; words will be read in `order`.
    pub fn new(order: Order) -> Self {
        Self {
            order,
            ..Self::default()
        }
    }

    /// The checksum of bytes that have this one, to be gone on with.
    pub fn behind(order: Order, before: Sums) -> Self {
        Self {
            before,
            ..Self::new(order)
        }
    }

    /// Appends `bytes`.
    pub fn absorb(&mut self, mut bytes: &[u8]) {
        self.taken_bytes = self.taken_bytes.wrapping_add(bytes.len() as u64);
        while self.carried > 0
            && let Some((&first, rest)) = bytes.split_first()
        {
            self.push(first);
            bytes = rest;
        }
        let (pairs, rest) = bytes.as_chunks();
        self.run(pairs);
        rest.iter().for_each(|&byte| self.push(byte));
    }

    /// The checksum of what was absorbed, which must be whole words.
    pub fn value(&self) -> Sums {
        let [a, b, c, d] = self.of_taken();
        let [e, f, g, h] = carried(self.before, self.taken_bytes / 4);
        let plus = u64::wrapping_add;
        [plus(a, e), plus(b, f), plus(c, g), plus(d, h)]
    }

    fn of_taken(&self) -> Sums {
        let [[a0, a1], [b0, b1], [c0, c1], [d0, d1]] = self.lanes;
        let a = a0.wrapping_add(a1);
        let b = twice(b0.wrapping_add(b1)).wrapping_sub(a1);
        let c = twice(twice(c0.wrapping_add(c1)))
            .wrapping_sub(b0.wrapping_add(b1))
            .wrapping_sub(twice(b1));
        let d = twice(twice(twice(d0.wrapping_add(d1))))
            .wrapping_sub(twice(twice(c0.wrapping_add(twice(c1)))))
            .wrapping_add(b1);
        match self.carry {
            [w0, w1, w2, w3, ..] if self.carried == 4 => {
                let a = a.wrapping_add(self.word([w0, w1, w2, w3]));
                let b = b.wrapping_add(a);
                let c = c.wrapping_add(b);
                [a, b, c, d.wrapping_add(c)]
            }
            _ => [a, b, c, d],
        }
    }

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.carry.get_mut(self.carried) {
            *slot = byte;
            self.carried += 1;
        }
        if self.carried == self.carry.len() {
            self.carried = 0;
            self.run(&[self.carry]);
        }
    }

    fn word(&self, bytes: [u8; 4]) -> u64 {
        self.order.u32(bytes).into()
    }

    fn run(&mut self, pairs: &[[u8; 8]]) {
        self.lanes = match self.order {
            Order::Little => summed(self.lanes, pairs, u32::from_le_bytes),
            Order::Big => summed(self.lanes, pairs, u32::from_be_bytes),
        };
    }
}

/// The loop that the speed of the whole check hangs on.
fn summed(lanes: [Lanes; 4], pairs: &[[u8; 8]], word: impl Fn([u8; 4]) -> u32) -> [Lanes; 4] {
    let [mut a, mut b, mut c, mut d] = lanes;
    for &[p, q, r, s, t, u, v, w] in pairs {
        a = plus(a, [word([p, q, r, s]).into(), word([t, u, v, w]).into()]);
        b = plus(b, a);
        c = plus(c, b);
        d = plus(d, c);
    }
    [a, b, c, d]
}

/// What becomes of a checksum when so many words follow that are all 0; what they really are comes on top.
fn carried([a, b, c, d]: Sums, words: u64) -> Sums {
    // The numbers of ways to choose 1, 2 and 3 of them with repetition: n, n(n+1)/2, n(n+1)(n+2)/6. They are divided before
    // they are multiplied, as the product is kept modulo 2^64 only.
    let [n, n1, n2] = [0, 1, 2].map(|more| u128::from(words) + more);
    let low = |number: u128| number as u64;
    let pairs = n * n1 / 2;
    let triples = match pairs % 3 {
        0 => low(pairs / 3).wrapping_mul(low(n2)),
        _ => low(pairs).wrapping_mul(low(n2 / 3)),
    };
    let [by, plus] = [u64::wrapping_mul, u64::wrapping_add];
    let b1 = plus(b, by(words, a));
    let c1 = plus(plus(c, by(words, b)), by(low(pairs), a));
    let d1 = plus(plus(d, by(words, c)), by(low(pairs), b));
    [a, b1, c1, plus(d1, by(triples, a))]
}

fn plus([x0, x1]: Lanes, [y0, y1]: Lanes) -> Lanes {
    [x0.wrapping_add(y0), x1.wrapping_add(y1)]
}

fn twice(sum: u64) -> u64 {
    sum.wrapping_mul(2)
}

#[cfg(test)]
mod tests {
    use super::super::build::{noise, oracle};
    use super::*;

    #[test]
    fn agrees_with_the_scalar_definition() {
        let bytes = noise(4096 + 4);
        for order in [Order::Little, Order::Big] {
            for words in (0..64).chain([1023, 1024, 1025]) {
                let bytes = &bytes[..words * 4];
                let mut sum = Fletcher4::new(order);
                sum.absorb(bytes);
                assert_eq!(sum.value(), oracle(bytes, order), "{words} words {order:?}");
            }
        }
    }

    #[test]
    fn pieces_of_any_length_make_the_same_sum() {
        let bytes = noise(1000);
        for piece_bytes in 1..=33 {
            let mut sum = Fletcher4::new(Order::Big);
            bytes.chunks(piece_bytes).for_each(|p| sum.absorb(p));
            assert_eq!(sum.value(), oracle(&bytes, Order::Big), "{piece_bytes}");
        }
    }

    #[test]
    fn goes_on_behind_any_word() {
        for bytes in [noise(4000), vec![0xff; 400_000]] {
            let whole = oracle(&bytes, Order::Big);
            for words in (0..40).chain([997, 1000]) {
                let (first, rest) = bytes.split_at(words * 4);
                let mut sum = Fletcher4::behind(Order::Big, oracle(first, Order::Big));
                rest.chunks(333).for_each(|piece| sum.absorb(piece));
                assert_eq!(sum.value(), whole, "{words}");
            }
        }
    }

    #[test]
    fn sums_wrap_around_at_64_bits() {
        let bytes = vec![0xff; 1 << 20];
        let mut sum = Fletcher4::new(Order::Little);
        sum.absorb(&bytes);
        assert_eq!(sum.value(), oracle(&bytes, Order::Little));
    }
}
