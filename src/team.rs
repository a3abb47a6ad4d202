//! Data-parallel training: several workers share every batch, and each keeps weights of its own.
//!
//! Member 0 is the session's: it alone holds the images, and hands the others ([`Replica`]s) their part of each batch as
//! bytes. Every member computes the gradient of its shares, then all swap sums with a partner, round by round, until
//! each holds the whole sum; all apply the same update. The sums are those of [`train`](crate::train)'s binary
//! tree, cut where the members meet, so that the weights are the same bits for any number of members. A member can
//! therefore come or go between any two steps.

use std::{collections::VecDeque, ops::Range};

use serde::{Deserialize, Serialize};

use crate::{
    data::ImageSet,
    fault::Fault,
    nn::metrics::Sums,
    spec::{ModelSpec, TrainConfig},
    train::{Evaluated, SHARES, Task, TrainError, Trainer, TrainerState},
};

/// The most members that are of use among so many cores: a power of two.
pub fn members(cores: usize) -> usize {
    1 << cores.clamp(1, SHARES).ilog2()
}

/// What member 0 tells a replica.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Order {
    /// Train this run from here on.
    Join(Box<Join>),
    /// Take part in these steps, one after the other.
    Steps(Vec<Task>),
    /// Measure the model on these images.
    Measure(Box<Slice>),
    /// Die on purpose, so that recovery can be tested for real.
    Crash(Fault),
}

/// All that a replica needs to go on where member 0 is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Join {
    /// Counts the teams up: what an earlier one said is not heard.
    pub generation: u32,
    /// The replica's place among the members.
    pub rank: usize,
    /// Members, all told.
    pub size: usize,
    /// The model.
    pub model: ModelSpec,
    /// How it is trained.
    pub config: TrainConfig,
    /// Where it is.
    pub state: TrainerState,
}

/// Images for a replica to measure the model on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// The evaluation's.
    pub number: u32,
    /// After so many steps, neither before nor after.
    pub global_step: usize,
    /// The place of the first among all that are measured.
    pub first: usize,
    /// The images.
    pub images: ImageSet,
}

/// What a replica has measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Of the replica's team.
    pub generation: u32,
    /// The evaluation's, as in the [`Slice`].
    pub number: u32,
    /// As in the [`Slice`].
    pub first: usize,
    /// What came of it.
    pub evaluated: Evaluated,
}

/// Ways to the other members, and their life.
pub trait Team {
    /// How many members there should be from the next step on: a power of two. True when the members of before are gone.
    fn resize(&mut self, members: usize) -> bool;

    /// How many members are there: 1 until all others have started.
    fn size(&self) -> usize;

    /// Ends all other members and starts new ones.
    fn restart(&mut self);

    /// Bytes that each member's program has as its memory, this one's first; none where that is not known.
    fn memory(&self) -> Vec<u64> {
        vec![]
    }

    /// Tells a replica what to do.
    fn order(&mut self, rank: usize, order: &Order);

    /// Sends a packet to a member.
    fn send(&mut self, rank: usize, packet: &[u32]);
}

/// A team of one.
#[derive(Debug, Default)]
pub struct Solo;

impl Team for Solo {
    fn resize(&mut self, _: usize) -> bool {
        false
    }

    fn size(&self) -> usize {
        1
    }

    fn restart(&mut self) {}

    fn order(&mut self, _: usize, _: &Order) {}

    fn send(&mut self, _: usize, _: &[u32]) {}
}

/// Packets that have arrived, by sender and oldest first.
#[derive(Debug, Default)]
pub struct Inbox([VecDeque<Vec<u32>>; SHARES]);

impl Inbox {
    /// Keeps a packet from the member of that rank; what is no packet is thrown away.
    pub fn put(&mut self, rank: usize, packet: Vec<u32>) {
        if rank < SHARES && packet.len() > HEAD {
            self.0[rank].push_back(packet);
        }
    }

    /// The packet that a member waits for, if it is there. Those of earlier teams and steps are thrown away, later ones
    /// stay: a partner can be ahead, and hear of a new team first.
    pub fn take(&mut self, member: &Member) -> Option<Vec<u32>> {
        let queue = &mut self.0[member.partner()?];
        let wanted = place(&member.packet);
        while queue.front().is_some_and(|packet| place(packet) < wanted) {
            queue.pop_front();
        }
        queue.pop_front_if(|packet| place(packet) == wanted && packet.len() == member.packet.len())
    }

    /// Whether [`Self::take`] has something.
    pub fn has(&self, member: &Member) -> bool {
        let wanted = place(&member.packet);
        member
            .partner()
            .is_some_and(|partner| self.0[partner].iter().any(|packet| place(packet) == wanted))
    }
}

/// Generation and step of a packet.
fn place(packet: &[u32]) -> (u32, u32) {
    (packet[0], packet[1])
}

/// The shares of a member's part of every batch.
pub fn shares_of(rank: usize, size: usize) -> Range<usize> {
    rank * SHARES / size..(rank + 1) * SHARES / size
}

/// One member's part in summing the gradients of a step.
///
/// In round `r` it swaps its sum with the member whose rank differs in bit `r`: after the last round all hold the same
/// sum (recursive doubling: Thakur, Rabenseifner and Gropp, 2005, doi:10.1177/1094342005051521).
#[derive(Debug)]
pub struct Member {
    rank: usize,
    size: usize,
    generation: u32,
    round: u32,
    /// What is sent: [`HEAD`] words, then the gradient.
    packet: Vec<u32>,
}

/// Generation and step, then loss (two words), right answers and images of every share.
const HEAD: usize = 2 + SHARES * 4;

impl Member {
    /// A member that computes everything.
    pub fn solo() -> Self {
        Self::new(0, 1, 0)
    }

    /// The member of that rank among `size`.
    pub fn new(rank: usize, size: usize, generation: u32) -> Self {
        Self {
            rank,
            size,
            generation,
            round: 0,
            packet: vec![],
        }
    }

    /// Members of the team.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Counts the teams up.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Computes the gradient of this member's shares of a batch.
    pub fn compute(&mut self, trainer: &mut Trainer, task: &Task) {
        let shares = shares_of(self.rank, self.size);
        self.packet.resize(HEAD + trainer.model().param_count(), 0);
        let (head, gradient) = self.packet.split_at_mut(HEAD);
        let sums = trainer.compute(task, shares, bytemuck::cast_slice_mut(gradient));
        head[..2].copy_from_slice(&[self.generation, task.global_step as u32]);
        for (words, sums) in head[2..].chunks_exact_mut(4).zip(sums) {
            write_sums(words, sums);
        }
        self.round = 0;
    }

    /// Whom to swap sums with next; none when the sum is whole.
    pub fn partner(&self) -> Option<usize> {
        let bit = 1 << self.round;
        (bit < self.size).then_some(self.rank ^ bit)
    }

    /// What the partner is to be sent.
    pub fn packet(&self) -> &[u32] {
        &self.packet
    }

    /// Adds the partner's sum, as [`Inbox::take`] gave it.
    pub fn merge(&mut self, other: &[u32]) {
        let Some(partner) = self.partner() else { return };
        // The partner's group: as many neighbours as have met so far.
        let first = partner >> self.round << self.round;
        let shares = shares_of(first, self.size).start..shares_of(first + (1 << self.round) - 1, self.size).end;
        let words = 2 + shares.start * 4..2 + shares.end * 4;
        self.packet[words.clone()].copy_from_slice(&other[words]);
        let sum: &mut [f32] = bytemuck::cast_slice_mut(&mut self.packet[HEAD..]);
        for (sum, &x) in sum.iter_mut().zip(bytemuck::cast_slice::<u32, f32>(&other[HEAD..])) {
            *sum += x;
        }
        self.round += 1;
    }

    /// The gradient of the last step that was computed, once there was one; only this member's part of it while a partner
    /// is left.
    pub fn gradient(&self) -> Option<&[f32]> {
        self.packet.get(HEAD..).map(bytemuck::cast_slice)
    }

    /// The gradient of the batch, and the sums of its shares, added in their order. Call it when no partner is left.
    pub fn result(&self) -> (&[f32], Sums) {
        let (head, gradient) = self.packet.split_at(HEAD);
        let sums = head[2..].chunks_exact(4).map(read_sums).sum();
        (bytemuck::cast_slice(gradient), sums)
    }
}

fn write_sums(words: &mut [u32], sums: Sums) {
    let loss = sums.loss.to_bits();
    words.copy_from_slice(&[
        loss as u32,
        (loss >> 32) as u32,
        sums.correct as u32,
        sums.images as u32,
    ]);
}

fn read_sums(words: &[u32]) -> Sums {
    Sums {
        loss: f64::from_bits(u64::from(words[1]) << 32 | u64::from(words[0])),
        correct: words[2] as usize,
        images: words[3] as usize,
    }
}

/// A member that follows orders. Its host gives it what arrives and sends what it says.
#[derive(Default)]
pub struct Replica {
    run: Option<(Trainer, Member)>,
    /// Steps handed over and not begun, oldest first.
    tasks: VecDeque<Task>,
    /// Images to be measured, oldest first.
    slices: VecDeque<Slice>,
    /// Whether a step waits for packets.
    under_way: bool,
}

impl Replica {
    /// Takes an order.
    ///
    /// # Errors
    /// When the run cannot be joined.
    pub fn order(&mut self, order: Order) -> Result<(), TrainError> {
        match order {
            Order::Steps(tasks) => self.tasks.extend(tasks),
            Order::Measure(slice) => self.slices.push_back(*slice),
            Order::Crash(fault) => fault.strike(),
            Order::Join(join) => {
                self.tasks.clear();
                self.slices.clear();
                self.under_way = false;
                // Before the next one: a program never gives memory back.
                self.run = None;
                let member = Member::new(join.rank, join.size, join.generation);
                let trainer = Trainer::resume(&join.model, &join.config, join.state)?;
                self.run = Some((trainer, member));
            }
        }
        Ok(())
    }

    /// The step that waits for other members, if one does, and how many members there are.
    pub fn awaits(&self) -> Option<(usize, usize)> {
        let (trainer, member) = self.run.as_ref().filter(|_| self.under_way)?;
        Some((trainer.global_step(), member.size()))
    }

    /// Measures the next images that are for the weights as they are now; those for earlier ones are thrown away, as the
    /// session has gone on without them, and those for later ones stay.
    pub fn measure(&mut self) -> Option<Measured> {
        let (trainer, member) = self.run.as_mut()?;
        let now = trainer.global_step();
        while self.slices.front().is_some_and(|slice| slice.global_step < now) {
            self.slices.pop_front();
        }
        let Slice {
            number, first, images, ..
        } = self.slices.pop_front_if(|slice| slice.global_step == now)?;
        Some(Measured {
            generation: member.generation(),
            number,
            first,
            evaluated: Evaluated::of(trainer.evaluated_mut(), &images, 0..images.len()),
        })
    }

    /// Works until it waits for a packet or an order.
    ///
    /// # Errors
    /// When an update would spoil the weights: the session finds the same and ends the run.
    pub fn work(&mut self, inbox: &mut Inbox, mut send: impl FnMut(usize, &[u32])) -> Result<(), TrainError> {
        let Some((trainer, member)) = &mut self.run else {
            return Ok(());
        };
        loop {
            if !self.under_way {
                let Some(task) = self.tasks.pop_front() else {
                    return Ok(());
                };
                member.compute(trainer, &task);
                member.partner().inspect(|&partner| send(partner, member.packet()));
                self.under_way = true;
            }
            while member.partner().is_some() {
                let Some(packet) = inbox.take(member) else {
                    return Ok(());
                };
                member.merge(&packet);
                member.partner().inspect(|&partner| send(partner, member.packet()));
            }
            self.under_way = false;
            let (gradient, sums) = member.result();
            trainer.apply(gradient, sums)?;
        }
    }
}
