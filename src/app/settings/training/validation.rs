//! What an epoch is measured on, when the run ends, and what changes while it goes on.

use super::{
    super::{Section, Settings, no_choice, number, shown, switch},
    no_part,
};
use crate::spec::{Change, EarlyStopping, LiveChange, Monitor};

pub(crate) const SECTION: Section = Section {
    names: &["split", "stop", "patience", "min_delta", "restore", "changes"],
    get,
    assign,
};

/// In place of what early stopping looks at.
const OFF: &str = "off";

fn get(settings: &Settings, name: &str) -> String {
    let config = &settings.config;
    match (name, config.early_stopping) {
        ("split", _) => config.validation_split.to_string(),
        ("changes", _) => print_changes(&config.changes),
        ("stop", stopping) => stopping.map_or(OFF, |stopping| stopping.monitor.id()).into(),
        ("patience", Some(stopping)) => stopping.patience.to_string(),
        ("min_delta", Some(stopping)) => stopping.min_delta.to_string(),
        ("restore", Some(stopping)) => u8::from(stopping.restore_best_weights).to_string(),
        _ => String::new(),
    }
}

fn assign(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    let config = &mut settings.config;
    match (name, &mut config.early_stopping) {
        ("split", _) => config.validation_split = number(name, value)?,
        ("changes", _) => config.changes = read_changes(value)?,
        ("stop", stopping) => *stopping = stop(*stopping, value)?,
        ("patience", Some(stopping)) => stopping.patience = number(name, value)?,
        ("min_delta", Some(stopping)) => stopping.min_delta = number(name, value)?,
        ("restore", Some(stopping)) => {
            stopping.restore_best_weights = switch(value).ok_or_else(|| no_choice(name, &["0", "1"], value))?;
        }
        _ => return Err(no_part(name, "stop=off")),
    }
    Ok(())
}

/// Another figure to look at keeps the patience.
fn stop(before: Option<EarlyStopping>, value: &str) -> Result<Option<EarlyStopping>, String> {
    if value == OFF {
        return Ok(None);
    }
    let found = Monitor::ALL.into_iter().find(|monitor| monitor.id() == value);
    let [loss, accuracy] = Monitor::ALL.map(Monitor::id);
    let monitor = found.ok_or_else(|| no_choice("stop", &[OFF, loss, accuracy], value))?;
    let before = before.unwrap_or_default();
    Ok(Some(EarlyStopping { monitor, ..before }))
}

/// `120:lr:0.01,300:batch:32`: after how many steps, what, to what.
fn print_changes(changes: &[LiveChange]) -> String {
    let parts = changes.iter().map(|LiveChange { global_step, change }| match change {
        Change::LearningRate(rate) => format!("{global_step}:lr:{rate}"),
        Change::BatchSize(size) => format!("{global_step}:batch:{size}"),
    });
    parts.collect::<Vec<_>>().join(",")
}

fn read_changes(text: &str) -> Result<Vec<LiveChange>, String> {
    let wrong = || format!("changes must be like 120:lr:0.01,300:batch:32, got {}", shown(text));
    let parts = text.split(',').filter(|_| !text.is_empty());
    parts.map(|part| read_change(part).ok_or_else(wrong)).collect()
}

fn read_change(text: &str) -> Option<LiveChange> {
    let mut parts = text.splitn(3, ':');
    let global_step = parts.next()?.parse().ok()?;
    let change = match (parts.next()?, parts.next()?) {
        ("lr", rate) => Change::LearningRate(rate.parse().ok()?),
        ("batch", size) => Change::BatchSize(size.parse().ok()?),
        _ => return None,
    };
    Some(LiveChange { global_step, change })
}
