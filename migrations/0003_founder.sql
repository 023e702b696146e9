-- A hub has one founder. Two first starts at once each see an empty table, so the promise is this index.
create unique index people_founder on people (hub_owner) where hub_owner = 1;
