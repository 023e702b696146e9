//! Lists of what belongs to domains: repos, topics, extension points and technical debts are narrowed to a domain and by
//! words that are stored, and cut into pages, all alike.

use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::text::Bounded;

use super::OfDomain;
use crate::access;
use crate::call::Call;
use crate::db::{Row, Value};
use crate::fault::Outcome;
use crate::paging::{self, List, page_of_rows};

/// What a caller asks of such a list.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Of which list, for its cursors.
    pub(crate) list: &'static str,
    /// Only of this domain, by slug or id.
    pub(crate) domain: Option<Bounded<100>>,
    /// Only with these stored words, in the order of the statements' parameters; an empty one asks for all.
    pub(crate) words: Vec<&'static str>,
    /// Only of this engagement, by id or slug.
    pub(crate) engagement: Option<Bounded<50>>,
    /// How many at most.
    pub(crate) limit: Limit,
    /// Where to go on.
    pub(crate) cursor: Option<String>,
}

/// A page of the list. Its statements take `of_domain!`'s parameters, and after them the words.
pub(crate) async fn list<V>(
    call: Call,
    statements: &'static List,
    asked: Asked,
    read: fn(&Row) -> Outcome<V>,
    place: fn(&V) -> Cursor,
) -> Outcome<Page<V>> {
    let person = call.signed_in()?.person_id;
    let mut filter = vec![
        asked.engagement.as_deref().unwrap_or_default(),
        asked.domain.as_deref().unwrap_or_default(),
    ];
    filter.extend(&asked.words);
    let filter = filter.join(" ");
    let scope = CursorScope {
        list: asked.list,
        person,
        filter: &filter,
    };
    let after = paging::after(asked.cursor.as_deref(), &scope)?;
    let limit = asked.limit;
    let hub = call.hub.clone();
    let found = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let reach = access::reach_named(sql, &call, asked.engagement.as_deref()).await?;
                let of = OfDomain::named(sql, &reach, asked.domain.as_deref()).await?;
                let mut filters = reach.with(of.values());
                filters.extend(asked.words.into_iter().map(Value::from));
                paging::rows_of(sql, statements, filters, after, limit).await
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, read, place)
}
