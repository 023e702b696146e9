//! The scope of every statement that looks across engagements. A statement that begins with [`within_reach!`] can only
//! see the engagements that the caller belongs to, that the token is not narrowed away from, and that were asked for.
//!
//! `$1` person · `$2`, `$3` whether the token is narrowed, and which token · `$4`, `$5` whether one engagement was asked
//! for, and which. A statement's own parameters begin at `$6`.

/// What a member is, with alias `m` for the membership: of an agent, what is left within its owner, and null where its owner
/// does not belong. It is `Designations::bounded_by` in SQL, and a test compares the two for every pair of sets: of each set
/// what the other also gives. A set gives all that its best designation gives, and by what they give the designations stand
/// in the order owner (1), operator and contributor (6), domain expert (8), reader (16); a mask holds those up to the best.
///
/// `$owner` is who answers for the person, null for a human.
macro_rules! bounded_designations {
    ($owner:literal) => {
        concat!(
            "case when ",
            $owner,
            " is null then m.designations
                  else (select (m.designations & (case when (o.designations & 1) <> 0 then 31
                                                       when (o.designations & 6) <> 0 then 30
                                                       when (o.designations & 8) <> 0 then 24
                                                       else 16 end))
                             | (o.designations & (case when (m.designations & 1) <> 0 then 31
                                                       when (m.designations & 6) <> 0 then 30
                                                       when (m.designations & 8) <> 0 then 24
                                                       else 16 end))
                          from memberships o
                         where o.engagement_id = m.engagement_id and o.person_id = ",
            $owner,
            ") end"
        )
    };
}

pub(crate) use bounded_designations;

/// Whether a person belongs to an engagement at this moment; an agent only while its owner does. Both are columns or
/// parameters.
macro_rules! belongs {
    ($engagement:literal, $person:literal) => {
        concat!(
            "exists (select 1
                       from memberships m
                       join people p on p.id = m.person_id
                      where m.engagement_id = ",
            $engagement,
            " and m.person_id = ",
            $person,
            "
                        and (p.owner_id is null
                             or exists (select 1 from memberships o
                                         where o.engagement_id = m.engagement_id and o.person_id = p.owner_id)))"
        )
    };
}

pub(crate) use belongs;

/// The common table expression `reach (engagement_id, designations)`, followed by the statement itself. An agent reaches
/// where its owner belongs too, and nowhere else, and is there no more than its owner lets it be.
macro_rules! within_reach {
    ($($text:tt)+) => {
        concat!(
            "with reach as (
                select m.engagement_id, ",
            $crate::db::reach::bounded_designations!(
                "(select p.owner_id from people p where p.id = $1)"
            ),
            " as designations
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
