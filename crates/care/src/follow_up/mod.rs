//! What a booked appointment brings with it: tasks from a template, and word of it when the appointment changes.

mod change;
mod template;

pub(crate) use change::Change;
pub use template::TaskTemplate;
