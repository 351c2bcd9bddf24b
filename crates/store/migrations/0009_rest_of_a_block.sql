-- What is left of blocks that lost lines, always written to the end of the table. Where a block stood, what is left of it
-- would leave a hole that no later block fills, since blocks come in the order of their numbers: after thirty crawls
-- with one line in a hundred changed, a quarter of the table was holes.
CREATE TABLE line_block_rest (
    number INTEGER PRIMARY KEY,
    data   BLOB NOT NULL
) STRICT;

-- Where the rest of the block is; NULL: it is whole, and stands in `line_block_data`.
ALTER TABLE line_block ADD COLUMN rest INTEGER;
