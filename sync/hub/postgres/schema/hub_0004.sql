-- What is open in a book beside its lots, of which a member may have hundreds: whoever only earns needs none of them.
-- oldest program: 1

CREATE INDEX record_beside_lots ON record (partition, book) WHERE open AND kind <> 'lot';
