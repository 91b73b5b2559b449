//! scratch
fn main(){ println!("{}", tribunal_oracle::generate::generate_policy(std::env::args().nth(1).unwrap().parse().unwrap())); }
