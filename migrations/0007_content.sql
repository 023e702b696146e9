-- The sweep looks from the side of the files: which record speaks of this upload?
create unique index contents_by_upload on contents (stored_as);
