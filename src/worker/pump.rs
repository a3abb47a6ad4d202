//! A loop that gives way to incoming messages: each turn is a message to itself.
//!
//! Not a timer, which background tabs slow down; not a microtask, which would starve the messages of the page.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

/// Calls a function turn by turn for as long as it returns true.
pub struct Pump {
    channel: MessageChannel,
    scheduled: Rc<Cell<bool>>,
    _on_message: Closure<dyn Fn()>,
}

impl Pump {
    /// `turn` does a bounded piece of work and returns whether there is more.
    pub fn new(turn: impl Fn() -> bool + 'static) -> Self {
        let channel = MessageChannel::new().expect("workers have MessageChannel");
        let scheduled = Rc::new(Cell::new(false));
        let on_message = {
            let (scheduled, sender) = (Rc::clone(&scheduled), channel.port2());
            Closure::<dyn Fn()>::new(move || {
                scheduled.set(false);
                if turn() && !scheduled.replace(true) {
                    send(&sender);
                }
            })
        };
        channel.port1().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Self {
            channel,
            scheduled,
            _on_message: on_message,
        }
    }

    /// Begins to turn, if it does not turn already.
    pub fn start(&self) {
        if !self.scheduled.replace(true) {
            send(&self.channel.port2());
        }
    }
}

/// Keeps a worker awake while it waits for another one, which is never long: a core that falls asleep takes longer to
/// wake up than a message to arrive.
#[derive(Default)]
pub struct Vigil {
    since: Cell<f64>,
    awaited: Cell<Option<(usize, usize)>>,
}

impl Vigil {
    /// How long it lasts, in milliseconds.
    const LENGTH: f64 = 0.5;

    /// True until the worker has waited for so long for the same step. Where there are more workers than cores, the one
    /// that is waited for needs the core.
    pub fn goes_on(&self, awaited: Option<(usize, usize)>) -> bool {
        let now = super::now();
        if self.awaited.replace(awaited) != awaited {
            self.since.set(now);
        }
        let has_core = |workers| workers as f64 <= super::scope().navigator().hardware_concurrency();
        awaited.is_some_and(|(_, workers)| has_core(workers)) && now - self.since.get() < Self::LENGTH
    }
}

fn send(port: &web_sys::MessagePort) {
    // Fails only for data that cannot be cloned.
    let _ = port.post_message(&JsValue::NULL);
}
