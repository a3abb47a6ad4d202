//! A race: the run of these settings beside a rival with others, from the same seed, at the same time. The rival trains in
//! a worker of its own, and each has half of the cores.

use std::rc::Rc;

use leptos::prelude::*;

use super::{
    browser::cores,
    client::{Client, Heard},
    history::History,
    mount::worker_url,
    record::{described, link_of},
    runs::Facts,
    settings::Settings,
    state::{Lab, Notice},
    text::t,
};
use crate::protocol::{Command, DataFacts, Event, Metrics, RunId, RunState, SimdTier};

/// The rival's run: its worker has no other.
const RUN: RunId = 1;

/// Who races, and how far the rival is.
#[derive(Clone, Copy)]
pub struct Race {
    /// What the rival is called, while there is one.
    pub rival: RwSignal<Option<String>>,
    /// What the rival does.
    pub state: RwSignal<RunState>,
    /// How much of its run is done, 0 to 1.
    pub share: RwSignal<f64>,
    /// On the validation images, after its last epoch.
    pub validation: RwSignal<Option<Metrics>>,
    /// Its course; the curves follow the own run's version as well as this race's.
    course: StoredValue<History>,
    version: RwSignal<u32>,
    about: StoredValue<About>,
    client: StoredValue<Option<Rc<Client>>, LocalStorage>,
}

/// What is to be kept of the rival.
#[derive(Clone)]
struct About {
    settings: Settings,
    tier: SimdTier,
    workers: usize,
    weights_hash: String,
    test: Option<Metrics>,
}

impl Default for Race {
    fn default() -> Self {
        Self {
            rival: RwSignal::default(),
            state: RwSignal::new(RunState::Idle),
            share: RwSignal::default(),
            validation: RwSignal::default(),
            course: StoredValue::new(History::default()),
            version: RwSignal::default(),
            about: StoredValue::new(About {
                settings: Settings::default(),
                tier: SimdTier::Scalar,
                workers: 1,
                weights_hash: String::new(),
                test: None,
            }),
            client: StoredValue::new_local(None),
        }
    }
}

impl Race {
    /// True while there is a rival.
    pub fn is_on(&self) -> bool {
        self.rival.with(Option::is_some)
    }

    /// Gives the rival's course while there is one; follows it.
    pub fn with_course<R>(&self, use_course: impl FnOnce(Option<&History>) -> R) -> R {
        self.version.track();
        let on = self.is_on();
        self.course.with_value(|course| use_course(on.then_some(course)))
    }

    /// Another smoothing for the rival.
    pub fn smooth(&self, keep: f32) {
        self.course.update_value(|course| course.smooth(keep));
    }

    /// To the rival's worker, if there is a race.
    pub fn send(&self, command: Command) {
        self.client.with_value(|client| {
            if let Some(client) = client {
                client.send(command);
            }
        });
    }

    /// To be called as [`Client::tick`].
    pub fn tick(&self) {
        if let Some(client) = self.client.get_value() {
            client.tick();
        }
    }

    fn changed(&self) {
        self.version.update(|version| *version += 1);
    }
}

impl Lab {
    /// Starts a race of the settings as edited against others, both from the start and from the same seed.
    pub fn race(&self, rival: &Settings, name: String) {
        if self.is_blocked() {
            return self.show_complaint();
        }
        let mut settings = rival.clone();
        settings.config.seed = self.settings.with_untracked(|own| own.config.seed);
        settings.simd = self.settings.with_untracked(|own| own.simd);
        settings.pretrained = false;
        self.reset();
        self.choose_none();
        self.begin_course(&settings);
        self.race.rival.set(Some(name));
        let lab = *self;
        let client = Client::new(worker_url(&settings), move |heard| lab.hear_rival(heard));
        self.race.client.set_value(Some(client.clone()));
        client.start();
        let count = self.each_workers();
        self.send(Command::Workers { count });
        client.send(Command::Workers { count });
        let source = settings.config.data.source;
        client.send(Command::Reset {
            run: RUN,
            model: settings.model,
            config: settings.config,
        });
        match self.files_of(source) {
            Some(files) => client.send_files(files),
            None => client.send(Command::LoadData { source }),
        }
    }

    /// A new course in place of that of the last rival.
    fn begin_course(&self, settings: &Settings) {
        let race = self.race;
        let keep = self.history.with_value(History::keep);
        race.about.update_value(|about| about.settings = settings.clone());
        race.course.update_value(|course| {
            course.clear();
            course.smooth(keep);
        });
        race.state.set(RunState::Idle);
        race.share.set(0.0);
        race.validation.set(None);
        race.changed();
    }

    /// How many workers each of the two has.
    fn each_workers(&self) -> usize {
        let all = self.settings.with_untracked(|settings| settings.workers);
        (all.unwrap_or_else(cores) / 2).max(1)
    }

    fn hear_rival(&self, heard: Heard) {
        match heard {
            Heard::Event(event) => self.take_in_rival(event),
            Heard::Slow => {}
            Heard::Ended(reason) => self.rival_failed(&reason),
            Heard::Silent => self.rival_failed(t().race.rival_silent),
            Heard::OtherBuild => self.rival_failed(t().other_build),
        }
    }

    fn take_in_rival(&self, event: Event) {
        let race = self.race;
        match event {
            Event::Ready { simd_tier, .. } => race.about.update_value(|about| about.tier = simd_tier),
            Event::Workers { count } => race.about.update_value(|about| about.workers = count),
            Event::DataAwaited => self.rival_failed(t().race.rival_no_data),
            Event::DataReady(facts) if !self.is_rival_s(&facts) => self.rival_failed(t().race.rival_other_files),
            // Only now can both start together.
            Event::DataReady(_) => {
                race.send(Command::Train);
                self.send(Command::Train);
            }
            Event::Batch {
                report,
                elapsed_seconds,
                waited_seconds,
                ..
            } => {
                race.course
                    .update_value(|course| course.push(&report, elapsed_seconds, waited_seconds));
                self.schedule_figures();
            }
            Event::Changed { change, .. } => race.course.update_value(|course| course.changes.push(change)),
            Event::Epoch {
                report, weights_hash, ..
            } => {
                race.course.update_value(|course| course.epochs.push(report));
                race.about.update_value(|about| about.weights_hash = weights_hash);
                race.validation.set(Some(report.validation));
            }
            Event::Fingerprint { weights_hash, .. } => {
                race.about.update_value(|about| about.weights_hash = weights_hash);
            }
            Event::Evaluated { metrics, .. } => race.about.update_value(|about| about.test = Some(metrics)),
            Event::State { state, .. } => {
                race.state.set(state);
                self.show_rival();
                self.finish_race();
            }
            Event::Failed(failure) if race.state.get_untracked() != RunState::Failed => {
                self.rival_failed(&failure.message);
            }
            _ => {}
        }
    }

    /// Whether a data set is the one that the rival's settings name.
    fn is_rival_s(&self, facts: &DataFacts) -> bool {
        let wanted = self.race.about.with_value(|about| about.settings.config.data.source);
        wanted.accepts(facts.source)
    }

    /// Brings the rival's figures on the page up to date: once a frame, with the own run's.
    pub(super) fn show_rival(&self) {
        let race = self.race;
        if untrack(|| !race.is_on()) {
            return;
        }
        let epochs = race.about.with_value(|about| about.settings.config.epochs);
        let share = race.course.with_value(|course| course.share(epochs));
        race.share.set(share);
        race.changed();
    }

    /// Ends the race when both runs are over.
    pub(super) fn finish_race(&self) {
        let over = |state| matches!(state, RunState::Finished | RunState::Failed);
        if over(self.race.state.get_untracked()) && over(self.state.get_untracked()) {
            self.end_race();
        }
    }

    /// Ends the race, if there is one: the own run goes on with all workers; the rival's is kept and stays on the charts.
    pub fn end_race(&self) {
        let race = self.race;
        if untrack(|| !race.is_on()) {
            return;
        }
        let about = race.about.get_value();
        let state = match race.state.get_untracked() {
            RunState::Training | RunState::Loading => RunState::Paused,
            state => state,
        };
        let facts = Facts {
            settings: &about.settings,
            state,
            tier: about.tier,
            workers: about.workers,
            weights_hash: match state {
                RunState::Finished | RunState::Failed => about.weights_hash,
                _ => String::new(),
            },
            test: about.test,
        };
        let kept = race
            .course
            .with_value(|course| (!course.is_empty()).then(|| self.keep(None, course, &facts)));
        race.rival.set(None);
        if let Some(client) = race.client.get_value() {
            client.stop();
        }
        if let Some(id) = kept {
            self.choose_run(id, true);
        }
        self.ask_for_workers();
    }

    /// How much of the own run is done, 0 to 1.
    pub fn share_done(&self) -> f64 {
        self.history_version.track();
        let epochs = self.in_force.with(|settings| settings.config.epochs);
        self.history.with_value(|history| history.share(epochs))
    }

    /// Pauses both, or lets both go on; one that is over stays so.
    pub fn pause_or_go_on(&self) {
        let active = |state| matches!(state, RunState::Training | RunState::Loading);
        let (own, rival) = (self.state.get_untracked(), self.race.state.get_untracked());
        let command = if active(own) || active(rival) {
            Command::Pause
        } else {
            Command::Train
        };
        match own {
            RunState::Finished | RunState::Failed => self.send_rival(command),
            _ => self.send_both(command),
        }
    }

    /// To the own run, and to the rival's if there is a race.
    pub(super) fn send_both(&self, command: Command) {
        self.send_rival(command.clone());
        self.send(command);
    }

    fn send_rival(&self, command: Command) {
        let over = matches!(self.race.state.get_untracked(), RunState::Finished | RunState::Failed);
        if untrack(|| self.race.is_on()) && !over {
            self.race.send(command);
        }
    }

    fn rival_failed(&self, reason: &str) {
        self.notify(Notice {
            topic: "race",
            message: t().race.rival_failed(reason),
            remedy: None,
        });
        self.end_race();
    }

    /// The settings that the user has changed since the run began, as they were: a rival at hand.
    pub fn settings_before(&self) -> Option<Settings> {
        let stale = self.is_stale() && self.has_started();
        stale.then(|| self.in_force.get())
    }

    /// Races the settings as edited against those before.
    pub fn race_before(&self) {
        if let Some(before) = untrack(|| self.settings_before()) {
            let name = described(&link_of(&before));
            self.race(&before, name);
        }
    }
}
