//! The replicas of a session's worker: workers of its own, and a port between every two members that swap sums.
//!
//! A message to a replica is one `ArrayBuffer` with one [`Order`], or a list of ranks with a port for each; one from it
//! is one `ArrayBuffer` with one [`Word`]. A message on a port is one `ArrayBuffer` with one packet.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Array, ArrayBuffer, Uint8Array, Uint32Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, Event, MessageChannel, MessageEvent, MessagePort, Worker};

use crate::{
    protocol,
    team::{Measured, Order, Team},
};

/// What a replica tells the session's worker.
#[derive(Serialize, Deserialize)]
pub enum Word {
    /// It runs and listens.
    Ready,
    /// Its memory has grown to so many bytes.
    Memory(u64),
    /// It has measured some images.
    Measured(Measured),
    /// It cannot go on, for this reason.
    Failed(String),
}

/// What comes from the other members.
pub enum News {
    /// All have started.
    Complete,
    /// A packet from the member of that rank.
    Packet(usize, Vec<u32>),
    /// A replica has measured some images.
    Measured(Measured),
    /// One has ended, for this reason.
    Ended(String),
}

/// How often replicas may fail to start before none is tried any more.
const ATTEMPTS: usize = 3;

/// A team of workers.
pub struct Workers {
    hear: Rc<dyn Fn(News)>,
    replicas: Vec<Replica>,
    ready: Rc<Cell<usize>>,
    ports: Ports,
    failures: usize,
}

struct Replica {
    worker: Worker,
    memory: Rc<Cell<u64>>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(Event)>,
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

impl Workers {
    /// No replica yet; `hear` is told what comes from them.
    pub fn new(hear: impl Fn(News) + 'static) -> Self {
        let hear: Rc<dyn Fn(News)> = Rc::new(hear);
        Self {
            ports: Ports::new(Rc::clone(&hear)),
            hear,
            replicas: vec![],
            ready: Rc::default(),
            failures: 0,
        }
    }

    fn start(&mut self, members: usize) {
        self.ready = Rc::default();
        self.ports.close();
        self.replicas = (1..members).filter_map(|_| self.start_replica(members)).collect();
        if self.replicas.len() + 1 < members {
            self.replicas.clear();
        }
        let channels: Vec<Vec<(usize, MessagePort)>> = channels(self.replicas.len() + 1);
        for (rank, ports) in channels.into_iter().enumerate() {
            match rank {
                0 => ports
                    .into_iter()
                    .for_each(|(partner, port)| self.ports.add(partner, port)),
                _ => introduce(&self.replicas[rank - 1].worker, &ports),
            }
        }
    }

    fn start_replica(&self, members: usize) -> Option<Replica> {
        let scope = super::scope();
        let location = scope.location();
        let worker = Worker::new(&format!("{}{}&replica=1", location.pathname(), location.search())).ok()?;
        let (hear, ready) = (Rc::clone(&self.hear), Rc::clone(&self.ready));
        let memory = Rc::<Cell<u64>>::default();
        let memory_told = Rc::clone(&memory);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let bytes = Uint8Array::new(&event.data()).to_vec();
            match protocol::decode(&bytes) {
                Ok(Word::Ready) => {
                    ready.set(ready.get() + 1);
                    if ready.get() + 1 == members {
                        hear(News::Complete);
                    }
                }
                Ok(Word::Memory(bytes)) => memory_told.set(bytes),
                Ok(Word::Measured(measured)) => hear(News::Measured(measured)),
                Ok(Word::Failed(reason)) => hear(News::Ended(reason)),
                Err(error) => hear(News::Ended(error.to_string())),
            }
        });
        let hear = Rc::clone(&self.hear);
        let on_error = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            event.prevent_default();
            let reason = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message);
            hear(News::Ended(reason.unwrap_or_else(|| "it could not be loaded".into())));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Replica {
            worker,
            memory,
            _on_message: on_message,
            _on_error: on_error,
        })
    }
}

impl Team for Workers {
    fn resize(&mut self, members: usize) -> bool {
        let changed = self.replicas.len() + 1 != members && self.failures < ATTEMPTS;
        if changed {
            self.start(members);
        }
        changed
    }

    fn size(&self) -> usize {
        match self.ready.get() == self.replicas.len() {
            true => self.replicas.len() + 1,
            false => 1,
        }
    }

    fn restart(&mut self) {
        self.failures += 1;
        let members = self.replicas.len() + 1;
        self.start(if self.failures < ATTEMPTS { members } else { 1 });
    }

    fn memory(&self) -> Vec<u64> {
        let others = self.replicas.iter().map(|replica| replica.memory.get());
        std::iter::once(super::memory_bytes()).chain(others).collect()
    }

    fn order(&mut self, rank: usize, order: &Order) {
        if let Some(replica) = self.replicas.get(rank - 1) {
            let buffer: ArrayBuffer = Uint8Array::from(protocol::encode(order).as_slice()).buffer();
            // Fails only for what cannot be transferred; a fresh buffer can.
            let _ = replica.worker.post_message_with_transfer(&buffer, &Array::of1(&buffer));
        }
    }

    fn send(&mut self, rank: usize, packet: &[u32]) {
        self.ports.send(rank, packet);
    }
}

/// A channel between every two members whose ranks differ in one bit: for each member, partners and ports.
fn channels(members: usize) -> Vec<Vec<(usize, MessagePort)>> {
    let mut ports: Vec<Vec<(usize, MessagePort)>> = (0..members).map(|_| vec![]).collect();
    for a in 0..members {
        for b in (a + 1..members).filter(|b| (a ^ b).is_power_of_two()) {
            let channel = MessageChannel::new().expect("workers have MessageChannel");
            ports[a].push((b, channel.port1()));
            ports[b].push((a, channel.port2()));
        }
    }
    ports
}

/// Gives a replica its ports.
fn introduce(replica: &Worker, ports: &[(usize, MessagePort)]) {
    let ranks: Array = ports.iter().map(|(rank, _)| JsValue::from(*rank as u32)).collect();
    let transfer: Array = ports.iter().map(|(_, port)| port).collect();
    // Fails only for what cannot be transferred; a fresh port can.
    let _ = replica.post_message_with_transfer(&ranks, &transfer);
}

/// To the member of that rank.
struct Port {
    rank: usize,
    port: MessagePort,
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

impl Drop for Port {
    fn drop(&mut self) {
        self.port.close();
    }
}

/// A member's ports to those that it swaps sums with.
pub struct Ports {
    hear: Rc<dyn Fn(News)>,
    ports: Vec<Port>,
    /// Buffers that have arrived and were read: those of the next packets.
    spare: Rc<RefCell<Vec<ArrayBuffer>>>,
}

impl Ports {
    /// No port yet; `hear` is told what arrives.
    pub fn new(hear: Rc<dyn Fn(News)>) -> Self {
        Self {
            hear,
            ports: vec![],
            spare: Rc::default(),
        }
    }

    /// The port to the member of that rank.
    pub fn add(&mut self, rank: usize, port: MessagePort) {
        let (hear, spare) = (Rc::clone(&self.hear), Rc::clone(&self.spare));
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() else {
                return;
            };
            let packet = Uint32Array::new(&buffer).to_vec();
            spare.borrow_mut().push(buffer);
            hear(News::Packet(rank, packet));
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        self.ports.push(Port {
            rank,
            port,
            _on_message: on_message,
        });
    }

    /// The ranks and ports of an introduction.
    pub fn add_all(&mut self, message: &MessageEvent) {
        self.close();
        let ranks = Array::from(&message.data());
        for (rank, port) in ranks.iter().zip(message.ports().iter()) {
            self.add(rank.as_f64().unwrap_or(0.0) as usize, port.unchecked_into());
        }
    }

    /// Sends a packet.
    pub fn send(&self, rank: usize, packet: &[u32]) {
        let Some(Port { port, .. }) = self.ports.iter().find(|port| port.rank == rank) else {
            return;
        };
        let spare = self.spare.borrow_mut().pop();
        let buffer = spare
            .filter(|buffer| buffer.byte_length() as usize == packet.len() * 4)
            .unwrap_or_else(|| ArrayBuffer::new(packet.len() as u32 * 4));
        Uint32Array::new(&buffer).copy_from(packet);
        // Fails only for what cannot be transferred; a buffer of one's own can.
        let _ = port.post_message_with_transferable(&buffer, &Array::of1(&buffer));
    }

    /// Closes every port.
    pub fn close(&mut self) {
        self.ports.clear();
        self.spare.borrow_mut().clear();
    }
}
