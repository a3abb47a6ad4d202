//! The browser glue of a [`Replica`]: orders and packets in, packets out.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;

use super::{
    memory_bytes,
    pump::{Pump, Vigil},
    scope,
    team::{News, Ports, Word},
};
use crate::{
    protocol,
    team::{Inbox, Replica},
};

struct Host {
    replica: RefCell<Replica>,
    inbox: RefCell<Inbox>,
    ports: RefCell<Ports>,
    pump: Pump,
    vigil: Vigil,
    /// As the session's worker knows it.
    memory: Cell<u64>,
}

/// Starts a replica: listens for orders and says that it is ready.
pub fn start() {
    std::panic::set_hook(Box::new(report_panic));
    let host = Rc::new_cyclic(|host: &std::rc::Weak<Host>| {
        let (host, sleepless) = (host.clone(), host.clone());
        let hear = move |news| {
            if let (Some(host), News::Packet(rank, packet)) = (host.upgrade(), news) {
                host.inbox.borrow_mut().put(rank, packet);
                host.go_on();
            }
        };
        Host {
            replica: RefCell::default(),
            inbox: RefCell::default(),
            ports: RefCell::new(Ports::new(Rc::new(hear))),
            pump: Pump::new(move || sleepless.upgrade().is_some_and(|host| host.work())),
            vigil: Vigil::default(),
            memory: Cell::new(0),
        }
    });
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| host.receive(&message));
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    tell(&Word::Ready);
}

/// Tells the session's worker of a panic, and nobody else: what is not caught would end that worker on the page too.
fn report_panic(info: &std::panic::PanicHookInfo) {
    console_error_panic_hook::hook(info);
    let handled = Closure::<dyn Fn() -> bool>::new(|| true).into_js_value();
    scope().set_onerror(Some(handled.unchecked_ref()));
    tell(&Word::Failed(info.to_string()));
}

impl Host {
    fn receive(&self, message: &MessageEvent) {
        let Ok(buffer) = message.data().dyn_into::<ArrayBuffer>() else {
            return self.ports.borrow_mut().add_all(message);
        };
        let order = protocol::decode(&Uint8Array::new(&buffer).to_vec()).map_err(|error| error.to_string());
        let done = order.and_then(|order| {
            self.replica
                .borrow_mut()
                .order(order)
                .map_err(|error| error.to_string())
        });
        match done {
            Ok(()) => self.go_on(),
            Err(reason) => tell(&Word::Failed(reason)),
        }
    }

    fn go_on(&self) {
        if self.work() {
            self.pump.start();
        }
    }

    /// Works until it has to wait; true while it should stay awake for what it waits for.
    fn work(&self) -> bool {
        let ports = self.ports.borrow();
        let send = |rank: usize, packet: &[u32]| ports.send(rank, packet);
        // A step that would spoil the weights ends the run, which is the session's to say.
        let mut replica = self.replica.borrow_mut();
        let _ = replica.work(&mut self.inbox.borrow_mut(), send);
        let memory = memory_bytes();
        if self.memory.replace(memory) != memory {
            tell(&Word::Memory(memory));
        }
        let measured = replica.measure().map(Word::Measured);
        measured.iter().for_each(tell);
        // There may be more.
        self.vigil.goes_on(replica.awaits()) || measured.is_some()
    }
}

fn tell(word: &Word) {
    let buffer: ArrayBuffer = Uint8Array::from(protocol::encode(word).as_slice()).buffer();
    // Fails only for what cannot be transferred; a fresh buffer can.
    let _ = scope().post_message_with_transfer(&buffer, &Array::of1(&buffer));
}
