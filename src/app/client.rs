//! The worker as the page sees it: commands out, events in, and a watch over whether it is alive.

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
    time::Duration,
};

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ErrorEvent, File, MessageEvent, Worker};

use super::browser::hidden;
use crate::{
    protocol::{BUILD, Command, Event, Failure, FailureKind, FileCommand, OwnFile, decode, encode},
    spec::ModelSpec,
};

/// How often to call [`Client::tick`].
pub const TICK: Duration = Duration::from_millis(500);

/// So many ticks may pass without a word of the worker, which is asked at each: the report then comes well within five
/// seconds. Ticks are counted, not time: while a page sleeps there are none, and its worker may sleep, too.
const PATIENCE: u32 = 6;

/// The same of a page that is hidden: its worker comes last on a busy machine.
const HIDDEN_PATIENCE: u32 = 10;

/// How many ticks a worker may take to start before the page says so: half a minute.
const START: u32 = 60;

/// What comes from the worker or is found out about it.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// It says something.
    Event(Event),
    /// It has ended, with this reason, and was taken away.
    Ended(String),
    /// It is silent and was taken away.
    Silent,
    /// It takes long to start.
    Slow,
    /// It comes from other sources than the page, and was taken away.
    OtherBuild,
}

/// What a worker is sent.
enum Message {
    Command(Command),
    /// The user's files, which the worker reads: nothing of them is copied here.
    Files(Vec<File>),
    /// A model's file, which the worker reads, and the command that it goes with.
    Model(Command, File),
}

/// The way to the worker.
pub struct Client {
    url: String,
    hear: Box<dyn Fn(Heard)>,
    link: RefCell<Link>,
    on_message: Closure<dyn Fn(MessageEvent)>,
    on_error: Closure<dyn Fn(web_sys::Event)>,
}

#[derive(Default)]
struct Link {
    worker: Option<Worker>,
    ready: bool,
    /// Messages before the worker is ready: it would lose them.
    queue: Vec<Message>,
    /// Ticks since it was heard.
    waited: u32,
}

impl Client {
    /// A client of the worker at `url` (relative to the document), not yet started, that tells `hear` what it hears.
    pub fn new(url: String, hear: impl Fn(Heard) + 'static) -> Rc<Self> {
        Rc::new_cyclic(|me: &Weak<Self>| {
            let (message, error) = (me.clone(), me.clone());
            Self {
                url,
                hear: Box::new(hear),
                link: RefCell::default(),
                on_message: Closure::new(move |event: MessageEvent| {
                    if let Some(client) = message.upgrade() {
                        client.receive(&event);
                    }
                }),
                on_error: Closure::new(move |event: web_sys::Event| {
                    if let Some(client) = error.upgrade() {
                        client.end(Heard::Ended(reason(&event)));
                    }
                }),
            }
        })
    }

    /// Starts a new worker in place of the old one, if there is one.
    pub fn start(&self) {
        self.take_away();
        let worker = match Worker::new(&self.url) {
            Ok(worker) => worker,
            Err(error) => return self.end(Heard::Ended(format!("{error:?}"))),
        };
        worker.set_onmessage(Some(self.on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(self.on_error.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(self.on_error.as_ref().unchecked_ref()));
        *self.link.borrow_mut() = Link {
            worker: Some(worker),
            ..Link::default()
        };
    }

    /// Sends a command, or keeps it until the worker is ready.
    pub fn send(&self, command: Command) {
        self.send_message(Message::Command(command));
    }

    /// Sends files to be read and imported.
    pub fn send_files(&self, files: Vec<File>) {
        self.send_message(Message::Files(files));
    }

    /// Sends a model's file to be read; what is not in it is the weights of `model`.
    pub fn send_model(&self, file: File, model: ModelSpec) {
        let named = OwnFile {
            name: file.name(),
            bytes: vec![],
        };
        let command = Command::File(FileCommand::Load { file: named, model });
        self.send_message(Message::Model(command, file));
    }

    fn send_message(&self, message: Message) {
        let mut link = self.link.borrow_mut();
        match (&link.worker, link.ready) {
            (Some(worker), true) => post(worker, &message),
            (Some(_), false) => link.queue.push(message),
            (None, _) => {}
        }
    }

    /// Ends the worker.
    pub fn stop(&self) {
        self.take_away();
    }

    /// To be called every [`TICK`]: asks for a sign of life, and judges the silence.
    pub fn tick(&self) {
        if let Some(heard) = self.judge() {
            match heard {
                Heard::Slow => (self.hear)(heard),
                _ => self.end(heard),
            }
        }
    }

    fn judge(&self) -> Option<Heard> {
        let link = &mut *self.link.borrow_mut();
        let worker = link.worker.as_ref()?;
        link.waited += 1;
        if !link.ready {
            return (link.waited == START).then_some(Heard::Slow);
        }
        if link.waited > if hidden() { HIDDEN_PATIENCE } else { PATIENCE } {
            return Some(Heard::Silent);
        }
        let nonce = link.waited;
        post(worker, &Message::Command(Command::Ping { nonce }));
        None
    }

    fn receive(&self, message: &MessageEvent) {
        self.link.borrow_mut().waited = 0;
        let bytes = Uint8Array::new(&message.data()).to_vec();
        // An envelope that cannot be read comes from another build as well.
        let Ok(events) = decode::<Vec<Event>>(&bytes) else {
            return self.end(Heard::OtherBuild);
        };
        for event in events {
            if let Event::Ready { build, .. } = &event {
                if build != BUILD {
                    return self.end(Heard::OtherBuild);
                }
                self.open();
            }
            if let Event::Failed(Failure {
                kind: FailureKind::Worker,
                message,
            }) = event
            {
                return self.end(Heard::Ended(message));
            }
            (self.hear)(Heard::Event(event));
        }
    }

    fn open(&self) {
        let link = &mut *self.link.borrow_mut();
        link.ready = true;
        if let Some(worker) = &link.worker {
            link.queue.drain(..).for_each(|message| post(worker, &message));
        }
    }

    fn end(&self, heard: Heard) {
        self.take_away();
        (self.hear)(heard);
    }

    fn take_away(&self) {
        if let Some(worker) = std::mem::take(&mut *self.link.borrow_mut()).worker {
            // A panic is heard twice, as a message and as an error: what comes late is not the next worker's.
            worker.set_onmessage(None);
            worker.set_onerror(None);
            worker.set_onmessageerror(None);
            worker.terminate();
        }
    }
}

fn post(worker: &Worker, message: &Message) {
    // A buffer made here can always be transferred, and a file can always be sent.
    let _ = match message {
        Message::Command(command) => {
            let buffer = buffer(command);
            worker.post_message_with_transfer(&buffer, &Array::of1(&buffer))
        }
        Message::Model(command, file) => worker.post_message(&Array::of2(&buffer(command), file)),
        Message::Files(files) => worker.post_message(&files.iter().map(JsValue::from).collect::<Array>()),
    };
}

fn buffer(command: &Command) -> ArrayBuffer {
    Uint8Array::from(&encode(command)[..]).buffer()
}

/// In the worker's own words, where it has some.
fn reason(event: &web_sys::Event) -> String {
    let message = event
        .dyn_ref::<ErrorEvent>()
        .map(ErrorEvent::message)
        .unwrap_or_default();
    match (event.type_().as_str(), message.is_empty()) {
        ("messageerror", _) => "it sent something unreadable".into(),
        (_, true) => "it could not be loaded".into(),
        (_, false) => message,
    }
}
