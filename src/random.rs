//! Random numbers that are the same on every machine: one seed, and a stream of its own for every purpose.

use rand::Rng;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// What random numbers are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// The initial weights.
    Weights,
    /// The order of the images of an epoch, counted from 0.
    Order(usize),
    /// How a training image is bent in an epoch, counted from 0.
    Augmentation {
        /// The epoch, from 0.
        epoch: usize,
        /// The image's place in the set.
        image: u32,
    },
    /// What a layer leaves out of a training image in an epoch, counted from 0.
    Dropout {
        /// The layer's place in the model, from 0.
        layer: usize,
        /// The epoch, from 0.
        epoch: usize,
        /// The image's place in the set.
        image: u32,
    },
}

/// The generator of a seed for a purpose. Any epoch's can be made at any time, so that a run can go on anywhere.
pub fn generator(seed: u64, stream: Stream) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    if let Stream::Dropout { layer, .. } = stream {
        key[8..16].copy_from_slice(&(1 + layer as u64).to_le_bytes());
    }
    let mut rng = ChaCha8Rng::from_seed(key);
    // Of a run with fewer than 2^31 epochs and a set of fewer than 2^32 images.
    let of_image = |epoch: usize, image: u32| (epoch as u64) << 32 | u64::from(image);
    rng.set_stream(match stream {
        Stream::Weights => 0,
        Stream::Order(epoch) => 1 + epoch as u64,
        // Above all orders.
        Stream::Augmentation { epoch, image } => 1 << 63 | of_image(epoch, image),
        // Under a key of its own.
        Stream::Dropout { epoch, image, .. } => of_image(epoch, image),
    });
    rng
}

/// The order of an epoch: every index below `count` once.
pub fn epoch_order(seed: u64, epoch: usize, count: usize) -> Vec<u32> {
    let mut rng = generator(seed, Stream::Order(epoch));
    let mut order: Vec<u32> = (0..count as u32).collect();
    // Fisher and Yates. In u32, not usize: 32-bit WebAssembly must draw what a 64-bit machine draws.
    for i in (1..count).rev() {
        let j = below(&mut rng, i as u32 + 1);
        order.swap(i, j as usize);
    }
    order
}

/// An even random number below `bound`: Lemire's multiplication, with the few uneven draws thrown away.
fn below(rng: &mut impl Rng, bound: u32) -> u32 {
    let uneven = bound.wrapping_neg() % bound;
    loop {
        let product = u64::from(rng.next_u32()) * u64::from(bound);
        if product as u32 >= uneven {
            return (product >> 32) as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_holds_every_image_once_and_depends_on_seed_and_epoch_alone() {
        let order = epoch_order(1, 0, 1000);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..1000));
        assert_eq!(order, epoch_order(1, 0, 1000));
        assert_ne!(order, epoch_order(1, 1, 1000));
        assert_ne!(order, epoch_order(2, 0, 1000));
        assert!(epoch_order(1, 0, 0).is_empty());
    }

    #[test]
    fn numbers_below_a_bound_are_even() {
        let mut rng = generator(3, Stream::Weights);
        let mut counts = [0; 3];
        for _ in 0..30_000 {
            counts[below(&mut rng, 3) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (9_700..10_300).contains(count)), "{counts:?}");
    }
}
