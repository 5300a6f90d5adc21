//! How many of many like cases are tried.

/// All of them with `Z3T_CASES=all`, as `make soak` has it; else one of each group of so many, the first of the first group, the
/// second of the second, and so on: of cases that are made of several things, each thing has its turn.
pub fn share<T>(of: usize, cases: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    let all = std::env::var("Z3T_CASES").is_ok_and(|value| value == "all");
    let taken = move |index: usize| all || index % of == index / of % of;
    let cases = cases.into_iter().enumerate();
    cases.filter_map(move |(index, case)| taken(index).then_some(case))
}
