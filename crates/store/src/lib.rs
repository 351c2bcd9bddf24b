//! The SQLite store: schema, one writer, many readers, commit of a crawl run, change feed.
