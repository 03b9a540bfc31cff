"""How we reach outside parties: format out, call, format in; one file an agency."""
