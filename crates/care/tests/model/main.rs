//! Random sequences of calls on a real database file, held against a model that is nothing but tables of what may follow
//! what: states, owners, single use of states, consents, compartments.

mod given;
mod scenes;
mod steps;
mod tables;
mod world;

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use crate::steps::{Step, steps};
use crate::world::World;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn calls_do_what_the_model_says(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.run(step);
        }
        world.check();
    }
}

#[test]
fn every_kind_of_step_is_tried() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..200 {
        let tree = steps().new_tree(&mut runner).expect("steps");
        seen.extend(tree.current().iter().map(std::mem::discriminant::<Step>));
    }
    assert_eq!(seen.len(), Step::N_KINDS);
}
