//! The tasks that a booked appointment begins.

use serde_json::{Value, json};

use crate::Result;
use crate::codes::TaskCode;
use crate::resource::{Body, CareKind, Stored, instant_of};
use crate::work::Work;

/// A task that every booked appointment begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskTemplate {
    /// What kind.
    pub code: TaskCode,
    /// For people.
    pub description: String,
    /// How long before the appointment it is due, in seconds.
    pub due_before_seconds: i64,
    /// Only where somebody asked for it.
    pub on_request: bool,
}

impl TaskTemplate {
    /// Forms a day before, and a ride where one is wanted.
    pub fn defaults() -> Vec<Self> {
        vec![
            Self {
                code: TaskCode::CompleteForms,
                description: "Fill in the forms that the provider asks for".to_owned(),
                due_before_seconds: 24 * 3_600,
                on_request: false,
            },
            Self {
                code: TaskCode::ArrangeTransportation,
                description: "Arrange a ride to the appointment and back".to_owned(),
                due_before_seconds: 48 * 3_600,
                on_request: true,
            },
        ]
    }
}

impl Work<'_> {
    /// Begins the tasks of a booked appointment, those that are not there yet.
    pub(crate) fn begin_follow_up(&self, appointment: &Stored, wants_transport: bool) -> Result<()> {
        let there: Vec<TaskCode> = self
            .tasks_of(appointment)?
            .iter()
            .filter_map(|task| task.body.get("code").and_then(TaskCode::of))
            .collect();
        let templates = self.settings.templates.iter();
        for template in templates.filter(|it| !there.contains(&it.code) && (wants_transport || !it.on_request)) {
            let mut task = Body::new();
            let mut put = |name: &str, value: Value| task.insert(name.to_owned(), value);
            put("status", json!("requested"));
            put("intent", json!("order"));
            put("code", template.code.concept());
            put("description", json!(template.description));
            put("for", self.patient_reference());
            put("focus", appointment.reference());
            put("authoredOn", json!(self.now.to_string()));
            put("lastModified", json!(self.now.to_string()));
            put("requester", self.actor_reference());
            put("owner", self.actor_reference());
            if let Some(due) = self.due(appointment, template.due_before_seconds) {
                put("restriction", json!({ "period": { "end": due } }));
            }
            self.insert(CareKind::Task, task)?;
        }
        Ok(())
    }

    /// When something is due so long before an appointment; where that has passed, when the appointment begins.
    pub(super) fn due(&self, appointment: &Stored, seconds_before: i64) -> Option<String> {
        let start = instant_of(&appointment.body, "start")?.instant;
        let due = start.plus_seconds(-seconds_before);
        Some(if due > self.now { due } else { start }.to_string())
    }

    /// The tasks about an appointment.
    pub(crate) fn tasks_of(&self, appointment: &Stored) -> Result<Vec<Stored>> {
        let is_about = |task: &Stored| {
            task.reference_at("focus").and_then(|named| named.care_id(CareKind::Appointment)) == Some(appointment.id)
        };
        Ok(self.all(CareKind::Task)?.into_iter().filter(is_about).collect())
    }
}
