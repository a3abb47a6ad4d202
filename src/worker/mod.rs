//! The browser glue of a [`Session`]: messages in and out, a loop that yields, and fetches.
//!
//! One message to the worker is one `ArrayBuffer` with one [`Command`], or an array of `File`s, which the worker reads
//! itself and makes a [`Command::Import`] of, or an array of a [`Command`] and the `File` that belongs into it; one message to the page is one `ArrayBuffer` with a `Vec<Event>`: all that
//! happened since the last one.

mod fetch;
mod pump;
mod replica;
mod team;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

use crate::protocol::{self, BUILD, Command, Event, Failure, FailureKind, FileCommand, FileEvent, SimdTier};
use crate::session::Session;
use crate::spec::{DataSource, MAX_MODEL_BYTES};
use pump::{Pump, Vigil};
use team::{News, Workers};

/// A worker's session, its loop, and what is on its way.
struct Worker {
    session: RefCell<Session>,
    pump: Pump,
    vigil: Vigil,
    /// The data sets that are being fetched.
    fetching: RefCell<Vec<DataSource>>,
    /// Counts the user's imports and what stops them: only the last one goes on.
    imports: Cell<u32>,
    outbox: RefCell<Outbox>,
}

/// What happened while it worked, and was not yet told: a message a step would cost as much as a layer.
#[derive(Default)]
struct Outbox {
    events: Vec<Event>,
    posted: f64,
}

/// How long the outbox may keep what it has.
const KEEP_MS: f64 = 150.0;

/// Starts what the address asks for: the session's worker, or a replica of it.
pub fn start() {
    if scope().location().search().contains("replica=1") {
        replica::start();
    } else {
        start_session();
    }
}

/// Listens for commands, says that it is ready and loads the shipped model.
fn start_session() {
    std::panic::set_hook(Box::new(report_panic));
    let worker = Rc::new_cyclic(|worker: &std::rc::Weak<Worker>| {
        let (worker, member) = (worker.clone(), worker.clone());
        let team = Workers::new(move |news| {
            if let Some(worker) = member.upgrade() {
                worker.hear(news);
            }
        });
        Worker {
            session: RefCell::new(Session::with_team(now, Box::new(team))),
            pump: Pump::new(move || worker.upgrade().is_some_and(|worker| worker.work())),
            vigil: Vigil::default(),
            fetching: RefCell::default(),
            imports: Cell::default(),
            outbox: RefCell::default(),
        }
    });
    listen(Rc::clone(&worker));
    post(&[Event::Ready {
        build: BUILD.into(),
        simd_tier: tier(),
    }]);
    if !scope().location().search().contains("pretrained=0") {
        spawn_local(async move { worker.load_pretrained().await });
    }
}

impl Worker {
    fn handle(self: &Rc<Self>, command: Command) {
        match &command {
            Command::LoadData { source } => self.fetch(*source),
            Command::StopImport => self.imports.set(self.imports.get() + 1),
            _ => {}
        }
        let events = self.session.borrow_mut().handle(command);
        self.tell(&events);
    }

    /// What comes from the other members. A packet is worked on in the next turn: commands that have come before it go
    /// first, and need not wait for another step.
    fn hear(&self, news: News) {
        match news {
            // They take part from the next step on, or somebody waits for them.
            News::Complete => self.tell(&[]),
            News::Packet(rank, packet) => {
                self.session.borrow_mut().receive(rank, packet);
                self.pump.start();
            }
            News::Measured(measured) => self.session.borrow_mut().take_measured(measured),
            News::Ended(reason) => {
                let events = self.session.borrow_mut().worker_ended(&reason);
                self.tell(&events);
            }
        }
    }

    /// Works for a while; true while there is more to do.
    fn work(&self) -> bool {
        /// Long enough that turns cost nothing beside steps of tiny models, short enough that who draws waits for no
        /// second step of a larger one.
        const TURN_MS: f64 = 4.0;
        let start = now();
        let mut session = self.session.borrow_mut();
        let outbox = &mut *self.outbox.borrow_mut();
        while session.is_busy() && now() - start < TURN_MS {
            outbox.events.extend(session.tick());
        }
        // Whoever waits for the last event of a run, or for a pause, need not wait for this one too.
        let urgent = |event: &Event| !matches!(event, Event::Batch { .. });
        if now() - outbox.posted > KEEP_MS || outbox.events.last().is_some_and(urgent) {
            outbox.post();
        }
        let busy = session.is_busy();
        self.vigil.goes_on(session.awaits()) || busy
    }

    /// Posts the events and goes on with the work that they may have begun.
    fn tell(&self, events: &[Event]) {
        self.outbox.borrow_mut().post();
        post(events);
        if self.session.borrow().is_busy() {
            self.pump.start();
        }
    }

    async fn load_pretrained(&self) {
        let events = match fetch::model("model/pretrained.bin").await {
            Ok(file) => self.session.borrow_mut().provide_pretrained(&file),
            Err(message) => vec![failed(
                FailureKind::Pretrained,
                format!("The shipped model did not load: {message}"),
            )],
        };
        self.tell(&events);
        let events = match fetch::model("model/gate.bin").await {
            Ok(file) => self.session.borrow_mut().provide_gate(&file),
            Err(message) => vec![failed(
                FailureKind::Pretrained,
                format!(
                    "The network that tells digits from other drawings did not load: {message}. Every drawing gets a digit."
                ),
            )],
        };
        self.tell(&events);
    }

    /// Fetches a data set, unless it is there or on its way.
    fn fetch(self: &Rc<Self>, source: DataSource) {
        if self.fetching.borrow().contains(&source) || !self.session.borrow().needs_data(source) {
            return;
        }
        self.fetching.borrow_mut().push(source);
        let worker = Rc::clone(self);
        spawn_local(async move { worker.load_data(source).await });
    }

    async fn load_data(&self, source: DataSource) {
        let tell = |loaded, total| post(&[Event::DataProgress { source, loaded, total }]);
        let result = fetch::data_set(source, tell).await;
        self.fetching.borrow_mut().retain(|other| *other != source);
        let mut session = self.session.borrow_mut();
        let events = match result {
            Ok(data) => session.provide_data(source, data),
            Err(message) => session.data_failed(source, message).into_iter().collect(),
        };
        drop(session);
        self.tell(&events);
    }

    /// Reads a model's file, and carries out the command that it belongs to.
    async fn load_model(self: &Rc<Self>, command: &ArrayBuffer, file: File) {
        let Ok(Command::File(FileCommand::Load { model, .. })) = protocol::decode(&Uint8Array::new(command).to_vec())
        else {
            return;
        };
        match fetch::own_file(file, MAX_MODEL_BYTES).await {
            Ok(file) => self.handle(Command::File(FileCommand::Load { file, model })),
            Err(message) => self.tell(&[Event::File(FileEvent::Refused { message })]),
        }
    }

    /// Reads the user's files; those chosen before them, and not yet read, are forgotten.
    async fn import(self: &Rc<Self>, files: Array) {
        let number = self.imports.get() + 1;
        self.imports.set(number);
        let files = fetch::own_files(&files).await;
        if self.imports.get() != number {
            return;
        }
        match files {
            Ok(files) => self.handle(Command::Import { files }),
            Err(message) => post(&[Event::ImportEnded, failed(FailureKind::Import, message)]),
        }
    }
}

impl Outbox {
    fn post(&mut self) {
        post(&self.events);
        self.events.clear();
        self.posted = now();
    }
}

fn listen(worker: Rc<Worker>) {
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        if let Ok(files) = message.data().dyn_into::<Array>() {
            let worker = Rc::clone(&worker);
            return match files.get(0).dyn_into::<ArrayBuffer>() {
                Ok(command) => {
                    let file = files.get(1).unchecked_into();
                    spawn_local(async move { worker.load_model(&command, file).await });
                }
                Err(_) => spawn_local(async move { worker.import(files).await }),
            };
        }
        let bytes = Uint8Array::new(&message.data()).to_vec();
        match protocol::decode(&bytes) {
            Ok(command) => worker.handle(command),
            Err(error) => post(&[failed(
                FailureKind::Request,
                format!("The worker got a message it cannot read: {error}"),
            )]),
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
}

fn post(events: &[Event]) {
    if events.is_empty() {
        return;
    }
    let buffer: ArrayBuffer = Uint8Array::from(protocol::encode(&events).as_slice()).buffer();
    let transfer = js_sys::Array::of1(&buffer);
    // Fails only for what cannot be transferred; a fresh buffer can.
    let _ = scope().post_message_with_transfer(&buffer, &transfer);
}

/// Tells the page of a panic before the program ends: afterwards nothing of it can be trusted to run.
fn report_panic(info: &std::panic::PanicHookInfo) {
    console_error_panic_hook::hook(info);
    post(&[failed(FailureKind::Worker, format!("The worker crashed: {info}"))]);
}

fn failed(kind: FailureKind, message: String) -> Event {
    Event::Failed(Failure { kind, message })
}

fn tier() -> SimdTier {
    if cfg!(relaxed_simd) {
        SimdTier::Relaxed
    } else if cfg!(target_feature = "simd128") {
        SimdTier::Simd128
    } else {
        SimdTier::Scalar
    }
}

/// How much memory this program has; it never gives any back.
fn memory_bytes() -> u64 {
    const PAGE: u64 = 65_536;
    core::arch::wasm32::memory_size(0) as u64 * PAGE
}

fn now() -> f64 {
    scope().performance().map_or(0.0, |performance| performance.now())
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
