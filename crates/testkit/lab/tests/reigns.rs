//! Random scripts of a moderated room must end in order; how to have one again is said in `confab_lab::replay`.

use confab_lab::{Reign, Replay};

#[test]
fn random_reigns_end_in_order() {
    Reign::run_seeds(1_000);
}
