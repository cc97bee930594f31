//! Random stories of people who call, write and watch each other must end as the model says; how to have one again is said in
//! `confab_lab::replay`.

use confab_lab::{Replay, Story};

#[test]
fn random_stories_end_as_the_model_says() {
    Story::run_seeds(1_000);
}
