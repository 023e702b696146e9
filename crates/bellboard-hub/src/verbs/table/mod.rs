//! The table itself: one line per verb, in one file per field of the product. Adding a verb is adding its function and
//! its line there.

use super::entry::Verb;

macro_rules! verbs {
    ($($name:ident: $method:ident $path:literal, $access:expr, $tool:expr, $creates:literal,
        $function:path, $input:ty => $output:ty, $doc:literal;)*) => {
        /// The verbs of this file, in the order in which the documents list them.
        pub(super) const VERBS: &[$crate::verbs::Verb] = &[$($crate::verbs::Verb {
            name: stringify!($name),
            method: $crate::verbs::Method::$method,
            path: $path,
            access: $access,
            doc: $doc,
            tool: $tool,
            creates: $creates,
            input: |generator| generator.subschema_for::<$input>(),
            output: |generator| generator.subschema_for::<$output>(),
            run: |call, json| Box::pin(async move {
                let view: $output =
                    $function(call, $crate::verbs::read_input::<$input>($access, json)?).await?;
                $crate::verbs::Answer::of(&view)
            }),
        }),*];
    };
}

mod artifacts;
mod asks;
mod catalogue;
mod comments;
mod dashboards;
mod deliveries;
mod engagements;
mod me;
mod run_types;
mod runs;
mod state;
mod work;

/// The files of the table, in the order in which the documents list them.
const FILES: &[&[Verb]] = &[
    me::VERBS,
    engagements::VERBS,
    runs::VERBS,
    artifacts::VERBS,
    asks::VERBS,
    run_types::VERBS,
    catalogue::VERBS,
    work::VERBS,
    state::VERBS,
    dashboards::VERBS,
    comments::VERBS,
    deliveries::VERBS,
];

/// Every verb, in the order in which the documents list them.
pub static VERBS: &[Verb] = &joined::<{ count(FILES) }>(FILES);

/// How many verbs there are.
const fn count(files: &[&[Verb]]) -> usize {
    let (mut count, mut file) = (0, 0);
    while file < files.len() {
        count += files[file].len();
        file += 1;
    }
    count
}

/// The files one after the other, put together by the compiler.
const fn joined<const COUNT: usize>(files: &[&[Verb]]) -> [Verb; COUNT] {
    let mut verbs = [files[0][0]; COUNT];
    let (mut at, mut file) = (0, 0);
    while file < files.len() {
        let mut line = 0;
        while line < files[file].len() {
            verbs[at] = files[file][line];
            at += 1;
            line += 1;
        }
        file += 1;
    }
    verbs
}
