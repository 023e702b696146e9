//! The scope of every statement that looks across engagements. A statement that begins with [`within_reach!`] can only
//! see the engagements that the caller belongs to, that the token is not narrowed away from, and that were asked for.
//!
//! `$1` person · `$2`, `$3` whether the token is narrowed, and which token · `$4`, `$5` whether one engagement was asked
//! for, and which. A statement's own parameters begin at `$6`.

/// The common table expression `reach (engagement_id, designations)`, followed by the statement itself. An agent reaches
/// where its owner belongs too, and nowhere else.
macro_rules! within_reach {
    ($($text:tt)+) => {
        concat!(
            "with reach as (
                select m.engagement_id, m.designations
                  from memberships m
                 where m.person_id = $1
                   and ((select p.owner_id from people p where p.id = $1) is null
                        or exists (select 1 from memberships o
                                    where o.engagement_id = m.engagement_id
                                      and o.person_id = (select p.owner_id from people p where p.id = $1)))
                   and ($2 = 0 or exists (select 1 from token_engagements t
                                           where t.token_id = $3 and t.engagement_id = m.engagement_id))
                   and ($4 = 0 or m.engagement_id = $5)
             ) ",
            $($text)+
        )
    };
}

pub(crate) use within_reach;
