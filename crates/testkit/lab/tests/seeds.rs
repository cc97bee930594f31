//! Random scripts must end as the model says; how to have one again is said in `confab_lab::replay`.

use confab_lab::{Replay, Script};

#[test]
fn random_scripts_end_as_the_model_says() {
    Script::run_seeds(1_000);
}
