"""What the law says: dated YAML and pure functions; nothing here knows of Temporal, HTTP or a database."""
