//! Replicas played in one thread: every message is delivered, late or not at all.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use digit_lab::{
    data::DataSet,
    protocol::{Command, Event},
    session::Session,
    spec::DataSource,
    team::{Inbox, Measured, Order, Replica, Team},
};

/// Milliseconds; 100 pass at every look.
pub fn clock() -> f64 {
    thread_local!(static NOW: std::cell::Cell<f64> = const { std::cell::Cell::new(0.0) });
    NOW.set(NOW.get() + 100.0);
    NOW.get()
}

/// A session with so many workers and data.
pub fn session(workers: usize, data: DataSet) -> (Session, Played) {
    let team = Played::default();
    let mut session = Session::with_team(clock, Box::new(team.clone()));
    session.handle(Command::Workers { count: workers });
    session.provide_data(DataSource::Mnist, data);
    (session, team)
}

/// Members in one thread: what they say waits here until it is delivered.
#[derive(Default)]
pub struct Stage {
    pub replicas: Vec<(Replica, Inbox)>,
    pub orders: VecDeque<(usize, Order)>,
    /// What replicas have measured.
    pub measured: VecDeque<Measured>,
    /// How often the session was told of that.
    pub heard: usize,
    /// From, to, what.
    pub packets: VecDeque<(usize, usize, Vec<u32>)>,
    pub restarts: usize,
}

#[derive(Clone, Default)]
pub struct Played(pub Rc<RefCell<Stage>>);

impl Team for Played {
    fn resize(&mut self, members: usize) -> bool {
        let stage = &mut *self.0.borrow_mut();
        let changed = stage.replicas.len() + 1 != members;
        if changed {
            stage.replicas = (1..members).map(|_| Default::default()).collect();
            stage.orders.clear();
            stage.packets.clear();
            // What was on its way may still come.
        }
        changed
    }

    fn size(&self) -> usize {
        self.0.borrow().replicas.len() + 1
    }

    fn memory(&self) -> Vec<u64> {
        (0..self.size()).map(|rank| 1000 + rank as u64).collect()
    }

    fn restart(&mut self) {
        let size = self.size();
        self.0.borrow_mut().restarts += 1;
        self.resize(1);
        self.resize(size);
    }

    fn order(&mut self, rank: usize, order: &Order) {
        self.0.borrow_mut().orders.push_back((rank, order.clone()));
    }

    fn send(&mut self, rank: usize, packet: &[u32]) {
        self.0.borrow_mut().packets.push_back((0, rank, packet.to_vec()));
    }
}

impl Played {
    /// Delivers one message; false when there is none. Which one is up to `draw`; messages of one sender to one member
    /// stay in order, as in a browser.
    pub fn deliver(&self, session: &mut Session, draw: usize) -> bool {
        let mut guard = self.0.borrow_mut();
        let stage = &mut *guard;
        if draw.is_multiple_of(3)
            && let Some(measured) = stage.measured.pop_front()
        {
            stage.heard += 1;
            session.take_measured(measured);
            return true;
        }
        let member = match (
            draw.is_multiple_of(2),
            stage.orders.is_empty(),
            stage.packets.is_empty(),
        ) {
            (_, true, true) => {
                let measured = stage.measured.pop_front();
                let is_there = measured.is_some();
                stage.heard += usize::from(is_there);
                measured
                    .into_iter()
                    .for_each(|measured| session.take_measured(measured));
                return is_there;
            }
            (true, false, _) | (false, false, true) => {
                let (rank, order) = stage.orders.pop_front().unwrap();
                stage.replicas[rank - 1].0.order(order).unwrap();
                rank
            }
            _ => {
                let pick = draw % stage.packets.len();
                let (from, to, _) = stage.packets[pick];
                let first = stage
                    .packets
                    .iter()
                    .position(|(f, t, _)| (*f, *t) == (from, to))
                    .unwrap();
                let (from, to, packet) = stage.packets.remove(first).unwrap();
                match to {
                    0 => session.receive(from, packet),
                    _ => stage.replicas[to - 1].1.put(from, packet),
                }
                to
            }
        };
        if member > 0 {
            let (replica, inbox) = &mut stage.replicas[member - 1];
            let send = |to: usize, packet: &[u32]| stage.packets.push_back((member, to, packet.to_vec()));
            // A step that is not finite ends the run: the session says so.
            let _ = replica.work(inbox, send);
            stage.measured.extend(replica.measure());
        }
        true
    }
}

/// Runs on until nothing moves; messages come in an order that depends on `seed`.
pub fn play(session: &mut Session, team: &Played, seed: usize) -> Vec<Event> {
    let mut events = vec![];
    for turn in 0.. {
        let delivered = team.deliver(
            session,
            seed.wrapping_mul(2_654_435_761).wrapping_add(turn * 40_503) >> 7,
        );
        match session.is_busy() {
            true => events.extend(session.tick()),
            false if !delivered => break,
            false => {}
        }
    }
    events
}
