"""The clerk's desk: one list, one page a task, one page a dossier."""
