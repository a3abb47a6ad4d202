//! One run: a model in training, alone or with the other members of a team.

use std::rc::Rc;

use super::{Clock, Workers, evaluation::Evaluation, failed, moments::Moments};
use crate::{
    data::DataSet,
    nn::Sequential,
    protocol::{Answering, BatchReport, Event, FailureKind, InsideEvent, Metrics, RunId, RunState},
    spec::{Change, ConfigError, LiveChange},
    team::{Inbox, Join, Member, Order, shares_of},
    train::{self, TrainError, Trainer},
};

/// How long another member may keep a step waiting, in milliseconds, and through how many of the page's pings: a frozen
/// tab's clock goes on while nothing of it does.
const SILENCE_MS: f64 = 3_000.0;
const SILENT_PINGS: usize = 4;

/// Images that the other members are given ahead, where these are 2 to 8 batches.
const IMAGES_AHEAD: usize = 512;

/// One run: a model in training.
pub(super) struct Run {
    pub(super) id: RunId,
    pub(super) trainer: Trainer,
    pub(super) moments: Moments,
    pub(super) state: RunState,
    /// What it trains and is measured on, from when it is there to the end of the run.
    pub(super) data: Option<Rc<DataSet>>,
    /// What Train or Step asked for.
    pub(super) until: Until,
    pub(super) evaluation: Option<Evaluation>,
    /// Evaluations begun.
    pub(super) evaluations: u32,
    /// The user waits for the figures of the test images.
    pub(super) asked: bool,
    /// The last batch.
    pub(super) last: Option<BatchReport>,
    /// Whether that batch ended an epoch, and the run was saved and resumed before its validation.
    pub(super) unvalidated: bool,
    pub(super) elapsed_ms: f64,
    /// On the test images, as the model is now.
    pub(super) tested: Option<Metrics>,
    /// Of these, without anything to do.
    pub(super) waited_ms: f64,
    pub(super) member: Member,
    /// A step that waits for other members.
    waiting: Option<Waiting>,
    /// The last step that the other members have their images for.
    handed_over: usize,
}

/// Since when a step waits, and through how many pings.
struct Waiting {
    since: f64,
    pings: usize,
}

/// When a training run stops by itself.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Until {
    /// After the last epoch.
    Finished,
    /// After this step, and the epoch's validation where the step ends one.
    NextStep,
    /// After the epoch's validation.
    NextEpoch,
}

impl Run {
    pub(super) fn new(id: RunId, trainer: Trainer) -> Self {
        Self {
            id,
            moments: Moments::of(trainer.evaluated(), trainer.global_step()),
            trainer,
            state: RunState::Idle,
            data: None,
            until: Until::Finished,
            evaluation: None,
            evaluations: 0,
            asked: false,
            last: None,
            unvalidated: false,
            tested: None,
            elapsed_ms: 0.0,
            waited_ms: 0.0,
            member: Member::solo(),
            waiting: None,
            handed_over: 0,
        }
    }

    pub(super) fn is_busy(&self, inbox: &Inbox) -> bool {
        let can_train = || self.waiting.is_none() || inbox.has(&self.member);
        self.evaluation.is_some() || self.state == RunState::Training && can_train()
    }

    /// At every ping: whether another member is silent.
    pub(super) fn waits_in_vain(&mut self, inbox: &Inbox, now: f64) -> bool {
        match &mut self.waiting {
            Some(waiting) if !inbox.has(&self.member) => {
                waiting.pings += 1;
                waiting.pings >= SILENT_PINGS && now - waiting.since > SILENCE_MS
            }
            _ => false,
        }
    }

    /// As many workers as are wanted, or one where they cannot share a batch; alone until they have started.
    pub(super) fn resize(&mut self, workers: &mut Workers) -> Option<Event> {
        let alone = self.trainer.model().spec().needs_whole_batches();
        if !workers.team.resize(if alone { 1 } else { workers.wanted }) {
            return None;
        }
        self.go_alone(workers);
        workers.tell(1)
    }

    /// Leaves the team: a step under way is begun again.
    pub(super) fn go_alone(&mut self, workers: &mut Workers) {
        workers.generation += 1;
        self.member = Member::new(0, 1, workers.generation);
        self.waiting = None;
    }

    /// Its model as it is now, for those who are told of its answers.
    pub(super) fn current(&self) -> Answering {
        Answering::Run {
            run: self.id,
            global_step: self.trainer.global_step(),
        }
    }

    /// Whether it has more than the seed's weights: after its first step, or those of a file.
    pub(super) fn has_learned(&self) -> bool {
        self.trainer.global_step() > 0 || self.trainer.config().initial_weights.is_some()
    }

    pub(super) fn enter(&mut self, state: RunState) -> Event {
        self.state = state;
        Event::State { run: self.id, state }
    }

    pub(super) fn pause(&mut self) -> Vec<Event> {
        vec![self.enter(RunState::Paused), self.fingerprint()]
    }

    fn fingerprint(&self) -> Event {
        Event::Fingerprint {
            run: self.id,
            weights_hash: self.trainer.evaluated().weights_hash(),
        }
    }

    /// The step that waits for other members, if one does, and how many members there are.
    pub(super) fn awaits(&self) -> Option<(usize, usize)> {
        let waits = self.state == RunState::Training && self.waiting.is_some();
        waits.then(|| (self.trainer.global_step(), self.member.size()))
    }

    /// The network that answers for the run: as it is, or as it was where a moment is recalled.
    pub(super) fn answering(&mut self) -> (&mut Sequential, Answering) {
        let (run, current) = (self.id, self.current());
        match self.moments.recalled_mut() {
            Some((global_step, past)) => (past, Answering::Run { run, global_step }),
            None => (self.trainer.evaluated_mut(), current),
        }
    }

    /// The gradient of the last step, or of the part of a step that waits for other members.
    pub(super) fn gradient(&self) -> Option<&[f32]> {
        self.member.gradient()
    }

    pub(super) fn tell_moments(&self) -> Event {
        Event::Inside(InsideEvent::Moments {
            run: self.id,
            steps: self.moments.steps(),
            bytes: self.moments.bytes(),
        })
    }

    /// Whether it can be trained and measured on its data, where they are there.
    ///
    /// # Errors
    /// What does not fit, for the user.
    pub(super) fn check_data(&mut self) -> Result<(), String> {
        let Some(data) = self.data.clone() else { return Ok(()) };
        self.begin(&data)
            .map_err(|error| format!("These settings cannot be used: {error}"))
    }

    /// Prepares the next step; before the first one, all images are looked at.
    fn begin(&mut self, data: &DataSet) -> Result<(), TrainError> {
        if !self.trainer.has_begun() {
            train::check_images(self.trainer.model(), &data.test)?;
        }
        self.trainer.begin(&data.train)
    }

    /// Trains until then, as soon as the data are there.
    pub(super) fn start(&mut self, until: Until, now: f64) -> Event {
        self.until = until;
        if let Some(waiting) = &mut self.waiting {
            // Not since before the pause.
            waiting.since = now;
        }
        self.enter(match self.data {
            Some(_) => RunState::Training,
            None => RunState::Loading,
        })
    }

    /// Does one bounded piece of the work under way.
    pub(super) fn tick(&mut self, workers: &mut Workers, clock: Clock) -> Vec<Event> {
        let Some(data) = self.data.clone() else { return vec![] };
        let start = clock();
        let mut events = match self.evaluation.take() {
            Some(pending) => self.evaluate_slice(pending, &data, workers),
            None if self.state == RunState::Training => match self.owed() {
                Some(owed) => self.evaluate_slice(owed, &data, workers),
                None => self.train_batch(&data, workers, clock),
            },
            None => vec![],
        };
        self.elapsed_ms += clock() - start;
        stamp(&mut events, self);
        events
    }

    /// Trains a batch, or as much of it as can be done without the other members' sums.
    pub(super) fn train_batch(&mut self, data: &DataSet, workers: &mut Workers, clock: Clock) -> Vec<Event> {
        let mut events = vec![];
        if let Some(waiting) = &self.waiting {
            self.waited_ms += clock() - waiting.since;
        } else {
            if let Err(error) = self.begin(data) {
                return self.fail(&error);
            }
            events.extend(self.enlist(workers));
            self.begin_step(data, workers);
        }
        while self.member.partner().is_some() {
            let Some(packet) = workers.inbox.take(&self.member) else {
                let since = clock();
                self.waiting.get_or_insert(Waiting { since, pings: 0 }).since = since;
                return events;
            };
            self.member.merge(&packet);
            self.send(workers);
        }
        self.waiting = None;
        events.extend(self.end_step());
        events
    }

    /// Goes on with as many members as are there by now: all learn where the run stands.
    fn enlist(&mut self, workers: &mut Workers) -> Option<Event> {
        let size = workers.team.size();
        if size == self.member.size() {
            return workers.tell(size);
        }
        workers.generation += 1;
        self.member = Member::new(0, size, workers.generation);
        self.handed_over = self.trainer.global_step();
        let mut join = Join {
            generation: workers.generation,
            rank: 0,
            size,
            model: self.trainer.model().spec().clone(),
            config: self.trainer.config().clone(),
            state: self.trainer.state(),
        };
        for rank in 1..size {
            join.rank = rank;
            workers.team.order(rank, &Order::Join(Box::new(join.clone())));
        }
        workers.tell(size)
    }

    /// Computes this member's part of the step, once the others have theirs. Those of later steps come after it, while
    /// this member would only wait.
    fn begin_step(&mut self, data: &DataSet, workers: &mut Workers) {
        self.hand_over(data, workers, 1);
        let trainer = &mut self.trainer;
        if let Some(task) = trainer.task(&data.train, 0, shares_of(0, self.member.size())) {
            self.member.compute(trainer, &task);
            self.send(workers);
            self.hand_over(data, workers, 2);
        }
    }

    /// Hands the other members their images where they have those of fewer than `least` steps: those of several at once, as
    /// a message costs more than what is in it.
    fn hand_over(&mut self, data: &DataSet, workers: &mut Workers, least: usize) {
        let (size, done, trainer) = (self.member.size(), self.trainer.global_step(), &self.trainer);
        if self.handed_over >= done + least {
            return;
        }
        let steps = (IMAGES_AHEAD / trainer.config().batch_size).clamp(2, 8);
        let mut last = self.handed_over.max(done);
        let first = last - done;
        for rank in 1..size {
            let task = |ahead| trainer.task(&data.train, ahead, shares_of(rank, size));
            let tasks: Vec<_> = (first..steps).map_while(task).collect();
            if let Some(task) = tasks.last() {
                last = task.global_step;
                workers.team.order(rank, &Order::Steps(tasks));
            }
        }
        self.handed_over = last;
    }

    fn send(&self, workers: &mut Workers) {
        if let Some(partner) = self.member.partner() {
            workers.team.send(partner, self.member.packet());
        }
    }

    /// Applies the sum of all members.
    fn end_step(&mut self) -> Vec<Event> {
        let (gradient, sums) = self.member.result();
        let report = match self.trainer.apply(gradient, sums) {
            Ok(report) => report,
            Err(error) => return self.fail(&error),
        };
        self.last = Some(report);
        self.tested = None;
        let mut events = vec![Event::Batch {
            run: self.id,
            report,
            elapsed_seconds: 0.0,
            waited_seconds: 0.0,
        }];
        if self.moments.pass(report.global_step, self.trainer.evaluated()) {
            events.push(self.tell_moments());
        }
        events.extend(self.changes_after(report.global_step));
        if report.step == report.steps_per_epoch {
            self.evaluation = Some(Evaluation::of_epoch(report));
        } else if self.until == Until::NextStep {
            events.extend(self.pause());
        }
        events
    }

    /// Changes a setting from the next step on: all members join anew, with the run as it is to be. A step under way is
    /// begun again.
    pub(super) fn change(&mut self, change: Change, workers: &mut Workers) -> Result<Event, ConfigError> {
        self.trainer.change(change)?;
        if self.member.size() > 1 {
            self.go_alone(workers);
        }
        let global_step = self.trainer.global_step();
        Ok(Event::Changed {
            run: self.id,
            change: LiveChange { global_step, change },
        })
    }

    /// What the settings have change after so many steps.
    fn changes_after(&self, global_step: usize) -> Vec<Event> {
        let changes = self.trainer.config().changes.iter();
        let now = changes.filter(|change| change.global_step == global_step);
        now.map(|&change| Event::Changed { run: self.id, change }).collect()
    }

    pub(super) fn fail(&mut self, error: &TrainError) -> Vec<Event> {
        let message = format!("Training stopped: {error}");
        vec![
            self.enter(RunState::Failed),
            self.fingerprint(),
            failed(FailureKind::Run, message),
        ]
    }
}

/// Puts the time that the run has trained into its batch events: known only after the batch.
fn stamp(events: &mut [Event], run: &Run) {
    for event in events {
        if let Event::Batch {
            elapsed_seconds,
            waited_seconds,
            ..
        } = event
        {
            *elapsed_seconds = (run.elapsed_ms + run.waited_ms) / 1000.0;
            *waited_seconds = run.waited_ms / 1000.0;
        }
    }
}
