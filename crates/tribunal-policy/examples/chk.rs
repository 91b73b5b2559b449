//! Scratch.
#![allow(missing_docs, clippy::unwrap_used, reason="scratch")]
fn main(){ let l=tribunal_policy::load(std::path::Path::new(&std::env::args().nth(1).unwrap()));
 println!("{}", tribunal_policy::render::human(&l.diagnostics,&l.sources,false)); if let Some(p)=l.policy { println!("rules {} lists {} markets {}", p.rules.len(), p.lists.len(), p.markets.len()); for r in &p.rules { println!("{}: {}", r.name, p.print(&r.when)); } } }
