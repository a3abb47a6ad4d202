//! The run as bytes, and from bytes.

use super::{Session, evaluation::Evaluation, run::Run};
use crate::{
    io::checkpoint::Checkpoint,
    protocol::{Event, RecoveryCommand, RecoveryEvent, RunId, RunState},
    train::Trainer,
};

impl Session {
    /// Carries out a command.
    pub(super) fn recover(&mut self, command: RecoveryCommand) -> Vec<Event> {
        match command {
            RecoveryCommand::Save => vec![Event::Recovery(self.save().unwrap_or(RecoveryEvent::NothingToSave))],
            RecoveryCommand::Resume { run, checkpoint } => self
                .resume(run, &checkpoint)
                .unwrap_or_else(|reason| vec![Event::Recovery(RecoveryEvent::Refused { run, reason })]),
        }
    }

    fn save(&self) -> Option<RecoveryEvent> {
        let run = self.run.as_ref()?;
        let begun = (self.clock)();
        let checkpoint = run.checkpoint()?.into_bytes();
        Some(RecoveryEvent::Saved {
            run: run.id,
            checkpoint,
            milliseconds: (self.clock)() - begun,
        })
    }

    fn resume(&mut self, id: RunId, bytes: &[u8]) -> Result<Vec<Event>, String> {
        let checkpoint = Checkpoint::from_bytes(bytes).map_err(|error| error.to_string())?;
        let source = checkpoint.config.data.source;
        let (last, elapsed_seconds) = (checkpoint.last, checkpoint.elapsed_ms / 1000.0);
        let mut run = Run::resume(id, checkpoint)?;
        run.data = self.library.get(source);
        let state = run.state;
        let events = vec![
            Event::RunReset {
                run: id,
                layers: run.trainer.model().summary().to_vec(),
                weights_hash: run.trainer.evaluated().weights_hash(),
            },
            Event::State { run: id, state },
            run.tell_moments(),
            Event::Recovery(RecoveryEvent::Resumed {
                run: id,
                last,
                elapsed_seconds,
            }),
        ];
        self.run = Some(run);
        self.study.forget();
        Ok(events)
    }
}

impl Run {
    /// All that it needs to go on; none before its first step, and of one that has failed.
    fn checkpoint(&self) -> Option<Checkpoint> {
        let last = self.last.filter(|_| self.state != RunState::Failed)?;
        Some(Checkpoint {
            model: self.trainer.model().spec().clone(),
            config: self.trainer.config().clone(),
            state: self.trainer.state(),
            last,
            unvalidated: self.unvalidated || self.evaluation.as_ref().is_some_and(Evaluation::is_of_epoch),
            finished: self.state == RunState::Finished,
            elapsed_ms: self.elapsed_ms,
            waited_ms: self.waited_ms,
        })
    }

    /// The run of a checkpoint, without its data.
    fn resume(id: RunId, checkpoint: Checkpoint) -> Result<Self, String> {
        let trainer = Trainer::resume(&checkpoint.model, &checkpoint.config, checkpoint.state);
        let mut run = Self::new(id, trainer.map_err(|error| error.to_string())?);
        run.state = match checkpoint.finished {
            true => RunState::Finished,
            false => RunState::Paused,
        };
        run.last = Some(checkpoint.last);
        run.unvalidated = checkpoint.unvalidated;
        (run.elapsed_ms, run.waited_ms) = (checkpoint.elapsed_ms, checkpoint.waited_ms);
        Ok(run)
    }

    /// What a run that was saved in the middle of a measurement still has to measure before its next step.
    pub(super) fn owed(&mut self) -> Option<Evaluation> {
        let unvalidated = std::mem::take(&mut self.unvalidated);
        match self.last.filter(|_| unvalidated) {
            Some(last) => Some(Evaluation::of_epoch(last)),
            None => self.trainer.is_finished().then(Evaluation::of_test),
        }
    }
}
