//! Faults on purpose, so that recovery can be tested for real.

use serde::{Deserialize, Serialize};

/// What a worker is to die of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// A panic.
    Panic,
    /// A loop without end.
    Loop,
    /// No memory is left.
    Memory,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Panic, Self::Loop, Self::Memory];

    /// The name that tests ask by.
    pub fn id(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Loop => "loop",
            Self::Memory => "memory",
        }
    }

    /// Dies of it.
    pub fn strike(self) -> ! {
        match self {
            Self::Panic => panic!("the page asked for a crash"),
            Self::Loop => loop {
                std::hint::spin_loop();
            },
            Self::Memory => loop {
                const PIECE: usize = 64 << 20;
                std::mem::forget(std::hint::black_box(Vec::<u8>::with_capacity(PIECE)));
            },
        }
    }
}
