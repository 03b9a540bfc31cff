"""The operator's command: `lienthong …`, one file a topic."""
