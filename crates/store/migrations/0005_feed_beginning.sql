-- Where the change feed of this database began, for one that is older where it stood when it learnt to say so: a place
-- before it is of another database.
CREATE TABLE feed_beginning (
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO feed_beginning (seq) SELECT seq FROM sqlite_sequence WHERE name = 'change';
