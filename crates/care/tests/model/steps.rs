//! The calls that are tried, at random.

use proptest::prelude::*;

/// Patients, and as many applications.
pub(crate) const N_PATIENTS: usize = 2;

/// A call. Numbers pick among what is there, modulo how much there is.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Sets out to book.
    Book { patient: usize, by_caregiver: bool },
    /// The portal comes back with the state of an attempt, of its own or of nobody.
    Return { attempt: usize, outcome: usize, is_forged: bool },
    /// Somebody tells the outcome by hand.
    Report { patient: usize, attempt: usize, outcome: usize },
    /// A task gets a state and an owner.
    ChangeTask { patient: usize, task: usize, status: usize, to_caregiver: bool },
    /// An appointment is made by hand.
    MakeAppointment { patient: usize, status: usize },
    /// An appointment gets a state, or another time.
    ChangeAppointment { patient: usize, appointment: usize, status: usize, moves: bool },
    /// The caregiver is let in, or put out.
    Consent { patient: usize, is_permit: bool },
    /// The caregiver reads tasks.
    CaregiverReads { patient: usize },
    /// Somebody reads what is another patient's.
    Trespass { patient: usize, with_own_application: bool },
    /// Time passes.
    Wait { seconds: i64 },
}

impl Step {
    pub(crate) const N_KINDS: usize = 10;
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let patient = 0..N_PATIENTS;
    let pick = 0..8_usize;
    let step = prop_oneof![
        3 => (patient.clone(), any::<bool>()).prop_map(|(patient, by_caregiver)| Step::Book { patient, by_caregiver }),
        4 => (pick.clone(), pick.clone(), prop::bool::weighted(0.1))
            .prop_map(|(attempt, outcome, is_forged)| Step::Return { attempt, outcome, is_forged }),
        2 => (patient.clone(), pick.clone(), pick.clone())
            .prop_map(|(patient, attempt, outcome)| Step::Report { patient, attempt, outcome }),
        4 => (patient.clone(), pick.clone(), pick.clone(), any::<bool>())
            .prop_map(|(patient, task, status, to_caregiver)| Step::ChangeTask { patient, task, status, to_caregiver }),
        1 => (patient.clone(), pick.clone()).prop_map(|(patient, status)| Step::MakeAppointment { patient, status }),
        3 => (patient.clone(), pick.clone(), 0..10_usize, any::<bool>()).prop_map(
            |(patient, appointment, status, moves)| Step::ChangeAppointment { patient, appointment, status, moves }
        ),
        2 => (patient.clone(), any::<bool>()).prop_map(|(patient, is_permit)| Step::Consent { patient, is_permit }),
        1 => patient.clone().prop_map(|patient| Step::CaregiverReads { patient }),
        1 => (patient, any::<bool>())
            .prop_map(|(patient, with_own_application)| Step::Trespass { patient, with_own_application }),
        1 => (1..700_i64).prop_map(|seconds| Step::Wait { seconds }),
    ];
    prop::collection::vec(step, 1..60)
}
