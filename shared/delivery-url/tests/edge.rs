//! The function before the cache (infra/modules/edge/functions) refuses URLs without asking delivery: it must refuse none
//! that delivery would serve.

use delivery_url::parse;

#[derive(serde::Deserialize)]
struct Table {
    refused: Vec<String>,
}

#[test]
fn whatever_the_edge_refuses_the_grammar_refuses() {
    let table = include_str!("../../../infra/modules/edge/functions/refusals.json");
    let Table { refused } = serde_json::from_str(table).expect("a table of options");
    assert!(refused.len() > 20);
    for options in refused {
        assert!(parse(&options).is_err(), "{options}");
    }
}
