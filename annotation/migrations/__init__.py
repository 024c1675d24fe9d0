"""Changes of the tables, one file each; run by `store.database.open_database` at every start."""
