//! What may follow what: the model's own tables, written apart from those of the crate.

/// What may follow a state of a task that people work on.
pub(crate) fn task_may(from: &str, to: &str) -> bool {
    let next: &[&str] = match from {
        "requested" => &["accepted", "cancelled", "entered-in-error"],
        "accepted" => &["in-progress", "cancelled", "entered-in-error"],
        "in-progress" => &["completed", "cancelled", "entered-in-error"],
        "completed" | "cancelled" | "failed" => &["entered-in-error"],
        _ => &[],
    };
    from == to || next.contains(&to)
}

/// What may follow a state of an appointment.
pub(crate) fn appointment_may(from: &str, to: &str) -> bool {
    let after_booking = ["fulfilled", "cancelled", "noshow", "entered-in-error"];
    from == to
        || match from {
            "proposed" => ["pending", "booked", "waitlist", "cancelled", "entered-in-error"].contains(&to),
            "pending" => ["booked", "waitlist", "cancelled", "entered-in-error"].contains(&to),
            "waitlist" => ["pending", "booked", "cancelled", "entered-in-error"].contains(&to),
            "booked" => after_booking.contains(&to) || ["arrived", "checked-in"].contains(&to),
            "arrived" => after_booking.contains(&to) || to == "checked-in",
            "checked-in" => after_booking.contains(&to),
            "fulfilled" | "noshow" | "cancelled" => to == "entered-in-error",
            _ => false,
        }
}

/// The states that an appointment is tried to be given.
pub(crate) const APPOINTMENT_STATUSES: [&str; 10] = [
    "proposed",
    "pending",
    "booked",
    "arrived",
    "fulfilled",
    "cancelled",
    "noshow",
    "entered-in-error",
    "checked-in",
    "waitlist",
];
/// The states that a task is tried to be given, one of which nobody keeps.
pub(crate) const TASK_STATUSES: [&str; 8] =
    ["requested", "accepted", "in-progress", "completed", "cancelled", "failed", "entered-in-error", "ready"];
