//! Inputs that once broke a law, and the inputs that each target begins with.

use laws::{LAWS, seeds};

/// Inputs that once broke a law, by the name of the law.
const KEPT: &[(&str, &[u8])] = &[];

#[test]
fn what_broke_once_holds() {
    for (name, input) in KEPT {
        let (_, law) = LAWS.iter().find(|(law, _)| law == name).expect("a law of that name");
        law(input);
    }
    println!("{} inputs kept", KEPT.len());
}

#[test]
fn every_law_holds_for_its_first_inputs() {
    for (name, law) in LAWS {
        let inputs = seeds(name);
        assert!(inputs.len() >= 5, "{name} begins with {} inputs", inputs.len());
        inputs.iter().take(200).for_each(|input| law(input));
    }
}
